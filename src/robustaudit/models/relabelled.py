"""A model whose classes are numbered as another's, so that one label means one class of both."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from robustaudit.models.adapters.outputs import Outputs
from robustaudit.models.classifier import (
    Classifier,
    KnownAccuracy,
    MissingPredictions,
    ModelFile,
    ModelSource,
    files_of,
)
from robustaudit.models.forms import Form, has_bf16, in_form


@dataclass(frozen=True, slots=True)
class RelabelledModel:
    """A model whose own class `i` is class `positions[i]` of `labels`; of other classes it never speaks."""

    source: ModelSource
    labels: tuple[str, ...]
    positions: tuple[int, ...]

    @property
    def name(self) -> str:
        """The model's name in options, tables and files."""
        return self.source.name

    @property
    def uri(self) -> str | None:
        """The full name of the model itself."""
        return self.source.uri

    @property
    def title(self) -> str:
        """The model's description."""
        return self.source.title

    @property
    def digest(self) -> str:
        """The digest of the model itself."""
        return self.source.digest

    @property
    def accuracy(self) -> KnownAccuracy | None:
        """Its test accuracy, if known."""
        return self.source.accuracy

    @property
    def files(self) -> tuple[ModelFile, ...]:
        """The files of the model itself."""
        return files_of(self.source)

    @property
    def has_bf16(self) -> bool:
        """Whether the model itself may be computed in bf16."""
        return has_bf16(self.source)

    def load(self) -> Classifier:
        """The classifier, whose answers are put into place."""
        return _RelabelledClassifier(self.source.load(), self.labels, self.positions)


class _RelabelledClassifier:
    """A classifier whose classes are renumbered."""

    def __init__(
        self, classifier: Classifier, labels: tuple[str, ...], positions: Sequence[int] | NDArray[np.int64]
    ) -> None:
        self._classifier = classifier
        self._positions = np.asarray(positions)
        self.labels = labels
        self.batch_size = getattr(classifier, "batch_size", None)
        self.preferred_batch_size = getattr(classifier, "preferred_batch_size", None)
        self.max_tokens = getattr(classifier, "max_tokens", None)
        self.count_truncated = getattr(classifier, "count_truncated", None)
        self.split_words = getattr(classifier, "split_words", None)
        self.chain = getattr(classifier, "chain", None)
        if anew := getattr(classifier, "predict_anew", None):
            self.predict_anew = lambda texts, *, asking: self._relabelled(texts, partial(anew, asking=asking))

    @property
    def steps(self) -> Sequence[Any]:
        """The steps of the model itself; raises an AttributeError if it has none."""
        steps: Sequence[Any] = self._classifier.steps  # type: ignore[attr-defined]
        return steps

    @property
    def positions(self) -> Sequence[int]:
        """The class of each of the model's own classes."""
        return [int(position) for position in self._positions]

    def in_form(self, form: Form) -> "_RelabelledClassifier":
        """The model itself in that form, its classes renumbered."""
        return _RelabelledClassifier(in_form(self._classifier, form), self.labels, self._positions)

    def predict(self, texts: Sequence[str]) -> Outputs:
        """The answers of the model, class by class where the others have theirs."""
        return self._relabelled(texts, self._classifier.predict)

    def _relabelled(self, texts: Sequence[str], ask: Callable[[Sequence[str]], Outputs]) -> Outputs:
        try:
            return self._placed(ask(texts))
        except MissingPredictions as error:
            raise MissingPredictions(self._placed(error.answer), error.reasons, error.failed) from error

    def _placed(self, given: NDArray[np.float64] | NDArray[np.int64]) -> Outputs:
        answer: NDArray[Any] = np.asarray(given)
        own = len(self._positions)
        if answer.ndim == 1 and answer.dtype.kind in "iu":
            known = (answer >= 0) & (answer < own)
            # What is no class stays none, whatever stands in its place.
            return np.where(known, self._positions[np.where(known, answer, 0)], -1).astype(np.int64)
        if answer.ndim != 2 or answer.shape[1] != own:  # noqa: PLR2004
            raise ValueError(f"their shape must be {(len(answer), own)}, got {answer.shape}")
        placed = np.zeros((len(answer), len(self.labels)))
        placed[:, self._positions] = answer
        return placed
