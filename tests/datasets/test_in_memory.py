"""Data that a program holds already is read as a file is."""

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from robustaudit.core.errors import UserError
from robustaudit.core.records import Example
from robustaudit.datasets import Dataset, in_memory_dataset
from robustaudit.datasets.read_options import ReadOptions
from robustaudit.datasets.tabular import load_file

ROWS = [("I loved it, “truly” 👍", 1), ("none good", 0), ("", 2)]
COLUMNS: dict[str, list[Any]] = {"text": [text for text, _ in ROWS], "label": [label for _, label in ROWS]}
MAPPINGS = [{"text": text, "label": label} for text, label in ROWS]


@pytest.mark.parametrize(
    "data",
    [
        ROWS,
        iter(ROWS),
        zip(COLUMNS["text"], COLUMNS["label"], strict=True),
        list(map(list, ROWS)),
        MAPPINGS,
        [(np.str_(text), np.int64(label)) for text, label in ROWS],
        [(text, float(label)) for text, label in ROWS],
        pd.DataFrame(COLUMNS),
        pd.DataFrame(COLUMNS, index=[7, 7, 3]),
        pd.DataFrame(COLUMNS, dtype="object"),
        pa.table(COLUMNS),
        pl.DataFrame(COLUMNS),
    ],
    ids=lambda data: f"{type(data).__module__}.{type(data).__name__}",
)
def test_every_form_holds_the_examples_of_the_same_file(data: Any) -> None:
    found = in_memory_dataset(data)
    pd.DataFrame(COLUMNS).to_json("rows.jsonl", orient="records", lines=True)
    read = load_file("rows.jsonl")
    assert found.examples == read.examples
    assert found.digest == read.digest


def test_examples_stay_as_they_are() -> None:
    examples = [Example("a", "x", 1, "g", {"source": "app"}), Example("b", "y", 0, "g", {"source": "web"})]
    assert in_memory_dataset(examples).examples == tuple(examples)
    dataset = Dataset("mine", tuple(examples))
    assert in_memory_dataset(dataset, ReadOptions(slices=("source",))) is dataset


def test_columns_labels_and_slices_are_those_asked_for_and_what_was_guessed_is_said() -> None:
    frame = pd.DataFrame(
        {
            "id": ["a", "b"],
            "review": ["good", "bad"],
            "stars": pd.Categorical(["five", "one"]),
            "source": ["app", "web"],
            "other": [object(), object()],
        }
    )
    reading = ReadOptions.parse(label_column="stars", label_map="one=0,five=1", slices=["source"])
    said: list[str] = []
    found = in_memory_dataset(frame, reading, announce=said.append)
    assert found.examples == (
        Example("a", "good", 1, "a", {"source": "app"}),
        Example("b", "bad", 0, "b", {"source": "web"}),
    )
    assert said == ["data: reading texts from column 'review'"]


@pytest.mark.parametrize("kind", [pl.Categorical, pl.Enum(["neg", "pos"])])
def test_categories_of_polars_are_their_names(kind: Any) -> None:
    frame = pl.DataFrame({"text": ["good", "bad"], "label": ["pos", "neg"]})
    found = in_memory_dataset(frame.with_columns(pl.col("label").cast(kind)))
    assert (found.examples, found.label_names) == (in_memory_dataset(frame).examples, ("neg", "pos"))


def test_what_a_row_has_not_may_be_nan_as_pandas_says_it() -> None:
    rows = pd.DataFrame({**COLUMNS, "group": [None, "g", None], "source": [np.nan] * 3}).to_dict("records")
    found = in_memory_dataset(
        [{**row, "group": row["group"] or np.nan} for row in rows], ReadOptions(slices=("source",))
    )
    assert [example.group == example.id for example in found.examples] == [True, False, True]
    assert {example.columns["source"] for example in found.examples} == {""}


