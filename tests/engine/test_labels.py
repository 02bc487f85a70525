"""Labels of data and of models, by name and by number."""

import pytest

from fakes import FakeSource
from robustaudit.core.errors import UserError
from robustaudit.core.records import Example
from robustaudit.datasets import Dataset
from robustaudit.engine import fit_labels

EXAMPLES = (Example("a", "Fine.", 1, "a"), Example("b", "Bad.", 0, "b"))
NEGATIVE_FIRST = FakeSource("first", labels=("negative", "positive"))
POSITIVE_FIRST = FakeSource("second", labels=("Positive", "neutral", "Negative"))


def fitted(names: tuple[str, ...], *models: FakeSource, numbered: bool = False) -> list[int]:
    dataset = Dataset("my.csv", EXAMPLES, label_names=names, numbered=numbered)
    return [example.label for example in fit_labels(dataset, EXAMPLES, models)]


def test_labels_without_names_are_the_models_numbers() -> None:
    assert fitted((), NEGATIVE_FIRST, POSITIVE_FIRST, numbered=True) == [1, 0]


def test_names_are_the_models_whatever_their_case() -> None:
    assert fitted(("Negative", "POSITIVE"), NEGATIVE_FIRST) == [1, 0]
    assert fitted(("Negative", "POSITIVE"), POSITIVE_FIRST) == [0, 2]


def test_names_of_numbers_are_followed_where_the_model_knows_them_all() -> None:
    assert fitted(("positive", "negative"), NEGATIVE_FIRST, numbered=True) == [0, 1]
    assert fitted(("pos", "neg"), NEGATIVE_FIRST, numbered=True) == [1, 0]


def test_names_that_a_model_does_not_know_are_asked_for() -> None:
    with pytest.raises(UserError) as caught:
        fitted(("bad", "positive"), NEGATIVE_FIRST)
    assert str(caught.value) == (
        "data 'my.csv' has labels that model 'first' does not know: 'bad'; it knows 'negative', 'positive': "
        "give --label-map with each of them, such as bad=negative,…"
    )


def test_models_that_number_a_label_differently_are_told_apart() -> None:
    with pytest.raises(UserError) as caught:
        fitted(("negative", "positive"), NEGATIVE_FIRST, POSITIVE_FIRST)
    assert str(caught.value) == (
        "models 'first' and 'second' number the label 'negative' differently, 0 and 2: "
        "audit them in runs of their own"
    )
