"""A model that a program holds already: a function of texts, or an object with `predict`."""

import secrets
from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

from robustaudit.core.errors import UserError
from robustaudit.core.validation import check_unicode
from robustaudit.models.adapters.model_files import check_label_names, digest_of, labels_on
from robustaudit.models.adapters.python import PythonClassifier, labels_of_pipeline
from robustaudit.models.adapters.scikit_learn import SklearnClassifier
from robustaudit.models.classifier import Classifier, DataLabels, ExternalModel

Predict: TypeAlias = Callable[[list[str]], Any]
"""A function of texts: labels, one for each, or probabilities of shape (n_texts, n_classes)."""


class Predicts(Protocol):
    """An object that answers so; its `classes_` or `labels` are its labels, where it has them."""

    def predict(self, texts: list[str], /) -> Any: ...  # noqa: ANN401


def model_of_object(
    thing: Predicts | Predict, data_labels: DataLabels, *, name: str | None = None
) -> ExternalModel:
    """The model that a function, a fitted estimator of scikit-learn or an object with `predict` is.

    Its labels are its `classes_` or `labels`, or else those of the data. Where it has no attribute `digest`,
    which says by what its answers change, it is taken for another model each time.

    Raises:
        UserError: it is none of these.
    """
    kind = _kind(thing)
    name = check_unicode("name of a model", name or _name(thing))
    where = f"model {name!r}"
    classifier, named = _classifier(thing, data_labels, where)
    digest = getattr(thing, "digest", None) or secrets.token_hex(32)
    return ExternalModel(
        name=name,
        title=kind,
        labels=classifier.labels,
        digest=digest_of([], *classifier.labels, str(digest)),
        make=lambda: classifier,
        named=named,
    )


def _kind(thing: object) -> str:
    """A description of it."""
    if isinstance(thing, type):
        raise UserError(f"model must be an object, got the class {thing.__name__}: make one of it")
    if callable(getattr(thing, "predict", None)):
        return f"an object of class {type(thing).__name__}"
    if callable(thing):
        return "a function"
    raise UserError(f"model must be a name, a function, or have a method `predict`, got {thing!r:.80}")


def _name(thing: object) -> str:
    name = str(getattr(thing, "__name__", type(thing).__name__))
    return "lambda" if name == "<lambda>" else name


def _classifier(thing: Any, data_labels: DataLabels, where: str) -> tuple[Classifier, bool]:  # noqa: ANN401
    """The classifier for it, and whether it names its classes: otherwise they are the data's."""
    if hasattr(thing, "classes_"):
        return SklearnClassifier(thing, where), True
    labels = labels_of_pipeline(thing, where) or labels_on(thing, where)
    if labels is not None:
        return PythonClassifier(thing, check_label_names(labels, where), where), True
    names, numbered = data_labels.names, data_labels.numbered
    return PythonClassifier(thing, names, where, ordered=numbered, of_data=True), False
