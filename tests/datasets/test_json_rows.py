"""JSON as programs write tables: rows in lines, in arrays, under a name, by columns, by index."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from robustaudit.core.errors import UserError
from robustaudit.datasets import ReadOptions, load

ROWS = [{"text": "Fine.", "label": 1}, {"text": "Bad.", "label": 0}, {"text": "So so.", "label": 1}]
PAIRS = [(row["text"], row["label"]) for row in ROWS]
FRAME = pd.DataFrame(ROWS)


def write(content: Any, name: str = "my.json") -> str:
    text = content if isinstance(content, str) else json.dumps(content)
    Path(name).write_text(text, encoding="utf-8")
    return name


def read(name: str, **options: Any) -> list[tuple[str, int]]:
    return [(each.text, each.label) for each in load(name, ReadOptions.parse(**options)).examples]


def complaint(name: str, **options: Any) -> str:
    with pytest.raises(UserError) as caught:
        load(name, ReadOptions.parse(**options))
    return str(caught.value).removeprefix(f"data file {name!r}, ")


@pytest.mark.parametrize("name", ["my.json", "my.jsonl"])
@pytest.mark.parametrize(
    "content",
    [
        *(FRAME.to_json(orient=orient) for orient in ("records", "split", "index", "columns", "table")),
        FRAME.to_json(orient="records", lines=True),
        FRAME.to_dict("list"),
        ROWS,
        {"data": ROWS},
        {"version": "1.1", "tags": ["a"], "rows": ROWS, "count": 3},
        {"annotators": [{"name": "A"}], "examples": ROWS},
        '{"data": [\n' + ",\n".join(map(json.dumps, ROWS)) + "\n]}",
        *(json.dumps(content, indent=2) for content in (ROWS, {"data": ROWS}, FRAME.to_dict("list"))),
        "\n".join(json.dumps(row, indent=2) for row in ROWS),
        "\n \n" + "\n\n".join(map(json.dumps, ROWS)),
    ],
    ids=[
        *("records", "split", "index", "columns", "table", "lines", "lists", "array", "wrapped"),
        *("wrapped beside others", "wrapped beside other rows", "wrapped in lines"),
        *("array in many lines", "wrapped in many lines", "lists in many lines", "objects", "blank lines"),
    ],
)
def test_rows_are_read_however_they_lie(content: Any, name: str) -> None:
    assert read(write(content, name)) == PAIRS


@pytest.mark.parametrize("name", ["my.json", "my.jsonl"])
@pytest.mark.parametrize("indent", [None, 2])
def test_one_object_may_be_one_row(name: str, indent: int | None) -> None:
    assert read(write(json.dumps(ROWS[0], indent=indent), name)) == PAIRS[:1]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("\n".join(json.dumps(list(pair)) for pair in PAIRS), "my.jsonl"),
        (json.dumps(PAIRS), "my.json"),
        (json.dumps({"data": PAIRS}), "my.json"),
    ],
    ids=["lines", "array", "wrapped"],
)
def test_rows_that_are_arrays_have_the_names_of_columns_given(content: str, name: str) -> None:
    path = write(content, name)
    assert read(path, columns="text,label") == PAIRS
    assert "give --columns" in complaint(path) or "without known rows" in complaint(path)
    assert "2 fields, where --columns names 3 (text, label, more): fix it" in complaint(
        path, columns="text,label,more"
    )


def test_names_of_columns_are_not_for_rows_that_have_them() -> None:
    assert "line 1: has names of columns of its own: leave out --columns" in complaint(
        write(ROWS), columns="label,text"
    )


@pytest.mark.parametrize("missing", [["label"], ["text"], ["text", "label"]])
def test_a_first_row_that_lacks_a_name_is_a_row_that_is_no_example(missing: list[str]) -> None:
    first = {name: value for name, value in ROWS[0].items() if name not in missing} | {"category": "x"}
    path = write("".join(json.dumps(row) + "\n" for row in (first, *ROWS[1:])), "my.jsonl")
    assert complaint(path).startswith(f"line 1, column {missing[0]!r}: missing: give the row a value")
    assert read(path, on_bad_row="skip") == PAIRS[1:]


def test_a_name_that_no_row_has_is_a_column_that_is_not_there() -> None:
    path = write("".join(json.dumps({"words": row["text"], "label": 1}) + "\n" for row in ROWS), "my.jsonl")
    assert complaint(path).endswith(
        "no column known to hold the text: give --text-column, one of words, label"
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            {"text": ["Fine.", "Bad."], "label": [1]},
            "the document: its columns must have equal lengths, got 'text' 2, 'label' 1: fix them",
        ),
        (
            {"text": ["Fine."], "label": {"0": 1}},
            "the document, column 'label': must be a list as others are, got {'0': 1}",
        ),
        ({"text": {"0": "Fine."}, "label": {"1": 1}}, "row '0', column 'label': missing"),
        ({"train": ROWS, "test": ROWS}, "the document: holds rows under several names, train, test"),
        ({"meta": 1}, "the document: a JSON object of meta, without known rows: write"),
        ({"columns": ["text", "label"], "data": [["Fine.", 1, 2]]}, "row 1: 3 fields, where 'columns' has 2"),
        ({"columns": ["text", "label"], "data": [3]}, "row 1: must be a JSON array, got 3"),
        ({"data": [ROWS[0], 3]}, "row 2 of 'data': must be a JSON object"),
        ('{"data": [\n  {"text": "a" "label": 1}\n]}', "line 2, character 16: not JSON, Expecting ','"),
        ('{\n "text": "a", "text": "b"\n}', "line 1: the name 'text' is repeated: fix it"),
        ('{"data": ' + "[" * 100_000, "line 1: nested too deeply: fix it"),
        ("[" * 100_000, "line 1: nested too deeply: fix it"),
        ('{\n"text": ["a"]\n} x', "line 3, character 3: not JSON, something follows the object"),
        ("3", "line 1: must be a JSON object"),
        ("\n" * 20_000 + "{}", "line 10001: after very many blank lines: remove them"),
    ],
)
def test_what_holds_no_rows_is_told_what_it_is(content: Any, message: str) -> None:
    assert complaint(write(content)).startswith(message)


def test_a_line_that_is_cut_short_is_no_document() -> None:
    path = write('{"text": "Fine.", "la\n{"text": "Bad.", "label": 0}\n', "my.jsonl")
    assert complaint(path).startswith("line 1, character 22: not JSON, Invalid control character")
    assert read(path, on_bad_row="skip") == [("Bad.", 0)]


DEEP = '{"data": {"items": [{"text": "Fine.", "label": 1}]}, "more.rows": [{"text": "Bad.", "label": 0}]}'


@pytest.mark.parametrize(("records", "text"), [("data.items", "Fine."), ("more.rows", "Bad.")])
def test_rows_may_be_named_by_their_path(records: str, text: str) -> None:
    Path("mine.json").write_text(DEEP, encoding="utf-8")
    (example,) = load("mine.json", ReadOptions.parse(records=records)).examples
    assert example.text == text


@pytest.mark.parametrize(
    ("content", "records", "message"),
    [
        (DEEP, "data.rows", "has no 'rows' for .*: there is items"),
        (DEEP, "data", "must lead to a list, got"),
        ('[{"text": "Fine.", "label": 1}]', "data", "is a JSON array"),
        ('{"data": {"items": [{"text": "Fine.", "label": 1}]}}', None, "data.items"),
    ],
)
def test_a_path_that_leads_to_no_rows_is_refused(content: str, records: str | None, message: str) -> None:
    Path("mine.json").write_text(content, encoding="utf-8")
    with pytest.raises(UserError, match=message):
        load("mine.json", ReadOptions.parse(records=records))


def test_a_path_is_for_json_alone() -> None:
    Path("mine.csv").write_text("text,label\nFine.,1\n", encoding="utf-8")
    with pytest.raises(UserError, match="records is for JSON, not for data file"):
        load("mine.csv", ReadOptions(records="data"))
