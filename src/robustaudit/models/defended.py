"""A model behind defences: each text is cleaned before the model reads it."""

import hashlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from robustaudit.core.documents import to_canonical_json
from robustaudit.defences import Chain, put_before
from robustaudit.models.adapters.outputs import Outputs
from robustaudit.models.batching import asked_once
from robustaudit.models.classifier import (
    Classifier,
    ExternalModel,
    ModelSource,
    files_of,
    seen_by,
)
from robustaudit.models.forms import Form, has_bf16, in_form
from robustaudit.models.objects import Predict, Predicts
from robustaudit.models.voted import VotedClassifier


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
    classifier = source.load()
    return DefendedClassifier(VotedClassifier(classifier, chain.vote) if chain.vote else classifier, chain)


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
        return asked_once(self.chain.clean(texts), ask)


class DefendedObject:
    """A model in memory, a function or an object with `predict`, behind a chain."""

    def __init__(self, model: Predicts | Predict, chain: Chain) -> None:
        self.model, self.chain = model, chain

    def predict(self, texts: list[str]) -> Any:  # noqa: ANN401
        """What the model answers to the cleaned texts."""
        ask: Any = getattr(self.model, "predict", self.model)
        cleaned, vote = self.chain.clean(texts), self.chain.vote
        return vote.outcome(np.asarray(ask(vote.copies(cleaned)))) if vote else ask(cleaned)
