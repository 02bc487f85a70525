"""Tokenised examples, and the batches that training draws from them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from robustaudit.core.records import Example
from robustaudit.models.tokens import Batch, PieceTokenizer, pad

# How many batches are sorted by length together: enough for little padding, few enough to stay random.
_BUCKET = 50


@dataclass(frozen=True, slots=True)
class Encoded:
    """The word-piece ids of each text, and its label."""

    sequences: Sequence[NDArray[np.int64]]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.sequences)

    def batch(self, rows: Sequence[int] | NDArray[np.intp]) -> tuple[Batch, Tensor]:
        """Some texts as one padded batch, and their labels of shape (n_texts,)."""
        return pad([self.sequences[row] for row in rows]), torch.from_numpy(self.labels[rows])


def encode(examples: Sequence[Example], tokenizer: PieceTokenizer) -> Encoded:
    """Tokenise examples once, for all epochs."""
    sequences = tokenizer.encode([example.text for example in examples])
    return Encoded(sequences, np.array([example.label for example in examples], dtype=np.int64))


def shuffled(data: Encoded, *, batch_size: int, rng: np.random.Generator) -> Iterator[NDArray[np.intp]]:
    """Rows of each batch of an epoch: texts of about one length together, batches in random order."""
    order = rng.permutation(len(data))
    batches: list[NDArray[np.intp]] = []
    for start in range(0, len(order), batch_size * _BUCKET):
        bucket = order[start : start + batch_size * _BUCKET]
        lengths = [len(data.sequences[row]) for row in bucket]
        by_length = bucket[np.argsort(lengths, kind="stable")]
        batches += [by_length[i : i + batch_size] for i in range(0, len(by_length), batch_size)]
    for index in rng.permutation(len(batches)):
        yield batches[index]
