"""A model whose predictions are those of a vote over perturbed copies of a text."""

from collections.abc import Callable, Sequence
from functools import partial

from robustaudit.defences import Vote
from robustaudit.models.adapters.outputs import Outputs
from robustaudit.models.batching import asked_once
from robustaudit.models.classifier import Classifier, MissingPredictions
from robustaudit.models.forms import Form, in_form


class VotedClassifier:
    """A classifier that is queried for the copies of each text, of which equal ones once.

    A text is without a prediction if a copy of it is.
    """

    def __init__(self, classifier: Classifier, vote: Vote) -> None:
        self._classifier = classifier
        self._vote = vote
        self.labels = classifier.labels
        self.batch_size = getattr(classifier, "batch_size", None)
        self.preferred_batch_size = getattr(classifier, "preferred_batch_size", None)
        self.max_tokens = getattr(classifier, "max_tokens", None)
        if count := getattr(classifier, "count_truncated", None):
            self.count_truncated = lambda texts: sum(count(vote.copies([text])) > 0 for text in texts)
        if anew := getattr(classifier, "predict_anew", None):
            self.predict_anew = lambda texts, *, asking: self._voted(texts, partial(anew, asking=asking))

    def in_form(self, form: Form) -> "VotedClassifier":
        """The vote of the model itself in that form."""
        return VotedClassifier(in_form(self._classifier, form), self._vote)

    def predict(self, texts: Sequence[str]) -> Outputs:
        """The outcome of the vote for each text."""
        return self._voted(texts, self._classifier.predict)

    def _voted(self, texts: Sequence[str], ask: Callable[[list[str]], Outputs]) -> Outputs:
        try:
            return self._vote.outcome(asked_once(self._vote.copies(texts), ask))
        except MissingPredictions as error:
            draws = self._vote.draws
            of_text = {row // draws: reason for row, reason in sorted(error.reasons.items(), reverse=True)}
            failed = {row // draws for row in error.failed}
            raise MissingPredictions(self._vote.outcome(error.answer), of_text, sorted(failed)) from error