def test_a_frame_of_bytes_or_of_values_of_several_kinds_is_read() -> None:
    table = pa.table({"text": pa.array([b"Na\xc3\xafve."], pa.binary()), "label": [b"pos"], "id": [b"a"]})
    mixed = pd.DataFrame({"text": ["Naïve."], "label": ["pos"], "id": ["a"]}).astype("object")
    mixed.loc[1] = ["Bad.", b"neg", 2]
    assert [(each.id, each.text) for each in in_memory_dataset(table).examples] == [("a", "Naïve.")]
    assert [(each.id, each.text) for each in in_memory_dataset(mixed).examples] == [
        ("a", "Naïve."),
        ("2", "Bad."),
    ]
    assert in_memory_dataset(mixed).label_names == ("neg", "pos")


def test_columns_may_have_names_that_are_no_texts() -> None:
    frame = pd.DataFrame([["a", 1, 2]], columns=["text", "label", 7])
    assert in_memory_dataset(frame).examples == in_memory_dataset(frame[["text", "label"]]).examples
    assert (
        in_memory_dataset([{"text": "a", "label": 1, 7: 2}]).examples
        == in_memory_dataset([("a", 1)]).examples
    )


def test_labels_that_are_names_are_numbered_in_their_order() -> None:
    found = in_memory_dataset([("a", "spam"), ("b", "ham")])
    assert found.label_names == ("ham", "spam")
    assert [example.label for example in found.examples] == [1, 0]


def test_rows_without_names_have_those_given() -> None:
    found = in_memory_dataset([("a", 1, "b"), ("c", 0, "d")], ReadOptions.parse(columns="id,label,text"))
    assert [(each.id, each.text, each.label) for each in found.examples] == [("a", "b", 1), ("c", "d", 0)]
    for named in (MAPPINGS, pa.table(COLUMNS)):
        with pytest.raises(UserError, match="data has names of columns of its own: leave out --columns"):
            in_memory_dataset(named, ReadOptions.parse(columns="label,text"))


