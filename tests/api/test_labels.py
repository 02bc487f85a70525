"""Labels of data and of fitted models brought together: right on all that the model is right on."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from robustaudit import audit
from robustaudit.core.errors import UserError
from robustaudit.core.records import Example
from robustaudit.datasets import single
from robustaudit.reports.notes import label_lines

WORDS = ("awful", "bad", "fair", "good", "great")


def fitted(*classes: Any) -> Any:
    """A model that knows a word for each class."""
    words = WORDS[: len(classes)]
    return make_pipeline(CountVectorizer(), LogisticRegression(C=1000)).fit(words, list(classes))


def rows(*labels: Any) -> list[tuple[str, Any]]:
    return [(f"{word} {again}", label) for word, label in zip(WORDS, labels, strict=False) for again in "xyz"]


def clean(model: Any, data: Any, **options: Any) -> float:
    result = audit({"m": model}, data, attacks="upper_case", trials=len(data), **options).result
    accuracy = result.rows[0].on_all.clean_accuracy
    assert accuracy is not None
    return accuracy.value


@pytest.mark.parametrize(
    ("classes", "labels"),
    [
        ((1, 2, 3, 4, 5), (1, 2)),
        ((1, 2, 3, 4, 5), ("1", "2", "3")),
        ((1, 2), (1, 2)),
        ((1, 2), (1.0, 2.0)),
        ((-1, 1), (-1, 1)),
        ((-1, 1), ("-1", "+1")),
        ((1.0, 2.0), (1, 2)),
        ((False, True), (0, 1)),
        ((False, True), (False, True)),
        ((0, 1), (False, True)),
        ((0, 1), ("False", "True")),
        (("us", "US"), ("us", "US")),
        (("no", "yes"), ("NO", "Yes")),
    ],
)
def test_a_label_that_is_a_name_of_the_model_means_that_class(classes: Any, labels: Any) -> None:
    assert clean(fitted(*classes), rows(*labels)) == 1


def test_a_map_in_python_may_have_truths_and_names_with_commas() -> None:
    model = fitted("no, not", "yes=so")
    assert clean(model, rows(False, True), label_map={False: "no, not", True: "yes=so"}) == 1
    assert clean(model, rows("a=b", "c,d"), label_map={"a=b": "no, not", "c,d": "yes=so"}) == 1


def test_messages_name_the_parameter_as_python_writes_it() -> None:
    with pytest.raises(
        UserError, match=r'give label_map="1=no,2=yes" \(counted from 1\), or label_map="1=yes,2=no"'
    ):
        audit(fitted("no", "yes"), rows(1, 2), attacks="upper_case")


def test_models_with_classes_in_different_orders_stand_in_one_table() -> None:
    class Reversed:
        labels = ("yes", "maybe", "no")

        def __init__(self) -> None:
            self.model = fitted("no", "yes")

        def predict(self, texts: list[str]) -> list[list[float]]:
            return [[yes, 0, no] for no, yes in self.model.predict_proba(texts).tolist()]

    data = rows("no", "yes")
    models = {"first": fitted("no", "yes"), "second": Reversed(), "third": lambda texts: ["no"] * len(texts)}
    found = audit(models, data, attacks="qwerty", trials=6).result
    right = {row.model: row.on_all.clean_accuracy for row in found.rows}
    assert {name: each.value for name, each in right.items() if each} == {
        "first": 1,
        "second": 1,
        "third": 0.5,
    }
    first, second, third = found.rows
    assert first.flips == second.flips
    assert [model["labels"] for model in found.plan["models"]] == [
        ["no", "yes"],
        ["no", "yes", "maybe"],
        ["no", "yes"],
    ]
    assert third.flips == 0


def test_names_of_the_library_datasets_are_kept() -> None:
    datasets = pytest.importorskip("datasets")
    names = datasets.ClassLabel(names=["yes", "no"])
    features = datasets.Features({"text": datasets.Value("string"), "label": names})
    texts, labels = zip(*rows(1, 0), strict=True)
    data = datasets.Dataset.from_dict({"text": list(texts), "label": list(labels)}, features=features)
    assert clean(fitted("no", "yes"), data) == 1


def test_mapped_labels_are_told_as_they_stand_in_the_data_wherever_it_is_from(tmp_path: Path) -> None:
    swap, examples = {0: 1, 1: 0}, [Example(str(i), f"text {i}", i, str(i)) for i in (0, 1)]
    path = tmp_path / "my.csv"
    path.write_text("text,label\nso good,1\nso bad,0\n")
    for data in (rows(0, 1), pd.DataFrame(rows(0, 1), columns=["text", "label"]), examples, path):
        found = audit(fitted("no", "yes"), data, label_map=swap, attacks="upper_case", trials=2).result
        assert label_lines(found)[0] == "1 → no; 0 → yes"
    one = single("So.", "1", (("0", 1), ("1", 0)))
    assert label_lines(audit(fitted("no", "yes"), one, attacks="upper_case").result) == ("1 → no",)
