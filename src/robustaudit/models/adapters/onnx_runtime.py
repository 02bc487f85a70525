"""`onnx:FOLDER` or `onnx:FILE`: a graph for ONNX Runtime, with its tokenizer, or taking texts itself."""

import importlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from robustaudit.core.errors import UserError
from robustaudit.core.extras import check_installed, extra
from robustaudit.core.files import is_file, is_folder
from robustaudit.core.validation import check_at_least, check_known
from robustaudit.models.adapters.model_files import (
    check_label_names,
    digest_of,
    labels_of_config,
    read_files,
    read_json,
    read_object,
)
from robustaudit.models.adapters.model_uri import ModelUri, scheme
from robustaudit.models.classifier import ExternalModel

GRAPH = "model.onnx"
TOKENIZER = "tokenizer.json"
_SCORES = ("logits", "probabilities")


@dataclass(frozen=True, slots=True, kw_only=True)
class OnnxOptions:
    """Options after `?`: which output is read, and what it holds."""

    labels: tuple[str, ...] | None = None
    max_tokens: int | None = None
    output: str | None = None
    scores: str | None = None

    def __post_init__(self) -> None:
        if self.max_tokens is not None:
            check_at_least("max_tokens", self.max_tokens, 3)
        if self.scores is not None:
            check_known("kind of scores", self.scores, _SCORES)


@scheme("onnx")
def onnx_runtime(reference: ModelUri) -> ExternalModel:
    """The model in a folder that holds `model.onnx`, or in a file, with what it needs beside it."""
    options = reference.options(OnnxOptions)
    folder, graph = check_graph(reference)
    own = options.labels or _labels(folder, reference.name)
    given = own or reference.counted
    if not given:
        raise UserError(
            f"{reference.name!r} has no labels: put them into its folder as labels.json, such as "
            '["negative", "positive"], or name them with ?labels=negative,positive'
        )
    labels = check_label_names(given, repr(reference.name))
    load = partial(
        _load,
        name=reference.name,
        graph=graph,
        tokenizer=folder / TOKENIZER,
        labels=labels,
        output=options.output,
        scores=options.scores,
        max_tokens=options.max_tokens or _max_tokens(folder),
        start=_start(folder),
    )
    kind = "with its tokenizer" if is_file(folder / TOKENIZER) else "taking texts"
    files = read_files(_files(folder))
    return ExternalModel(
        name=reference.name,
        title=f"ONNX {kind}, {len(labels)} classes",
        labels=labels,
        digest=digest_of(files, graph.name, reference.rest.partition("?")[2]),
        make=load,
        named=bool(own),
        files=files,
    )


def check_graph(reference: ModelUri) -> tuple[Path, Path]:
    """The folder of the model, and its graph; they exist."""
    check_installed("onnx", ("onnxruntime", "tokenizers"))
    path = reference.path
    if path.suffix.lower() == ".onnx" and is_file(path):
        return path.parent, path
    if not is_folder(path) or not is_file(path / GRAPH):
        raise UserError(f"{reference.name!r} must be a folder that holds {GRAPH}, or a file such as {GRAPH}")
    return path, path / GRAPH


def _labels(folder: Path, name: str) -> tuple[str, ...]:
    """The labels from the folder's labels.json or config.json, if any."""
    if is_file(folder / "labels.json"):
        labels = read_json(folder / "labels.json")
        if not isinstance(labels, list):
            raise UserError(f"labels.json of {name!r} must be a list of names")
        return tuple(str(label) for label in labels)
    if is_file(folder / "config.json"):
        return labels_of_config(read_object(folder / "config.json"), repr(name))
    return ()


def _max_tokens(folder: Path) -> int | None:
    """The maximum number of tokens by the tokenizer's configuration and the model's."""
    found = [
        read_object(folder / file).get(key)
        for file, key in (
            ("tokenizer_config.json", "model_max_length"),
            ("config.json", "max_position_embeddings"),
        )
        if is_file(folder / file)
    ]
    return min((size for size in found if isinstance(size, int) and 0 < size < 10**9), default=None)


def _start(folder: Path) -> int | None:
    """The token id for the beginning of a text (or its end, if the model has one for both)."""
    config = read_object(folder / "config.json") if is_file(folder / "config.json") else {}
    known = (config.get(f"{name}_token_id") for name in ("bos", "eos", "pad"))
    return next((token for token in known if isinstance(token, int)), None)


def _files(folder: Path) -> Iterable[Path]:
    """All files of the folder: external weights may have any name."""
    return [path for path in folder.iterdir() if path.is_file()]


def _load(**model: object) -> Any:  # noqa: ANN401
    with extra("onnx"):
        onnx = importlib.import_module("robustaudit.models.adapters.onnx_classifier")
    return onnx.OnnxClassifier(onnx.OnnxModel(**model))
