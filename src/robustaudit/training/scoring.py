"""How good answers are."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, f1_score

from robustaudit.core.records import Example
from robustaudit.models import Classifier
from robustaudit.models.card import Scores
from robustaudit.training.splits import Splits


def accuracy_and_f1(
    predictions: NDArray[np.integer], labels: NDArray[np.integer], *, classes: int
) -> tuple[float, float]:
    """Share of right answers, and F1 of class 1 (of several classes: their mean F1), as fractions."""
    average = "binary" if classes == 2 else "macro"  # noqa: PLR2004
    f1 = f1_score(labels, predictions, average=average, zero_division=0.0)
    return float(accuracy_score(labels, predictions)), float(f1)


def score(classifier: Classifier, splits: Splits) -> Scores:
    """Scores of a classifier on the two splits that it has not learned from."""
    validation_accuracy, validation_f1 = _score(classifier, splits.validation)
    test_accuracy, test_f1 = _score(classifier, splits.test)
    return Scores(
        validation_accuracy=validation_accuracy,
        validation_f1=validation_f1,
        test_accuracy=test_accuracy,
        test_f1=test_f1,
    )


def _score(classifier: Classifier, examples: Sequence[Example]) -> tuple[float, float]:
    predictions = classifier.predict([example.text for example in examples]).argmax(axis=1)
    labels = np.array([example.label for example in examples])
    return accuracy_and_f1(predictions, labels, classes=len(classifier.labels))
