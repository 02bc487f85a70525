"""ONNX graphs as others make them, small: `positive` is what holds the word `good`."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save_model
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

WORDS = {"[UNK]": 0, "bad": 1, "good": 2, "so": 3}
LABELS = ("negative", "positive")
FLOAT, HALF, BFLOAT, DOUBLE = TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.BFLOAT16, TensorProto.DOUBLE
WHOLE, SHORT, STRING = TensorProto.INT64, TensorProto.INT32, TensorProto.STRING

# How each output is made of scores, 0.1 and 0.9: by nodes, whose input without a name is what the last gave.
_MADE: dict[str, Any] = {
    "scores": [("Identity", ["_scores"], {})],
    "rounded": [("Mul", ["_scores", "most"], {})],
    "logits": [("Log", ["_scores"], {})],
    "one_logit": [("Log", ["_scores"], {}), ("MatMul", ["", "odds"], {})],
    "half": [("Cast", ["_scores"], {"to": HALF})],
    "one": [("Slice", ["_scores", "1", "2", "1"], {})],
    "classes": [("ArgMax", ["_scores"], {"axis": 1, "keepdims": 0})],
    "names": [("ArgMax", ["_scores"], {"axis": 1, "keepdims": 0}), ("Gather", ["_labels", ""], {})],
    "by_number": [("ZipMap", ["_scores"], {"classlabels_int64s": [0, 1]})],
    "by_name": [("ZipMap", ["_scores"], {"classlabels_strings": list(LABELS)})],
}


def save_graph(
    folder: Path,
    outputs: Mapping[str, str],
    *,
    inputs: Sequence[str] = ("input_ids",),
    kind: int = WHOLE,
    labels: Sequence[str] = LABELS,
) -> str:
    """The name of a graph of tokens whose outputs are each made as `_MADE` says."""
    folder.mkdir(parents=True, exist_ok=True)
    nodes = [
        ("Cast", ["input_ids"], "ids", {"to": WHOLE}),
        ("Equal", ["ids", "2"], "is_good", {}),
        ("Cast", ["is_good"], "goodness", {"to": FLOAT}),
        ("ReduceMax", ["goodness", "1"], "found", {"keepdims": 1}),
        ("Concat", ["found", "found"], "pair", {"axis": 1}),
        ("Mul", ["pair", "slope"], "raised", {}),
        ("Add", ["raised", "base"], "_scores", {}),
    ]
    given = [helper.make_tensor_value_info(name, kind, ["texts", "tokens"]) for name in inputs]
    told: list[Any] = []
    for output, made in outputs.items():
        before = ""
        for place, (operator, of, options) in enumerate(_MADE[made], 1):
            gives = output if place == len(_MADE[made]) else f"{output}_{place}"
            nodes.append((operator, [each or before for each in of], gives, options))
            before = gives
        told.append(_told(output, made))
    domains = {"ZipMap": "ai.onnx.ml"}
    made_nodes = [
        helper.make_node(kind, ins, [out], domain=domains.get(kind, ""), **options)
        for kind, ins, out, options in nodes
    ]
    constants = {
        "1": np.array([1]), "2": np.array([2]),
        "slope": np.array([[-0.8, 0.8]], np.float32), "base": np.array([[0.9, 0.1]], np.float32),
        "most": np.array([[0.99, 0.99]], np.float32), "_labels": np.array(labels, object),
        "odds": np.array([[-1.0], [1.0]], np.float32),
    }  # fmt: skip
    initial = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(made_nodes, "graph", given, told, initial)
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("ai.onnx.ml", 3)]
    save_model(helper.make_model(graph, opset_imports=opsets, ir_version=9), folder / "model.onnx")
    (folder / "labels.json").write_text(json.dumps(list(labels)))
    tokenizer = Tokenizer(WordLevel(WORDS, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    return f"onnx:{folder}"


def _told(output: str, made: str) -> object:
    if made in ("by_number", "by_name"):
        key = WHOLE if made == "by_number" else STRING
        scores = helper.make_map_type_proto(key, helper.make_tensor_type_proto(FLOAT, []))
        return helper.make_value_info(output, helper.make_sequence_type_proto(scores))
    kinds = {"half": HALF, "classes": WHOLE, "names": STRING}
    shape = ["texts"] if made in ("classes", "names") else ["texts", 1 if made.startswith("one") else 2]
    return helper.make_tensor_value_info(output, kinds.get(made, FLOAT), shape)
