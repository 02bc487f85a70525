"""Predictions: each text is queried once, in full batches of texts of similar length."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import chain
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from robustaudit.core import defaults, watchdog
from robustaudit.core.errors import ModelError, RobustAuditError, message_of
from robustaudit.core.spelling import option
from robustaudit.models import Classifier, MissingPredictions, as_probabilities
from robustaudit.runs.error_policy import CallTimeout, ErrorPolicy, time_limit
from robustaudit.runs.guard import guarded_call, reason_of, shortened

PredictionStatus = Literal["answered", "no answer", "failed"]
"""`answered`, `no answer` if the model's reply names no class, `failed` if there is no reply."""


@dataclass(frozen=True, slots=True)
class Predictions:
    """Predictions of texts as columns of one length.

    `probabilities` has shape (n_texts, n_classes), with a row of NaN if the model gives the class alone.
    `predictions` has -1 and `errors` the reason if there is no prediction; `replied` says whether there was a
    reply.
    """

    probabilities: NDArray[np.float64]
    predictions: NDArray[np.int64]
    errors: NDArray[np.object_]
    replied: NDArray[np.bool_]

    @classmethod
    def read(cls, answer: Any, *, texts: int, classes: int) -> "Predictions":  # noqa: ANN401
        """The predictions in what `predict` returned; a row that is invalid has an error.

        Raises:
            ValueError: it has not one row for each text.
        """
        array = np.asarray(answer)
        if array.ndim == 1 and array.dtype.kind in "iu" and len(array) == texts:
            return cls._of_classes(array.astype(np.int64), classes)
        if array.ndim and len(array) != texts:
            raise ValueError(f"they must be one for each text, got {len(array)} for {texts}")
        if array.shape != (texts, classes):
            raise ValueError(f"their shape must be {(texts, classes)}, got {array.shape}")
        if array.dtype.kind not in "fiub":
            raise ValueError(f"they must be real numbers, got {array.dtype.name}")
        return cls._of_scores(array.astype(np.float64))

    @classmethod
    def none(cls, *, classes: int, reason: str) -> Self:
        """No reply to one text."""
        nothing = np.full((1, classes), np.nan)
        return cls(nothing, np.array([-1]), np.array([reason], dtype=object), np.array([False]))

    @classmethod
    def joined(cls, parts: Sequence["Predictions"]) -> Self:
        """The predictions of all parts, one part after the other."""
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))

    @classmethod
    def _of_classes(cls, predictions: NDArray[np.int64], classes: int) -> Self:
        known = (predictions >= 0) & (predictions < classes)
        errors = np.full(len(predictions), None, dtype=object)
        for row in np.flatnonzero(~known).tolist():
            errors[row] = f"predicted class {predictions[row]}, of which there are {classes}, from 0"
        probabilities = np.full((len(predictions), classes), np.nan)
        return cls(probabilities, np.where(known, predictions, -1), errors, np.ones_like(known))

    @classmethod
    def _of_scores(cls, scores: NDArray[np.float64]) -> "Predictions":
        probabilities, reasons = as_probabilities(scores)
        none, replied = np.full(len(scores), None, dtype=object), np.full(len(scores), True)
        return cls(probabilities, scores.argmax(axis=1), none, replied).without(reasons)

    def without(self, reasons: Mapping[int, str], failed: Collection[int] = ()) -> "Predictions":
        """The same without a prediction in those rows, and without a reply in the `failed` ones."""
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
        return Predictions(probabilities, predictions, errors, replied)

    @property
    def failed(self) -> NDArray[np.bool_]:
        """Which texts have no prediction."""
        return self.predictions < 0

    @property
    def outcomes(self) -> NDArray[np.object_]:
        """The `PredictionStatus` of each text."""
        unanswered = np.where(self.replied, "no answer", "failed")
        return np.where(self.failed, unanswered, "answered").astype(object)

    def take(self, rows: NDArray[np.intp] | slice) -> "Predictions":
        """The predictions in those rows, in that order."""
        return Predictions(
            self.probabilities[rows], self.predictions[rows], self.errors[rows], self.replied[rows]
        )


