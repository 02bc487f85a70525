"""The seam to any model: what an audit asks of a classifier."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Classifier(Protocol):
    """Anything that gives each text a probability for each label."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The name of each class, in the order of the columns of `predict`."""
        ...

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Probabilities of shape (n_texts, n_classes); rows sum to 1."""
        ...
