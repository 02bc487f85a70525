"""Functions, objects and fitted estimators as models."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from robustaudit.core.errors import UserError
from robustaudit.models import DataLabels, model_of_object, resolve

NUMBERS = DataLabels(("0", "1"), numbered=True)
WORDS = DataLabels(("ham", "spam"), numbered=False)
TEXTS = ["good day", "bad day", "good", "bad"]


def spells(texts: Sequence[str]) -> list[bool]:
    return ["good" in text for text in texts]


class Steady:
    labels = ("negative", "positive")

    def predict(self, texts: Sequence[str]) -> Any:
        return np.tile([0.1, 0.9], (len(texts), 1))


def answer(model: Any, data_labels: DataLabels = NUMBERS, texts: Sequence[str] = TEXTS) -> Any:
    return model_of_object(model, data_labels).load().predict(texts).tolist()


@pytest.mark.parametrize(
    "model",
    [
        spells,
        lambda texts: [int("good" in text) for text in texts],
        lambda texts: np.array([str(int("good" in text)) for text in texts]),
    ],
)
def test_a_function_answers_with_labels_however_they_are_written(model: Any) -> None:
    assert answer(model) == [1, 0, 1, 0]


def test_an_object_has_its_own_labels_and_probabilities() -> None:
    made = model_of_object(Steady(), WORDS)
    assert (made.name, made.title) == ("Steady", "an object of class Steady")
    assert made.labels == ("negative", "positive")
    assert made.load().predict(["a"]).tolist() == [[0.1, 0.9]]


def test_a_fitted_pipeline_answers_with_probabilities_where_it_has_them() -> None:
    names = ["pos", "neg", "pos", "neg"]
    pipeline = make_pipeline(CountVectorizer(), LogisticRegression()).fit(TEXTS, names)
    made = model_of_object(pipeline, NUMBERS)
    assert made.labels == ("neg", "pos")
    np.testing.assert_allclose(made.load().predict(TEXTS), pipeline.predict_proba(TEXTS))
    assert answer(make_pipeline(CountVectorizer(), LinearSVC()).fit(TEXTS, names)) == [1, 0, 1, 0]


def test_names_of_the_data_are_those_that_a_function_answers_with() -> None:
    assert answer(lambda texts: ["spam" if "good" in text else "ham" for text in texts], WORDS) == [
        1,
        0,
        1,
        0,
    ]


@pytest.mark.parametrize("numbers", [[0] * 4, [[0.5, 0.5]] * 4, [True] * 4])
def test_numbers_for_labels_that_are_names_are_refused_since_their_order_is_not_known(numbers: Any) -> None:
    with pytest.raises(UserError, match="give it an attribute `labels`, which has ham, spam in the order"):
        answer(lambda _: numbers, WORDS)


@pytest.mark.parametrize(
    "labels",
    [
        ("no", "yes"),
        ["no", "yes"],
        {0: "no", 1: "yes"},
        {"no": 1, "yes": 2}.keys(),
        iter(["no", "yes"]),
        np.array(["no", "yes"]),
        [b"no", b"yes"],
    ],
)
def test_labels_may_be_whatever_has_an_order(labels: Any) -> None:
    model = Steady()
    model.labels = labels
    assert model_of_object(model, NUMBERS).labels == ("no", "yes")


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ({"yes", "no"}, "must have an order, got a set of no, yes: give a list"),
        (frozenset({"yes", "no"}), "must have an order, got a set"),
        ({1: "no", 2: "yes"}, "must be by the numbers of classes from 0, got 1, 2"),
        (["no"], "must be two or more different names, got 'no'"),
        ("no,yes", "labels of model 'Steady' must be a list of names, got 'no,yes'"),
        (b"no,yes", "labels of model 'Steady' must be a list of names, got b'no,yes'"),
        ([["no"], ["yes"]], r"must be names or numbers, got \['no'\]: give a list of these"),
        (["no", {"yes": 1}], r"must be names or numbers, got \{'yes': 1\}"),
        ([None, "yes"], "must be names or numbers, got None"),
    ],
)
def test_labels_that_are_no_names_in_an_order_are_refused(labels: Any, message: str) -> None:
    model = Steady()
    model.labels = labels
    with pytest.raises(UserError, match=message):
        model_of_object(model, NUMBERS)


def test_a_loaded_model_is_an_object_like_others() -> None:
    loaded = resolve("tfidf").load()
    np.testing.assert_allclose(answer(loaded), loaded.predict(TEXTS))


@pytest.mark.parametrize(("said", "kept"), [(512, 512), (None, None), ("many", None), (0, None)])
def test_how_many_texts_an_object_takes_at_once_is_kept_where_it_says_so(said: Any, kept: int | None) -> None:
    model = Steady()
    model.batch_size = said  # type: ignore[attr-defined]
    assert getattr(model_of_object(model, NUMBERS).load(), "batch_size", None) == kept


def test_only_an_object_that_says_by_what_it_changes_is_the_same_model_twice() -> None:
    assert model_of_object(spells, NUMBERS).digest != model_of_object(spells, NUMBERS).digest
    model = Steady()
    model.digest = "weights of May"  # type: ignore[attr-defined]
    assert model_of_object(model, NUMBERS).digest == model_of_object(model, NUMBERS).digest


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (3, "model must be a name, a function, or have a method `predict`, got 3"),
        (Steady, "model must be an object, got the class Steady: make one of it"),
        (LogisticRegression(), "fitted classifier"),
    ],
)
def test_what_is_no_model_is_one_clear_line(model: Any, message: str) -> None:
    if isinstance(model, LogisticRegression):
        model.classes_ = None
    with pytest.raises(UserError, match=message) as caught:
        model_of_object(model, NUMBERS)
    assert "\n" not in str(caught.value)


def test_a_name_may_be_given() -> None:
    assert model_of_object(spells, NUMBERS, name="old").name == "old"
    assert model_of_object(lambda texts: [0] * len(texts), NUMBERS).name == "lambda"
