"""A model that is asked for what it has answered before."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from robustaudit.engine.patience import Patience
from robustaudit.engine.prediction import ask_batch
from robustaudit.engine.replies import Replies
from robustaudit.models import Classifier


class Again:
    """Asks one model again, past whatever keeps its answers, and counts the texts."""

    def __init__(
        self, classifier: Classifier, *, model: str, batch_size: int, patience: Patience | None = None
    ) -> None:
        self.model = model
        self.at_once: int = getattr(classifier, "batch_size", None) or batch_size
        self.keeps_answers = hasattr(classifier, "predict_anew")
        self.texts = 0
        self._classifier = classifier
        self._patience = patience

    def ask(self, texts: Sequence[str], asking: str) -> Replies:
        """The answers to texts in that order; an answer that is kept is kept under the name of the asking.

        Raises:
            NoAnswer: a text has no answer, and none are to be skipped.
        """
        self.texts += len(texts)
        afresh = _Afresh(self._classifier, asking)
        batches = [texts[start : start + self.at_once] for start in range(0, len(texts), self.at_once)]
        return Replies.joined(
            [ask_batch(afresh, list(batch), model=self.model, patience=self._patience) for batch in batches]
        )


class _Afresh:
    """A classifier that does not give the answer it keeps of another asking."""

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
