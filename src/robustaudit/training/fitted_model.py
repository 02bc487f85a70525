"""A model that was just trained, and its scores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, f1_score

from robustaudit.core.errors import UserError
from robustaudit.core.records import Example
from robustaudit.models import Classifier
from robustaudit.models.card import CardFile, Numbers, Provenance, Scores
from robustaudit.models.training_history import Epoch, ValidationPredictions


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedModel:
    """A model that was just trained and stored; `classifier` answers as it will when it is loaded.

    `augmented_digest` is the digest of the training texts, if a share of them was perturbed; `accuracies`
    are those of the epochs, clean and under attack, if the latter are measured.
    """

    classifier: Classifier
    parameters: int
    model: Numbers
    training: Numbers
    files: Mapping[str, CardFile]
    library: str
    epochs: tuple[Epoch, ...] = ()
    embeddings: Provenance | None = None
    base_sha256: str | None = None
    augmented_digest: str | None = None
    accuracies: tuple[tuple[float, float], ...] = ()

    @property
    def best_epoch(self) -> int:
        """The first epoch of the highest validation accuracy; 0 for what is fitted at once."""
        best = max(self.epochs, key=lambda epoch: epoch.validation_accuracy, default=None)
        return best.epoch if best else 0


class NoEpochKept(UserError):
    """A training of which no epoch may be kept; `epochs` has the accuracies of each, as `TrainingHistory`."""

    def __init__(self, epochs: Sequence[tuple[float, float]]) -> None:
        super().__init__("no epoch of the training may be kept")
        self.epochs = tuple(epochs)


def accuracy_and_f1(
    predictions: NDArray[np.integer], labels: NDArray[np.integer], *, classes: int
) -> tuple[float, float]:
    """Share of right answers, and F1 of class 1 (of several classes: their mean F1), as fractions."""
    average = "binary" if classes == 2 else "macro"  # noqa: PLR2004
    f1 = f1_score(labels, predictions, average=average, zero_division=0.0)
    return float(accuracy_score(labels, predictions)), float(f1)


def predictions_for(classifier: Classifier, examples: Sequence[Example]) -> ValidationPredictions:
    """A classifier's predictions for examples."""
    probabilities = classifier.predict([example.text for example in examples])
    labels = np.array([example.label for example in examples], dtype=np.int64)
    return ValidationPredictions(
        examples=tuple(example.id for example in examples),
        groups=tuple(example.group for example in examples),
        labels=labels,
        predictions=probabilities.argmax(axis=1).astype(np.int64),
        probabilities=probabilities[np.arange(len(labels)), labels].astype(np.float32),
    )


def score(*, validation: ValidationPredictions, test: ValidationPredictions, classes: int) -> Scores:
    """Scores of the answers on the two splits that a classifier has not learned from."""
    validation_accuracy, validation_f1 = _score(validation, classes)
    test_accuracy, test_f1 = _score(test, classes)
    return Scores(
        validation_accuracy=validation_accuracy,
        validation_f1=validation_f1,
        test_accuracy=test_accuracy,
        test_f1=test_f1,
    )


def _score(answers: ValidationPredictions, classes: int) -> tuple[float, float]:
    return accuracy_and_f1(answers.predictions, answers.labels, classes=classes)
