"""Labels of data and of several models, numbered alike."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from fakes import FakeSource
from robustaudit.core.errors import UserError
from robustaudit.core.records import Example
from robustaudit.datasets import Dataset
from robustaudit.models import MissingPredictions, ModelSource
from robustaudit.runs.planned_labels import match_labels, relabel_as_in_plan

EXAMPLES = (Example("a", "Fine.", 1, "a"), Example("b", "Bad.", 0, "b"))
NAMED = Dataset("my.csv", EXAMPLES, label_names=("negative", "positive"), numbered=False)


class Says:
    """A model whose answer to every text is the same."""

    def __init__(self, labels: Sequence[str], answer: Any) -> None:
        self.labels = tuple(labels)
        self._answer = answer

    def predict(self, texts: Sequence[str]) -> Any:
        return np.array([self._answer] * len(texts))


def source(name: str, labels: Sequence[str], answer: Any = 0) -> FakeSource:
    return FakeSource(name, labels=tuple(labels), make=lambda: Says(labels, answer))


def answers(model: ModelSource) -> Any:
    return model.load().predict(["x"])[0].tolist()


NEGATIVE_FIRST = source("first", ("negative", "positive"), [0.9, 0.1])
POSITIVE_FIRST = source("second", ("Positive", "neutral", "Negative"), [0.7, 0.2, 0.1])


def test_one_model_keeps_its_numbers_and_examples_get_them() -> None:
    fitted = match_labels(NAMED, EXAMPLES, [POSITIVE_FIRST])
    assert fitted.models == (POSITIVE_FIRST,)
    assert [example.label for example in fitted.examples] == [0, 2]
    assert [(label.written, label.number, label.examples) for label in fitted.labels] == [
        ("negative", 2, 1),
        ("positive", 0, 1),
    ]


def test_models_that_number_classes_differently_answer_in_the_order_of_the_first() -> None:
    fitted = match_labels(NAMED, EXAMPLES, [NEGATIVE_FIRST, POSITIVE_FIRST])
    assert [example.label for example in fitted.examples] == [1, 0]
    first, second = fitted.models
    assert first is NEGATIVE_FIRST
    assert second.labels == ("Negative", "Positive", "neutral")
    assert answers(second) == [0.1, 0.7, 0.2]
    assert (second.name, second.digest) == (POSITIVE_FIRST.name, POSITIVE_FIRST.digest)


def test_a_class_that_one_model_lacks_has_no_probability_there() -> None:
    fitted = match_labels(
        NAMED, EXAMPLES, [POSITIVE_FIRST, source("two", ("negative", "positive"), [0.9, 0.1])]
    )
    assert [example.label for example in fitted.examples] == [0, 2]
    assert fitted.models[1].labels == ("positive", "neutral", "negative")
    assert answers(fitted.models[1]) == [0.1, 0.0, 0.9]


def test_classes_without_probabilities_are_put_into_place_and_none_stays_none() -> None:
    for answer, placed in ((0, 1), (1, 2), (2, 0), (3, -1), (-1, -1)):
        model = source("second", ("positive", "neutral", "negative"), answer)
        (_, second) = match_labels(NAMED, EXAMPLES, [NEGATIVE_FIRST, model]).models
        assert answers(second) == placed


def test_texts_without_an_answer_stay_so() -> None:
    class Fails(Says):
        batch_size = 7

        def predict(self, texts: Sequence[str]) -> Any:
            raise MissingPredictions(super().predict(texts), {0: "is out of order"})

    labels = ("positive", "negative")
    model = FakeSource("second", labels=labels, make=lambda: Fails(labels, [0.8, 0.2]))
    (_, second) = match_labels(NAMED, EXAMPLES, [NEGATIVE_FIRST, model]).models
    loaded = second.load()
    assert getattr(loaded, "batch_size", None) == 7
    with pytest.raises(MissingPredictions) as caught:
        loaded.predict(["x"])
    assert caught.value.answer.tolist() == [[0.2, 0.8]]
    assert caught.value.reasons == {0: "is out of order"}


def test_a_replay_puts_classes_where_the_run_had_them() -> None:
    (_, second) = match_labels(NAMED, EXAMPLES, [NEGATIVE_FIRST, POSITIVE_FIRST]).models
    plan = {"models": [{"name": "first"}, {"name": "second", "labels": list(second.labels)}]}
    assert answers(relabel_as_in_plan(plan, POSITIVE_FIRST)) == [0.1, 0.7, 0.2]
    assert relabel_as_in_plan(plan, NEGATIVE_FIRST) is NEGATIVE_FIRST
    other = source("second", ("bad", "good"))
    assert relabel_as_in_plan(plan, other) is other


def test_positions_that_mean_opposite_names_for_two_models_are_refused() -> None:
    numbers = Dataset("my.csv", EXAMPLES)
    reversed_names = source("second", ("positive", "negative"))
    with pytest.raises(UserError) as caught:
        match_labels(numbers, EXAMPLES, [NEGATIVE_FIRST, reversed_names])
    assert str(caught.value) == (
        "label 0 of data 'my.csv', counted from 0, would be 'negative' of model 'first', and 'positive' of "
        "model 'second': give --label-map with the name of each"
    )
    assert len(match_labels(numbers, EXAMPLES, [NEGATIVE_FIRST, source("third", ("no", "yes"))]).models) == 2


def test_models_that_tell_labels_apart_in_different_ways_are_audited_apart() -> None:
    examples = (*EXAMPLES, Example("c", "FINE", 2, "c"))
    cased = Dataset("my.csv", examples, label_names=("neg", "pos", "Pos"), numbered=False)
    with pytest.raises(UserError, match=r"do not tell the labels of data 'my\.csv' apart alike"):
        match_labels(cased, examples, [source("a", ("neg", "pos")), source("b", ("neg", "pos", "Pos"))])
