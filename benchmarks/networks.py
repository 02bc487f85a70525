"""How fast networks learn and answer here, against plain PyTorch loops and transformers' pipeline.

    python benchmarks/networks.py [--models 1,5,8] [--data reviews] [--texts 1000] [--repeats 3]

Learning: real tokens a second of CPU time. The plain loop takes random batches in the order they come and pads
each to its longest text; the network and its numbers are the same. Answering: texts a second of CPU time, from
strings to probabilities, in file order. The plain loop takes 32 texts at a time and pads them; for setting 8 it is
the pipeline of transformers, with a batch size of 32, over a BERT of the same base. Where a text ends has to be
known to an LSTM, too: plain loops pack padded sequences, as PyTorch offers it.

One thread, ours and theirs in turn; a figure is the median of the repeats, a ratio that of the repeats' ratios.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from statistics import median
from unittest.mock import patch

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from robustaudit.core.resources import shipped
from robustaudit.datasets import load
from robustaudit.models.architectures.bert import FineTunedBert, base_folder
from robustaudit.models.architectures.build import build, build_bert
from robustaudit.models.architectures.embedding import Vectors
from robustaudit.models.architectures.recurrent import RaggedLSTM
from robustaudit.models.checkpoints import load_table
from robustaudit.models.settings import SETTINGS
from robustaudit.models.tokens import PieceTokenizer, pad
from robustaudit.models.torch_classifier import TorchClassifier
from robustaudit.training.batches import Encoded, encode, shuffled
from robustaudit.training.embeddings import SharedTable
from robustaudit.training.hardware import Hardware
from robustaudit.training.preset import Preset, load_preset
from robustaudit.training.stepper import Stepper

PLAIN_BATCH = 32
LABELS = ("negative", "positive")
Work = Callable[[], object]


def main() -> None:
    options = _options()
    torch.set_num_threads(1)
    preset = load_preset("compact")
    dataset = load(options.data)
    shared = SharedTable(shipped("trained_models") / "shared")
    print(f"{dataset.title}: the first {options.texts} texts, {options.repeats} repeats, one thread")
    for name in options.models.split(","):
        sizes = preset.network(name).model
        tokenizer = PieceTokenizer(path=shared.tokenizer, max_tokens=sizes.max_tokens)
        examples = dataset.examples[: options.texts]
        encoded = encode(examples, tokenizer)
        tokens = sum(map(len, encoded.sequences))
        texts = [example.text for example in examples]
        network = _network(name, preset, shared)
        _report(
            f"{name} learns",
            tokens,
            "tokens/s",
            options.repeats,
            ours=lambda: _learn(network, name, preset, encoded),
            plain=lambda: _learn_plainly(network, name, preset, encoded),
        )
        classifier = TorchClassifier(module=network, tokenizer=tokenizer, labels=LABELS)
        _report(
            f"{name} answers",
            len(texts),
            "texts/s",
            options.repeats,
            ours=lambda: classifier.predict(texts),
            plain=_pipeline(network, shared, texts)
            if isinstance(network, FineTunedBert)
            else lambda: _answer_plainly(network, tokenizer, texts),
        )


def _learn(network: nn.Module, name: str, preset: Preset, data: Encoded) -> None:
    """One epoch as training goes over it."""
    how = preset.network(name).training
    stepper = Stepper(network.train(), how=how, steps=1000, hardware=Hardware())
    for rows in shuffled(data, batch_size=how.batch_size, rng=np.random.default_rng(0)):
        stepper.step(*data.batch(rows))


def _learn_plainly(network: nn.Module, name: str, preset: Preset, data: Encoded) -> None:
    """One epoch as a tutorial goes over it."""
    how = preset.network(name).training
    learning = [parameter for parameter in network.train().parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(learning, lr=how.learning_rate, weight_decay=how.weight_decay)
    order = np.random.default_rng(0).permutation(len(data))
    with _packing():
        for start in range(0, len(order), how.batch_size):
            batch, labels = data.batch(order[start : start + how.batch_size])
            optimizer.zero_grad()
            loss = functional.cross_entropy(network(batch.ids, batch.real), labels)
            loss.backward()
            nn.utils.clip_grad_norm_(learning, how.clip_norm)
            optimizer.step()


def _answer_plainly(network: nn.Module, tokenizer: PieceTokenizer, texts: Sequence[str]) -> None:
    network.eval()
    with _packing(), torch.inference_mode():
        for start in range(0, len(texts), PLAIN_BATCH):
            batch = pad(tokenizer.encode(texts[start : start + PLAIN_BATCH]))
            network(batch.ids, batch.real).softmax(dim=1).numpy()


def _pipeline(network: FineTunedBert, shared: SharedTable, texts: Sequence[str]) -> Work:
    from transformers import BertForSequenceClassification, PreTrainedTokenizerFast, pipeline

    model = BertForSequenceClassification(network.base.config)
    model.bert.load_state_dict(network.base.state_dict(), strict=False)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(shared.tokenizer), pad_token="[PAD]", model_max_length=128
    )
    classify = pipeline("text-classification", model=model.eval(), tokenizer=tokenizer, device="cpu")
    return lambda: classify(list(texts), batch_size=PLAIN_BATCH, truncation=True, padding=True)


def _network(name: str, preset: Preset, shared: SharedTable) -> nn.Module:
    sizes = preset.network(name).model
    if SETTINGS[name].family == "bert":
        return build_bert(sizes=sizes, classes=len(LABELS))
    vectors = Vectors(table=load_table(shared.embeddings))
    return build(name, sizes=sizes, vectors=vectors, classes=len(LABELS))


@contextmanager
def _packing() -> Iterator[None]:
    """Inside, LSTMs read packed sequences."""
    with patch.object(RaggedLSTM, "in_spans", RaggedLSTM.packed):
        yield


def _report(what: str, amount: int, unit: str, repeats: int, *, ours: Work, plain: Work) -> None:
    ours_seconds, plain_seconds = zip(
        *((_seconds(ours), _seconds(plain)) for _ in range(repeats)), strict=True
    )
    ratio = median(p / o for o, p in zip(ours_seconds, plain_seconds, strict=True))
    fast, slow = amount / median(ours_seconds), amount / median(plain_seconds)
    print(f"{what:10} {fast:9,.0f} {unit:8} plain {slow:9,.0f} {unit:8} {ratio:5.2f} x", flush=True)


def _seconds(work: Work) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", default="1,2,3,4,5,6,7,8")
    parser.add_argument("--data", default="reviews")
    parser.add_argument("--texts", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=3)
    return parser.parse_args()


if __name__ == "__main__":
    main()
