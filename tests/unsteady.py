"""Stand-ins for models that do not answer a text alike when they are asked again."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fakes import LetterCounter


class Padded(LetterCounter):
    """A model that takes its padding for text: shorter texts of a batch get the answer of a longer one."""

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        sure = super().predict(texts)
        padding = np.array([max(map(len, texts)) - len(text) for text in texts])
        return np.where((padding > 10)[:, None], sure[:, ::-1], sure)


class InOrder(LetterCounter):
    """A model whose first text of a batch gets another answer than it has alone."""

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        sure = super().predict(texts)
        return sure if len(texts) == 1 else np.vstack([sure[:1, ::-1], sure[1:]])


class Dice(LetterCounter):
    """A model that rolls dice for half of its answers, and knows no probabilities."""

    rolls = np.random.default_rng(0)

    def predict(self, texts: Sequence[str]) -> NDArray[np.int64]:
        sure = super().predict(texts).argmax(axis=1)
        rolled = self.rolls.random(len(texts)) < 0.5
        return np.where(rolled, self.rolls.integers(0, 2, len(texts)), sure)


class Dropout(LetterCounter):
    """A model in training mode: its probabilities are never the same, its answers are."""

    rolls = np.random.default_rng(0)

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        positive = super().predict(texts)[:, 1] + self.rolls.uniform(-0.1, 0.1, len(texts))
        return np.stack([1 - positive, positive], axis=1)
