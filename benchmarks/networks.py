"""How fast networks learn and answer here, against plain PyTorch loops and the pipeline of transformers.

    python benchmarks/networks.py [--models 1,5,8] [--data reviews] [--texts 1000] [--repeats 3]

Learning: real tokens a second of CPU time. The plain loop takes random batches as they come, each padded to
its longest text; network and numbers are the same. Answering: texts a second of CPU time, from strings to
probabilities, in file order. The plain loop takes 32 texts at a time and pads them; for setting 8 it is the
pipeline of transformers, with a batch size of 32, over a BERT of the same base. An LSTM has to know where a
text ends: plain loops pack padded sequences, as PyTorch offers it.

One thread, ours and theirs in turn; a figure is the median of the repeats, a ratio that of their ratios.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from statistics import median
from unittest.mock import patch

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertForSequenceClassification, PreTrainedTokenizerFast, pipeline

from robustaudit.core.files import shipped
from robustaudit.datasets import load
from robustaudit.models.architectures.bert import FineTunedBert
from robustaudit.models.architectures.build import build, build_bert
from robustaudit.models.architectures.layers import Vectors
from robustaudit.models.architectures.lstm import LSTMState, PackedLSTM
from robustaudit.models.tokens import PieceTokenizer, pad
from robustaudit.models.torch_classifier import TorchClassifier
from robustaudit.models.weights import load_shared_embeddings
from robustaudit.training.embeddings import SharedTable
from robustaudit.training.hardware import Hardware
from robustaudit.training.preset import BertPreset, NetworkPreset, load_preset
from robustaudit.training.stepper import Optimiser, TokenisedExamples, encode, shuffled_batches

PLAIN_BATCH = 32
LABELS = ("negative", "positive")
SHARED = SharedTable.of(shipped("trained_models"))


@dataclass(frozen=True)
class Contest:
    """One setting's network, untrained, and the texts that both sides get."""

    name: str
    preset: NetworkPreset
    texts: Sequence[str]
    data: TokenisedExamples

    @cached_property
    def network(self) -> nn.Module:
        if isinstance(self.preset, BertPreset):
            return build_bert(sizes=self.preset.model, classes=len(LABELS))
        vectors = Vectors(table=load_shared_embeddings(SHARED.embeddings))
        return build(self.name, sizes=self.preset.model, vectors=vectors, classes=len(LABELS))

    @cached_property
    def tokenizer(self) -> PieceTokenizer:
        return PieceTokenizer(path=SHARED.tokenizer, max_tokens=self.preset.model.max_tokens)

    @cached_property
    def classify(self) -> Callable[..., object]:
        """The pipeline of transformers over a BERT of the same base."""
        assert isinstance(self.network, FineTunedBert)
        model = BertForSequenceClassification(self.network.base.config)
        model.bert.load_state_dict(self.network.base.state_dict(), strict=False)
        tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(SHARED.tokenizer))
        tokenizer.add_special_tokens({"pad_token": "[PAD]"})
        tokenizer.model_max_length = self.preset.model.max_tokens
        return pipeline("text-classification", model=model.eval(), tokenizer=tokenizer, device="cpu")

    def learn(self) -> None:
        """One epoch as training goes over it."""
        how = self.preset.training
        stepper = Optimiser(self.network.train(), how=how, steps=1000, hardware=Hardware())
        for rows in shuffled_batches(self.data, batch_size=how.batch_size, rng=np.random.default_rng(0)):
            stepper.step(*self.data.batch(rows))

    def learn_plainly(self) -> None:
        """One epoch as a tutorial goes over it."""
        how = self.preset.training
        learning = [parameter for parameter in self.network.train().parameters() if parameter.requires_grad]
        optimizer = torch.optim.AdamW(learning, lr=how.learning_rate, weight_decay=how.weight_decay)
        order = np.random.default_rng(0).permutation(len(self.data))
        with packing():
            for start in range(0, len(order), how.batch_size):
                batch, labels = self.data.batch(order[start : start + how.batch_size])
                optimizer.zero_grad()
                loss = functional.cross_entropy(self.network(batch.ids, batch.real), labels)
                loss.backward()
                nn.utils.clip_grad_norm_(learning, how.clip_norm)
                optimizer.step()

    def answer(self) -> None:
        """Probabilities as an audit asks for them."""
        TorchClassifier(module=self.network, tokenizer=self.tokenizer, labels=LABELS).predict(self.texts)

    def answer_plainly(self) -> None:
        """Probabilities as a tutorial asks for them."""
        if isinstance(self.network, FineTunedBert):
            self.classify(list(self.texts), batch_size=PLAIN_BATCH, truncation=True, padding=True)
            return
        self.network.eval()
        with packing(), torch.inference_mode():
            for start in range(0, len(self.texts), PLAIN_BATCH):
                batch = pad(self.tokenizer.encode(self.texts[start : start + PLAIN_BATCH]))
                self.network(batch.ids, batch.real).softmax(dim=1).numpy()


@contextmanager
def packing() -> Iterator[None]:
    """Inside, LSTMs read packed sequences."""

    def packed(layer: PackedLSTM, vectors: Tensor, lengths: Tensor, state: LSTMState | None = None) -> Tensor:
        return layer(vectors, lengths, state)[0]

    with patch.multiple(PackedLSTM, in_spans=PackedLSTM.packed, states=packed):
        yield


def report(
    what: str, ours: Callable[[], None], plain: Callable[[], None], *, amount: int, unit: str, repeats: int
) -> None:
    """Let both sides work in turn, and print how they did."""
    times = [(seconds(ours), seconds(plain)) for _ in range(repeats)]
    ratio = median(theirs / own for own, theirs in times)
    own, theirs = (amount / median(column) for column in zip(*times, strict=True))
    print(f"{what:10} {own:9,.0f} {unit:8}  plain {theirs:9,.0f}  {ratio:5.2f} x", flush=True)


def seconds(work: Callable[[], None]) -> float:
    """CPU time of some work."""
    started = time.process_time()
    work()
    return time.process_time() - started


def main() -> None:
    """Read the options, and hold one contest after another."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", default="1,2,3,4,5,6,7,8")
    parser.add_argument("--data", default="reviews")
    parser.add_argument("--texts", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    dataset, preset = load(options.data), load_preset("compact")
    examples = dataset.examples[: options.texts]
    print(f"{dataset.title}: the first {len(examples)} texts, {options.repeats} repeats, one thread")
    for name in options.models.split(","):
        network = preset.network(name)
        tokenizer = PieceTokenizer(path=SHARED.tokenizer, max_tokens=network.model.max_tokens)
        data = encode(examples, tokenizer)
        contest = Contest(name, network, [example.text for example in examples], data)
        tokens = sum(map(len, data.sequences))
        for what, ours, plain, amount, unit in (
            ("trains", contest.learn, contest.learn_plainly, tokens, "tokens/s"),
            ("predicts", contest.answer, contest.answer_plainly, len(examples), "texts/s"),
        ):
            report(f"{name} {what}", ours, plain, amount=amount, unit=unit, repeats=options.repeats)


if __name__ == "__main__":
    main()
