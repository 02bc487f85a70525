"""The seam to any model: what an audit asks of a classifier."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Unanswered(Exception):
    """Some texts of a call have no answer: `answer` holds those of the others, `reasons` says why, by row.

    The model replied to all of them, but for the rows that `failed`; what it replied is no label of its own.
    """

    def __init__(
        self,
        answer: NDArray[np.float64] | NDArray[np.int64],
        reasons: Mapping[int, str],
        failed: Collection[int] = (),
    ) -> None:
        super().__init__(f"{len(reasons)} texts have no answer")
        self.answer = answer
        self.reasons = reasons
        self.failed = failed


class Classifier(Protocol):
    """Anything that gives each text a probability for each label, or a label alone.

    One that spreads its texts over calls of its own, as over a network, may say in an attribute `batch_size`
    how many it takes at once, and raises `Unanswered` where some have no answer. One that keeps answers has
    `predict_anew(texts, asking=…)` too: it asks as if nothing were kept but what another asking of that name
    was told.
    """

    @property
    def labels(self) -> tuple[str, ...]:
        """The name of each class, in the order of the columns of `predict`."""
        ...

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64] | NDArray[np.int64]:
        """Probabilities of shape (n_texts, n_classes), whose rows sum to 1.

        A model that knows no probabilities answers with each text's class, counted from 0: whole numbers of
        shape (n_texts,). A text that makes it raise is looked for, unless it raises a RobustAuditError, which
        says that no text will be answered and ends the run.
        """
        ...
