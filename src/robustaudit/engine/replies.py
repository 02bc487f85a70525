"""What a model said of texts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from robustaudit.models import as_probabilities

Outcome = Literal["answered", "no answer", "failed"]
"""Whether a model answered a text; `no answer` is a reply that names no class, `failed` none at all."""


@dataclass(frozen=True, slots=True)
class Replies:
    """The answers to texts as columns of one length.

    `probabilities` has shape (n_texts, n_classes), and a row of NaN where a model knows the class alone;
    `predictions` has -1 and `errors` the reason where there is no answer; `replied` says whether there was a
    reply, be it without an answer.
    """

    probabilities: NDArray[np.float64]
    predictions: NDArray[np.int64]
    errors: NDArray[np.object_]
    replied: NDArray[np.bool_]

    @classmethod
    def read(cls, answer: Any, *, texts: int, classes: int) -> "Replies":  # noqa: ANN401
        """The answers of a model to so many texts; what is wrong with one of them is its error.

        Raises:
            ValueError: there is not one answer for each text.
        """
        array = np.asarray(answer)
        if array.ndim == 1 and array.dtype.kind in "iu" and len(array) == texts:
            return cls._of_classes(array.astype(np.int64), classes)
        if array.shape != (texts, classes):
            raise ValueError(f"its shape must be {(texts, classes)}, got {array.shape}")
        if array.dtype.kind not in "fiub":
            raise ValueError(f"it must hold real numbers, got {array.dtype.name}")
        return cls._of_scores(array.astype(np.float64))

    @classmethod
    def none(cls, *, classes: int, reason: str) -> Self:
        """No reply to one text."""
        nothing = np.full((1, classes), np.nan)
        return cls(nothing, np.array([-1]), np.array([reason], dtype=object), np.array([False]))

    @classmethod
    def joined(cls, parts: Sequence["Replies"]) -> Self:
        """The answers of all parts, one part after the other."""
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))

    @classmethod
    def _of_classes(cls, predictions: NDArray[np.int64], classes: int) -> Self:
        known = (predictions >= 0) & (predictions < classes)
        errors = np.full(len(predictions), None, dtype=object)
        for row in np.flatnonzero(~known).tolist():
            errors[row] = f"answered with class {predictions[row]}, of which there are {classes}, from 0"
        probabilities = np.full((len(predictions), classes), np.nan)
        return cls(probabilities, np.where(known, predictions, -1), errors, np.ones_like(known))

    @classmethod
    def _of_scores(cls, scores: NDArray[np.float64]) -> "Replies":
        probabilities, reasons = as_probabilities(scores)
        none, replied = np.full(len(scores), None, dtype=object), np.full(len(scores), True)
        return cls(probabilities, scores.argmax(axis=1), none, replied).without(reasons)

    def without(self, reasons: Mapping[int, str], failed: Collection[int] = ()) -> "Replies":
        """The same without an answer in those rows, and without a reply where it `failed`."""
        if not reasons:
            return self
        probabilities, predictions, errors = (
            self.probabilities.copy(),
            self.predictions.copy(),
            self.errors.copy(),
        )
        for row, reason in reasons.items():
            probabilities[row], predictions[row], errors[row] = np.nan, -1, reason
        replied = self.replied.copy()
        replied[list(failed)] = False
        return Replies(probabilities, predictions, errors, replied)

    @property
    def failed(self) -> NDArray[np.bool_]:
        """Which texts have no answer."""
        return self.predictions < 0

    @property
    def outcomes(self) -> NDArray[np.object_]:
        """The `Outcome` of each text."""
        unanswered = np.where(self.replied, "no answer", "failed")
        return np.where(self.failed, unanswered, "answered").astype(object)

    def take(self, rows: NDArray[np.intp] | slice) -> "Replies":
        """The answers in those rows, in that order."""
        return Replies(*(getattr(self, field.name)[rows] for field in fields(self)))