def test_rows_that_are_no_examples_may_be_passed_over() -> None:
    found = in_memory_dataset([("a", 1), ("b", None), "c"], ReadOptions(on_bad_row="skip"))
    assert [example.text for example in found.examples] == ["a"]
    assert found.statistics.skipped == 2


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (["no label"], "data, row 1: must be a text with its label, got 'no label'"),
        ([("a", 1, 2)], "data, row 1: must be a text with its label"),
        (
            [("a", 1), ("b", 0.5)],
            "data, row 2, column 'label': must be a whole number, or a name, got 0.5",
        ),
        ([(3, 1)], "data, row 1, column 'text': must be a string, got 3"),
        ([("a\ud800", 1)], "row 1, column 'text': must be valid Unicode, got the lone surrogate"),
        ([("a", 1), ("b", "x")], "row 2, column 'label': earlier labels are numbers, got 'x'"),
        (pd.DataFrame({"text": ["a"], "label": [np.nan]}), "row 1, column 'label': missing"),
        (
            pd.DataFrame({"words": ["a"], "label": [1]}),
            "no column known to hold the text.* one of words, label",
        ),
        (pd.DataFrame({"text": ["a", 2], "label": [1, 1]}), "row 2, column 'text': must be a string, got 2"),
        (pd.DataFrame({"text": ["a", pd.NA, 2], "label": 1}), "row 2, column 'text': missing"),
        (pd.DataFrame({"text": ["a", 2.5], "label": 1, "x": [1, "b"]}), "row 2, .*must be a string, got 2.5"),
        (
            pd.DataFrame({"text": ["a", "b"], "label": [1, "x"]}),
            "row 2, .*earlier labels are numbers, got 'x'",
        ),
        (pd.DataFrame({"text": ["a", "b\ud800", 3], "label": 1}), "row 2, .*must be valid Unicode"),
        (pd.DataFrame({"text": ["a"], "label": [10**30], "x": [1]}), "row 1, column 'label': must be"),
        (pd.DataFrame([["a", 1, 2, 3]], columns=["text", "label", 0, "0"]), "column '0': names it twice"),
        ([{"text": "a", 0: 1}], "no column known to hold the label: give --label-column, one of text"),
        (pd.DataFrame([["a", 1]]), "no column known to hold the text: give --text-column, one of 0, 1"),
        ([{"text": "a", "label": pd.NA}], "row 1, column 'label': missing"),
        (pd.DataFrame([["a", "b", 1]], columns=["text", "text", "label"]), "column 'text': names it twice"),
        ([], "data holds no examples"),
        (pd.DataFrame({"text": [], "label": []}), "data holds no examples"),
        ({"test": [("a", 1)]}, r"must be rows, not a dict of 'test': give .*, as data\[\"test\"\], or,"),
        (3, "data must be a name, a path, a data frame, or texts with their labels, got int 3"),
        ("reviews", "data must be"),
        ({("a", 1)}, "data must be in an order, got a set: give a list"),
        ({"text": ["a"]}, "data must be"),
        ([Example("a", "x", "1", "a")], "label of example 1 must be a whole number, got '1'"),  # type: ignore[arg-type]
        ([Example("a", "x", 1, "a")] * 2, "two examples with the id 'a'"),
    ],
)
def test_what_is_no_data_is_one_clear_line(data: Any, message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        in_memory_dataset(data)
    assert "\n" not in str(caught.value)


def test_labels_of_examples_may_be_numbers_of_numpy() -> None:
    (example,) = in_memory_dataset([Example("a", "x", np.int64(1), "a")]).examples  # type: ignore[arg-type]
    assert type(example.label) is int


def test_options_of_tables_are_not_for_examples() -> None:
    with pytest.raises(UserError, match="--text-column is for tables, not for examples as they are"):
        in_memory_dataset([Example("a", "x", 1, "a")], ReadOptions.parse(text_column="text"))


@pytest.mark.parametrize("whole", [False, True])
def test_labels_of_examples_may_be_mapped(whole: bool) -> None:
    examples = [Example("a", "x", 1, "a"), Example("b", "y", -1, "b")]
    given = Dataset("mine", tuple(examples), audited_split="test", own_splits={"test": tuple(examples)})
    found = in_memory_dataset(given if whole else examples, ReadOptions.parse(label_map="-1=neg,1=pos"))
    assert [(label.text, label.spelled_number) for label in found.labels] == [("neg", None), ("pos", None)]
    assert [example.label for example in found.audited] == [1, 0]
    assert found.reading == {"label_map": "-1=neg,1=pos"}
    with pytest.raises(UserError, match="label '1' is not in --label-map, which has -1: add it"):
        in_memory_dataset(examples, ReadOptions.parse(label_map="-1=neg"))


@pytest.mark.parametrize("form", ["map", "iterable"])
def test_names_that_the_library_datasets_has_for_numbers_are_kept(form: str) -> None:
    datasets = pytest.importorskip("datasets")
    features = datasets.Features(
        {"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["pos", "neg"])}
    )
    given = datasets.Dataset.from_dict({"text": ["x", "y"], "label": [0, 1]}, features=features)
    found = in_memory_dataset(given if form == "map" else given.to_iterable_dataset())
    assert found.label_names == ("pos", "neg")
    assert [(label.text, label.name) for label in found.labels] == [("0", "pos"), ("1", "neg")]
    mapped = in_memory_dataset(given, ReadOptions.parse(label_map="neg=negative,pos=positive"))
    assert [mapped.label_names[example.label] for example in mapped.examples] == ["positive", "negative"]


@pytest.mark.parametrize("column", [[True, False], [np.True_, np.False_], ["True", "False"], ["1", "0"]])
def test_truths_are_mapped_however_they_are_written(column: list[Any]) -> None:
    for keys in ("True=yes,False=no", "1=yes,0=no", "true=yes,false=no"):
        found = in_memory_dataset(list(zip("ab", column, strict=True)), ReadOptions.parse(label_map=keys))
        assert [found.label_names[example.label] for example in found.examples] == ["yes", "no"]


def test_all_rows_skipped_is_said_with_the_first() -> None:
    with pytest.raises(UserError, match="holds no examples, the first row skipped: row 1"):
        in_memory_dataset(["a"], ReadOptions(on_bad_row="skip"))


@pytest.mark.parametrize("series", [pd.Series(["good"]), pl.Series(["good"])], ids=["pandas", "polars"])
def test_a_series_is_told_that_it_lacks_columns(series: Any) -> None:
    with pytest.raises(UserError, match=r"^data must have columns of texts and labels, got a Series: "):
        in_memory_dataset(series)
