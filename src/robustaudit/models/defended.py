"""A model behind defences: each text is cleaned before the model reads it."""

import hashlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from robustaudit.core.documents import to_canonical_json
from robustaudit.defences import Chain, put_before
from robustaudit.models.adapters.outputs import Outputs
from robustaudit.models.classifier import (
    Classifier,
    ExternalModel,
    MissingPredictions,
    ModelSource,
    files_of,
    seen_by,
)
from robustaudit.models.forms import Form, has_bf16, in_form
from robustaudit.models.objects import Predict, Predicts


def defended_source(source: ModelSource, chain: Chain) -> ExternalModel:
    """The model behind the chain; its accuracy is not known, as it reads other texts."""
    digests = to_canonical_json({"chain": chain.digest, "model": source.digest})
    return ExternalModel(
        name=put_before(chain, source.name),
        title=f"{source.title}, behind {chain}",
        labels=source.labels,
        digest=hashlib.sha256(digests).hexdigest(),
        make=partial(_load, source, chain),
        named=getattr(source, "named", True),
        trained_on=getattr(source, "trained_on", None),
        uri=source.uri and put_before(chain, source.uri),
        has_bf16=has_bf16(source),
        files=files_of(source),
        seen_attacks=seen_by(source),
    )


def _load(source: ModelSource, chain: Chain) -> "DefendedClassifier":
    return DefendedClassifier(source.load(), chain)


class DefendedClassifier:
    """A classifier that reads texts as its chain cleans them; of those cleaned alike it is asked one.

    What it says of words (`split_words`, the steps of a pipeline) is left out: it would be of words that a
    user has not written.
    """

    def __init__(self, classifier: Classifier, chain: Chain) -> None:
        self._classifier = classifier
        self.chain = chain
        self.labels = classifier.labels
        self.batch_size = getattr(classifier, "batch_size", None)
        self.preferred_batch_size = getattr(classifier, "preferred_batch_size", None)
        self.max_tokens = getattr(classifier, "max_tokens", None)
        if count := getattr(classifier, "count_truncated", None):
            self.count_truncated = lambda texts: count(chain.clean(texts))
        if anew := getattr(classifier, "predict_anew", None):
            self.predict_anew = lambda texts, *, asking: self._cleaned(texts, partial(anew, asking=asking))

    def in_form(self, form: Form) -> "DefendedClassifier":
        """The model itself in that form, behind the same chain."""
        return DefendedClassifier(in_form(self._classifier, form), self.chain)

    def predict(self, texts: Sequence[str]) -> Outputs:
        """The answers of the model to the cleaned texts."""
        return self._cleaned(texts, self._classifier.predict)

    def _cleaned(self, texts: Sequence[str], ask: Callable[[list[str]], Outputs]) -> Outputs:
        cleaned = self.chain.clean(texts)
        distinct = {text: row for row, text in enumerate(dict.fromkeys(cleaned))}
        rows = np.array([distinct[text] for text in cleaned], dtype=np.int64)
        try:
            return np.asarray(ask(list(distinct)))[rows]  # type: ignore[return-value]
        except MissingPredictions as error:
            of_row = enumerate(rows.tolist())
            reasons = {place: error.reasons[row] for place, row in of_row if row in error.reasons}
            failed = [place for place, row in enumerate(rows.tolist()) if row in error.failed]
            raise MissingPredictions(error.answer[rows], reasons, failed) from error


class DefendedObject:
    """A model in memory, a function or an object with `predict`, behind a chain."""

    def __init__(self, model: Predicts | Predict, chain: Chain) -> None:
        self.model, self.chain = model, chain

    def predict(self, texts: list[str]) -> Any:  # noqa: ANN401
        """What the model answers to the cleaned texts."""
        ask: Any = getattr(self.model, "predict", self.model)
        return ask(self.chain.clean(texts))
