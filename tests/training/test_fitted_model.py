import numpy as np
import pytest

from robustaudit.training.fitted_model import accuracy_and_f1, predictions_for, score


def test_binary_f1_is_that_of_the_positive_class():
    accuracy, f1 = accuracy_and_f1(np.array([1, 1, 1, 0]), np.array([1, 1, 0, 1]), classes=2)

    assert accuracy == 0.5
    assert f1 == pytest.approx(2 / 3)


def test_f1_of_several_classes_is_their_mean():
    _, f1 = accuracy_and_f1(np.array([0, 1, 1]), np.array([0, 1, 2]), classes=3)

    assert f1 == pytest.approx((1 + 2 / 3 + 0) / 3)


def test_a_classifier_is_scored_on_what_it_has_not_learned(splits):
    class AlwaysPositive:
        labels = ("negative", "positive")

        def predict(self, texts):
            return np.tile([0.1, 0.9], (len(texts), 1))

    validation, test = (predictions_for(AlwaysPositive(), part) for part in (splits.validation, splits.test))
    scores = score(validation=validation, test=test, classes=2)

    assert scores.test_accuracy == pytest.approx(np.mean([e.label for e in splits.test]))
    assert scores.validation_accuracy == pytest.approx(np.mean([e.label for e in splits.validation]))


def test_an_answer_is_the_likeliest_label_and_the_true_ones_probability(splits):
    class Unsure:
        labels = ("a", "b", "c")

        def predict(self, texts):
            return np.tile([0.2, 0.5, 0.3], (len(texts), 1))

    answers = predictions_for(Unsure(), splits.test)

    assert answers.examples == tuple(example.id for example in splits.test)
    assert answers.groups == tuple(example.group for example in splits.test)
    assert set(answers.predictions) == {1}
    np.testing.assert_allclose(answers.probabilities, np.where(answers.labels == 1, 0.5, 0.2))