class NoPredictionError(ModelError):
    """A model gave no prediction for `text`; `where` names the example."""

    def __init__(self, model: str, text: str, reason: str, where: str = "") -> None:
        super().__init__(model, text, reason, where)  # all of them, so that it can be pickled
        self.model = model
        self.text = text
        self.reason = reason
        self.where = where

    def __str__(self) -> str:
        return f"model {self.model!r} {self.reason}; the text was{self.where} {shortened(self.text)!r}"

    def at(self, where: str) -> "NoPredictionError":
        """The same of a known example."""
        return NoPredictionError(self.model, self.text, self.reason, f" {where}:")


def predict_all(
    classifier: Classifier,
    texts: Sequence[str],
    *,
    model: str,
    batch_size: int | None,
    error_policy: ErrorPolicy | None = None,
    told: Callable[[float], None] = lambda _: None,
) -> Predictions:
    """The predictions of every text; equal texts are queried once.

    A batch that fails is halved until the text at fault is found. After each batch, `told` gets its share of
    the texts to query.

    Raises:
        NoPredictionError: a text has no prediction, and the error policy is to stop.
        ModelError: no text of the first batch has a prediction, or a batch gives not one row for each of its
            texts though its halves do.
    """
    asking = _BatchPredictor(classifier, model, error_policy or ErrorPolicy())
    # Length first, for little padding; then the text, so that batches do not depend on the order of `texts`.
    batch_size = texts_at_once(classifier, batch_size, error_policy)
    distinct = sorted(set(texts), key=lambda text: (len(text), text))
    starts = range(0, len(distinct), batch_size)
    # From the middle outwards: what the first batches take says what all of them will.
    outwards = sorted(starts, key=lambda start: abs(2 * start + batch_size - len(distinct)))
    batches = [distinct[start : start + batch_size] for start in outwards]
    found: list[Predictions] = []
    for batch in batches:
        found.append(asking.ask(batch) if found else asking.first(batch))
        told(len(batch) / len(distinct))
    places = {text: place for place, text in enumerate(chain.from_iterable(batches))}
    return Predictions.joined(found).take(np.array([places[text] for text in texts]))


def texts_at_once(
    classifier: Classifier, batch_size: int | None, error_policy: ErrorPolicy | None = None
) -> int:
    """How many texts a call of a model has: its own number, else the user's, else what it works best with.

    A time limit is one of calls, which are then as short as they are for any model.
    """
    limited = error_policy is not None and error_policy.time_limit is not None
    best = None if limited else getattr(classifier, "preferred_batch_size", None)
    number: int = getattr(classifier, "batch_size", None) or batch_size or best or defaults.BATCH_SIZE
    return number


def predict_batch(
    classifier: Classifier, batch: list[str], *, model: str, error_policy: ErrorPolicy | None = None
) -> Predictions:
    """The predictions of one batch, in that order; it is halved if it fails.

    Raises:
        NoPredictionError: a text has no prediction, and the error policy is to stop.
    """
    return _BatchPredictor(classifier, model, error_policy or ErrorPolicy()).ask(batch)


