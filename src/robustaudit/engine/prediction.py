"""Asking a classifier: each text once, in full batches of texts alike in length."""

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import chain

import numpy as np

from robustaudit.core import watch
from robustaudit.core.errors import ModelError, RobustAuditError, words_of
from robustaudit.engine.guard import guarded, reason_of, shortened
from robustaudit.engine.patience import OutOfTimeError, Patience, at_most
from robustaudit.engine.replies import Replies
from robustaudit.models import Classifier, Unanswered


class NoAnswer(ModelError):
    """A model that did not answer `text`; `where` tells which example that is of."""

    def __init__(self, model: str, text: str, reason: str, where: str = "") -> None:
        super().__init__(model, text, reason, where)  # all of them, so that it can be pickled
        self.model = model
        self.text = text
        self.reason = reason
        self.where = where

    def __str__(self) -> str:
        return f"model {self.model!r} {self.reason}; the text was{self.where} {shortened(self.text)!r}"

    def at(self, where: str) -> "NoAnswer":
        """The same of a known example."""
        return NoAnswer(self.model, self.text, self.reason, f" {where}:")


def predict_all(
    classifier: Classifier,
    texts: Sequence[str],
    *,
    model: str,
    batch_size: int,
    patience: Patience | None = None,
    told: Callable[[float], None] = lambda _: None,
) -> Replies:
    """What the model says of every text; equal texts are asked once.

    A batch that fails is halved until the text at fault is found. After each batch, `told` gets its share of
    the texts that are asked.

    Raises:
        NoAnswer: a text has no answer, and none are to be skipped.
        ModelError: no text of the first batch has an answer, or a batch has not one for each of its texts
            though none is at fault.
    """
    asking = _Asking(classifier, model, patience or Patience())
    # Length first, for little padding; then the text, so that batches do not depend on the order of `texts`.
    batch_size = getattr(classifier, "batch_size", None) or batch_size
    distinct = sorted(set(texts), key=lambda text: (len(text), text))
    starts = range(0, len(distinct), batch_size)
    # From the middle outwards: what the first batches take says what all of them will.
    outwards = sorted(starts, key=lambda start: abs(2 * start + batch_size - len(distinct)))
    batches = [distinct[start : start + batch_size] for start in outwards]
    found: list[Replies] = []
    for batch in batches:
        found.append(asking.ask(batch) if found else asking.first(batch))
        told(len(batch) / len(distinct))
    places = {text: place for place, text in enumerate(chain.from_iterable(batches))}
    return Replies.joined(found).take(np.array([places[text] for text in texts]))


def ask_batch(
    classifier: Classifier, batch: list[str], *, model: str, patience: Patience | None = None
) -> Replies:
    """What the model says of texts that are asked at once, in that order; halved where that fails.

    Raises:
        NoAnswer: a text has no answer, and none are to be skipped.
    """
    return _Asking(classifier, model, patience or Patience()).ask(batch)


class _Asking:
    """A model that is asked, and what is done where it does not answer."""

    def __init__(self, classifier: Classifier, model: str, patience: Patience) -> None:
        self._classifier = classifier
        self._model = model
        self._patience = patience
        self._doing = f"model {model!r} was asked"

    def first(self, batch: list[str]) -> Replies:
        """The answers to the first batch: a model that answers none of it will answer no other."""
        answers = self.ask(batch)
        if len(batch) > 1 and answers.failed.all():
            raise ModelError(
                f"model {self._model!r} answered none of {len(batch)} texts, so that the run stops: "
                f"it {answers.errors[0]}; the first text was {shortened(batch[0])!r}"
            )
        return answers

    def ask(self, batch: list[str]) -> Replies:
        """The answers to a batch, in halves where it fails as a whole."""
        try:
            answers = self._ask(batch)
        except RobustAuditError:
            raise  # the model says itself that it will not go on
        except OutOfTimeError:
            answers = self._halved(batch, f"gave no answer within {self._patience.time_limit:g} s")
        except _UnusableAnswerError as error:
            reason = f"gave no usable answer: {error}"
            answers = self._halved(batch, reason)
            if not answers.failed.any():
                raise ModelError(
                    f"model {self._model!r} {reason}; it answers fewer than {len(batch)} texts at once: "
                    "it must answer each text of a list, or take a smaller --batch-size"
                ) from error
        except Exception as error:  # noqa: BLE001  (whatever a model of others raises)
            answers = self._halved(batch, reason_of(error))
        if self._patience.on_error == "stop" and answers.failed.any():
            row = int(np.argmax(answers.failed))
            raise NoAnswer(self._model, batch[row], answers.errors[row])
        return answers

    def _ask(self, batch: list[str]) -> Replies:
        # What a model gives may be code of its own as well: it is read where that is guarded, too.
        with watch.doing(self._doing), guarded(), at_most(self._patience.time_limit):
            reasons: Mapping[int, str] = {}
            failed: Collection[int] = ()
            try:
                answer = self._classifier.predict(list(batch))  # a list of its own, to do with as it likes
            except Unanswered as error:
                answer, reasons, failed = error.answer, error.reasons, error.failed
            try:
                replies = Replies.read(answer, texts=len(batch), classes=len(self._classifier.labels))
                return replies.without(reasons, failed)
            except ValueError as error:
                raise _UnusableAnswerError(words_of(error)) from error

    def _halved(self, batch: list[str], reason: str) -> Replies:
        if len(batch) == 1:
            return Replies.none(classes=len(self._classifier.labels), reason=reason)
        middle = len(batch) // 2
        return Replies.joined([self.ask(batch[:middle]), self.ask(batch[middle:])])


class _UnusableAnswerError(Exception):
    """An answer that is not one for each text."""