class _BatchPredictor:
    """Queries a model batch by batch under an error policy."""

    def __init__(self, classifier: Classifier, model: str, error_policy: ErrorPolicy) -> None:
        self._classifier = classifier
        self._model = model
        self._error_policy = error_policy
        self._doing = f"model {model!r} was queried"

    def first(self, batch: list[str]) -> Predictions:
        """The predictions of the first batch: a model that fails on all of it will fail on every other."""
        answers = self.ask(batch)
        if len(batch) > 1 and answers.failed.all():
            raise ModelError(
                f"model {self._model!r} gave no prediction for any of {len(batch)} texts, so the run stops: "
                f"it {answers.errors[0]}; the first text was {shortened(batch[0])!r}"
            )
        return answers

    def ask(self, batch: list[str]) -> Predictions:
        """The predictions of a batch, by halves if it fails."""
        try:
            answers = self._ask(batch)
        except RobustAuditError:
            raise  # the model says itself that it will not go on
        except CallTimeout:
            answers = self._halved(batch, f"gave no prediction within {self._error_policy.time_limit:g} s")
        except _InvalidPredictionsError as error:
            reason = f"gave no usable predictions: {error}"
            answers = self._halved(batch, reason)
            if not answers.failed.any():
                raise ModelError(
                    f"model {self._model!r} {reason}; it fails on {len(batch)} texts at once, not on fewer: "
                    f"it must predict each text of a list, or take a smaller {option('batch_size')}"
                ) from error
        except Exception as error:  # noqa: BLE001  (whatever a model of others raises)
            answers = self._halved(batch, reason_of(error))
        if self._error_policy.on_error == "stop" and answers.failed.any():
            row = int(np.argmax(answers.failed))
            raise NoPredictionError(self._model, batch[row], answers.errors[row])
        return answers

    def _ask(self, batch: list[str]) -> Predictions:
        # What a model gives may be code of its own as well: it is read where that is guarded, too.
        with watchdog.note_activity(self._doing), guarded_call(), time_limit(self._error_policy.time_limit):
            reasons: Mapping[int, str] = {}
            failed: Collection[int] = ()
            try:
                answer = self._classifier.predict(list(batch))  # a list of its own, to do with as it likes
            except MissingPredictions as error:
                answer, reasons, failed = error.answer, error.reasons, error.failed
            try:
                replies = Predictions.read(answer, texts=len(batch), classes=len(self._classifier.labels))
                return replies.without(reasons, failed)
            except ValueError as error:
                raise _InvalidPredictionsError(message_of(error)) from error

    def _halved(self, batch: list[str], reason: str) -> Predictions:
        if len(batch) == 1:
            return Predictions.none(classes=len(self._classifier.labels), reason=reason)
        middle = len(batch) // 2
        return Predictions.joined([self.ask(batch[:middle]), self.ask(batch[middle:])])


class _InvalidPredictionsError(Exception):
    """Predictions of which there is not one for each text."""


class RepeatQuery:
    """Queries a model again, bypassing its cache, and counts the texts."""

    def __init__(
        self,
        classifier: Classifier,
        *,
        model: str,
        batch_size: int | None,
        error_policy: ErrorPolicy | None = None,
    ) -> None:
        self.model = model
        self.at_once = texts_at_once(classifier, batch_size, error_policy)
        self.keeps_answers = hasattr(classifier, "predict_anew")
        self.texts = 0
        self._classifier = classifier
        self._error_policy = error_policy

    def ask(self, texts: Sequence[str], asking: str) -> Predictions:
        """The predictions of texts in that order; a cache stores them under the name of the repetition.

        Raises:
            NoPredictionError: a text has no prediction, and the error policy is to stop.
        """
        self.texts += len(texts)
        afresh = _Uncached(self._classifier, asking)
        batches = [texts[start : start + self.at_once] for start in range(0, len(texts), self.at_once)]
        return Predictions.joined(
            [
                predict_batch(afresh, list(batch), model=self.model, error_policy=self._error_policy)
                for batch in batches
            ]
        )


class _Uncached:
    """A classifier that does not reuse predictions cached for another repetition."""

    def __init__(self, classifier: Classifier, asking: str) -> None:
        self.labels = classifier.labels
        self._classifier = classifier
        self._asking = asking

    def predict(self, texts: Sequence[str]) -> NDArray[np.float64] | NDArray[np.int64]:
        anew = getattr(self._classifier, "predict_anew", None)
        if anew is None:
            return self._classifier.predict(texts)
        answer: NDArray[np.float64] | NDArray[np.int64] = anew(texts, asking=self._asking)
        return answer
