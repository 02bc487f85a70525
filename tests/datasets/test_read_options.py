from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from robustaudit.core.errors import UserError
from robustaudit.core.records import Example
from robustaudit.datasets.label_reader import LabelReader
from robustaudit.datasets.read_options import USUAL, ReadOptions
from robustaudit.datasets.rows import read_examples
from robustaudit.datasets.table import Table

BY = "with classes by their numbers or names, or a JSON object, got "
MAPPED = ReadOptions.parse(label_map="neg=0, pos=1")


def read(rows: list[dict[str, Any]], reading: ReadOptions = USUAL) -> list[Example]:
    located = ((f"row {number}", row) for number, row in enumerate(rows, start=1))
    labels = LabelReader(reading.label_map)
    taken = read_examples(Table(rows=iter(located), format="rows"), reading, labels, source="data 'theirs'")
    return list(labels.resolve(taken.examples))


def complaint(rows: list[dict[str, Any]], reading: ReadOptions = USUAL) -> str:
    with pytest.raises(UserError) as caught:
        read(rows, reading)
    return str(caught.value)


@pytest.mark.parametrize(
    ("names", "columns"),
    [
        (["text", "label"], ("text", "label")),
        (["label", "title", "content"], ("content", "label")),
        (["idx", "sentence", "label"], ("sentence", "label")),
        (["Review", "Sentiment"], ("Review", "Sentiment")),
        (["review", "text", "sentiment", "label"], ("text", "label")),
        (["message", "Category"], ("message", "Category")),
        (["text", "stars"], ("text", "stars")),
        (["Review Text", "Star-Rating"], ("Review Text", "Star-Rating")),
        (["reviewText", "overall"], ("reviewText", "overall")),
        (["Score", "Text", "Sentiment"], ("Text", "Sentiment")),
    ],
)
def test_usual_columns_are_found(names: list[str], columns: tuple[str, str]) -> None:
    found = ReadOptions().roles(names, "data 'theirs'")
    assert (*found.text, found.label) == columns


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["title", "label"], "no column known to hold the text: give --text-column, one of title, label"),
        (
            ["content", "review", "label"],
            "several columns that may hold the text: give --text-column, one of content, review",
        ),
        (["text", "truth"], "no column known to hold the label: give --label-column, one of text, truth"),
        (
            ["text", "stars", "Score"],
            "several columns that may hold the label: give --label-column, one of stars, Score",
        ),
        ([], "no column known to hold the text: give --text-column, one of nothing"),
    ],
)
def test_columns_that_cannot_be_guessed_are_asked_for(names: list[str], message: str) -> None:
    with pytest.raises(UserError) as caught:
        ReadOptions().roles(names, "data 'theirs'")
    assert str(caught.value) == f"data 'theirs' has {message}"


def test_a_rating_that_is_not_read_is_named() -> None:
    notes = ReadOptions().roles(["text", "stars", "sentiment"], "data 'theirs'").notes
    assert notes == ("reading labels from column 'sentiment', not 'stars'",)


def test_a_label_map_leaves_values_out_and_counts_them() -> None:
    rows = [{"text": f"text {number}", "stars": number} for number in (1, 3, 5, 3)]
    for given in ("1=bad,3=-,5=good", '{"1": "bad", "3": null, "5": "good"}'):
        located = ((f"row {number}", row) for number, row in enumerate(rows, start=1))
        reading, told = ReadOptions.parse(label_map=given), list[str]()
        labels = LabelReader(reading.label_map)
        taken = read_examples(
            Table(rows=iter(located), format="rows"), reading, labels, source="data", announce=told.append
        )
        assert [example.text for example in labels.resolve(taken.examples)] == ["text 1", "text 5"]
        assert labels.names == ("bad", "good")
        assert (taken.statistics.rows, dict(taken.statistics.left_out)) == (4, {"3": 2})
        assert told[-1] == "data: 2 of 4 rows left out, as the label map says: '3'"
        assert reading.fields()["label_map"] == "1=bad,3=-,5=good"
    assert [example.label for example in read(rows, ReadOptions.parse(label_map="1=0,3=-,5=1"))] == [0, 1]


def test_a_wide_table_is_not_listed_whole() -> None:
    with pytest.raises(UserError, match=r"one of c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, …$"):
        USUAL.roles([f"c{number}" for number in range(1000)], "data 'theirs'")


@pytest.mark.parametrize(
    "reading", [ReadOptions.parse(text_column="words"), ReadOptions.parse(label_column="words")]
)
def test_a_named_column_that_is_not_there_is_told(reading: ReadOptions) -> None:
    assert complaint([{"text": "Fine.", "label": 1}], reading) == (
        "data 'theirs' has no column 'words': it has text, label"
    )


def test_several_columns_are_one_text_in_the_order_given() -> None:
    rows = [{"label": 1, "title": "Great", "content": "I loved it."}]
    (example,) = read(rows, ReadOptions.parse(text_column="title, content"))
    assert example.text == "Great\nI loved it."


JOINED = (
    "columns 'premise' and 'hypothesis' are joined by a line break: a model sees one text, "
    "no pair of segments"
)


@pytest.mark.parametrize(
    ("names", "options", "notes"),
    [
        (["text", "label"], {}, []),
        (["content", "label"], {}, ["reading texts from column 'content'"]),
        (["title", "text", "label"], {}, ["reading texts from column 'text' alone, not 'title'"]),
        (["text", "text2", "label"], {}, ["reading texts from column 'text' alone, not 'text2'"]),
        (["text", "Text_2", "label"], {}, ["reading texts from column 'text' alone, not 'Text_2'"]),
        (["text", "textual", "label"], {}, []),
        (
            ["sentence", "question", "label"],
            {},
            ["reading texts from column 'sentence' alone, not 'question'"],
        ),
        (["title", "text", "label"], {"text_column": "text"}, []),
        (
            ["premise", "hypothesis", "label"],
            {"text_column": "premise,hypothesis"},
            [JOINED],
        ),
    ],
)
def test_what_of_the_texts_is_read_and_what_is_not_is_said(
    names: list[str], options: dict[str, Any], notes: list[str]
) -> None:
    assert list(ReadOptions.parse(**options).roles(names, "data 'theirs'").notes) == notes


ROWS = [
    {"id": 1, "group": "x", "text": "Fine.", "label": 1},
    {"id": 1, "group": "x", "text": "Bad.", "label": 0},
    {"id": 2, "group": "x", "text": "So so.", "label": 0},
]


@pytest.mark.parametrize("on_bad_row", ["stop", "skip"])
def test_an_id_that_stands_twice_is_never_passed_over_row_by_row(on_bad_row: str) -> None:
    assert complaint(ROWS, ReadOptions.parse(on_bad_row=on_bad_row)) == (
        "data 'theirs', row 2, column 'id': '1' repeats the id of an earlier row: ids must differ: "
        "give --id-column with the column of ids, or --id-column none"
    )
    assert len(read(ROWS, ReadOptions.parse(id_column="none"))) == 3
    assert [each.id for each in read(ROWS, ReadOptions.parse(id_column="text"))] == [
        "Fine.",
        "Bad.",
        "So so.",
    ]


def test_groups_are_said_where_examples_share_one_and_may_be_none_or_another_column() -> None:
    def told(**options: str) -> tuple[list[str], list[str]]:
        lines: list[str] = []
        table = Table(rows=iter(("row", row) for row in ROWS), names=tuple(ROWS[0]), format="rows")
        reading = ReadOptions.parse(id_column="none", **options)  # type: ignore[arg-type]
        found = read_examples(table, reading, LabelReader(), source="data", announce=lines.append)
        return [example.group for example in found.examples], lines

    groups, lines = told()
    assert groups == ["x", "x", "x"]
    (line,) = lines
    assert line == (
        "data: column 'group' puts 3 examples into 1 group, the unit of confidence intervals: "
        "give --group-column none if each row is independent"
    )
    groups, lines = told(group_column="none")
    assert (len(set(groups)), lines) == (3, [])
    groups, lines = told(group_column="id")
    assert groups == ["1", "1", "2"]
    assert "column 'id' puts 3 examples into 2 groups" in lines[0]


@pytest.mark.parametrize("option", ["id_column", "group_column"])
def test_an_id_or_group_that_is_not_there_is_told(option: str) -> None:
    assert complaint(ROWS, ReadOptions.parse(**{option: "key"})) == (
        "data 'theirs' has no column 'key': it has id, group, text, label"
    )


@pytest.mark.parametrize(
    "row",
    [{"text": b"Na\xc3\xafve.", "label": b"pos", "id": b"a"}, {"text": "Naïve.", "label": "pos", "id": "a"}],
)
def test_bytes_are_the_text_that_they_are_in_utf_8(row: dict[str, Any]) -> None:
    (example,) = read([row])
    assert (example.text, example.id) == ("Naïve.", "a")


def test_bytes_that_are_not_utf_8_are_named() -> None:
    assert complaint([{"text": b"Na\xefve.", "label": 1}]).startswith(
        "data 'theirs', row 1, column 'text': bytes that are not UTF-8, of which byte 3 is 0xEF: write"
    )


def test_labels_are_mapped() -> None:
    rows = [{"text": "Fine.", "label": "pos"}, {"text": "Bad.", "label": " neg "}]
    assert [example.label for example in read(rows, MAPPED)] == [1, 0]


@pytest.mark.parametrize("label", [2, 2.0, "2"], ids=repr)
def test_numbers_are_mapped_however_they_are_written(label: object) -> None:
    (example,) = read([{"text": "Fine.", "label": label}], ReadOptions.parse(label_map="1=0,2=1"))
    assert example.label == 1


def test_a_label_that_the_map_lacks_is_named_with_its_row() -> None:
    rows = [{"text": "Fine.", "label": "pos"}, {"text": "So so.", "label": "mixed"}]
    assert complaint(rows, MAPPED).startswith(
        "data 'theirs', row 2, column 'label': 'mixed' is not in --label-map, which has neg, pos: add it "
        "('mixed=-' leaves it out), or give --label-map none to read labels as they are"
    )


STARS = ReadOptions.parse(label_map="1=negative,3=-,5=positive")


def test_labels_that_are_classes_of_the_map_already_are_taken_as_they_are() -> None:
    """So data that was written with a map's classes, as by `augment`, is read with the same options."""
    rows = [{"text": f"text {number}", "label": name} for number, name in enumerate(["positive", "negative"])]
    located, told = ((f"row {number}", row) for number, row in enumerate(rows)), list[str]()
    labels = LabelReader(STARS.label_map)
    taken = read_examples(
        Table(rows=iter(located), format="rows"), STARS, labels, source="data", announce=told.append
    )
    assert [example.label for example in labels.resolve(taken.examples)] == [1, 0]
    assert labels.names == ("negative", "positive")
    assert taken.statistics.notes == ("labels are classes of --label-map already: taken as they are",)
    assert told == [f"data: {note}" for note in taken.statistics.notes]
    numbers = [{"text": "a", "label": 0}, {"text": "b", "label": "1"}]
    assert [each.label for each in read(numbers, ReadOptions.parse(label_map="neg=0,pos=1"))] == [0, 1]
    swapped = [{"text": "a", "label": 0}, {"text": "b", "label": 1}]
    assert [each.label for each in read(swapped, ReadOptions.parse(label_map="0=1,1=0"))] == [1, 0]


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(("first", "made"), [("1", "maps to 'negative'"), ("3", "leaves out")])
def test_data_that_mixes_values_of_the_map_with_its_classes_is_refused(
    order: int, first: str, made: str
) -> None:
    rows = [{"text": text, "label": label} for text, label in (("a", first), ("b", "positive"))]
    for on_bad_row in ("stop", "skip"):
        said = complaint(rows[::order], replace(STARS, on_bad_row=on_bad_row))
        assert said.endswith(
            f"column 'label': labels mix '{first}', which --label-map {made}, with 'positive', which is a "
            "class of it already: add 'positive=positive', or give --label-map none to read labels as they "
            "are"
        )
    both = ReadOptions.parse(label_map="1=negative,3=-,5=positive,positive=positive")
    assert {example.label for example in read([*rows, {"text": "c", "label": "1"}], both)} == {0, 1}


def test_no_label_map_switches_one_of_a_file_off() -> None:
    assert ReadOptions.parse(label_map="none") == USUAL
    assert ReadOptions.parse(label_map=()) == USUAL


def test_labels_that_are_words_are_numbered_in_the_order_of_their_names() -> None:
    rows = [{"text": "Fine.", "label": label} for label in ("pos", "neg", " pos ")]
    assert [example.label for example in read(rows)] == [1, 0, 1]


def test_a_map_to_names_numbers_them_too() -> None:
    rows = [{"text": "Fine.", "label": label} for label in (5, 1, 4)]
    reading = ReadOptions.parse(label_map="1=negative,4=positive,5=positive")
    assert [example.label for example in read(rows, reading)] == [1, 0, 1]


def test_numbers_and_words_do_not_mix() -> None:
    rows = [{"text": "Fine.", "label": 1}, {"text": "Bad.", "label": "neg"}]
    assert complaint(rows).startswith(
        "data 'theirs', row 2, column 'label': earlier labels are numbers, got 'neg': fix it"
    )
    assert "earlier labels are names, got 1" in complaint(rows[::-1])


@pytest.mark.parametrize("label", [["neg"], {"neg": 1}, ("neg",)], ids=repr)
def test_a_label_that_is_several_is_refused_though_a_map_has_it(label: object) -> None:
    mapped = ReadOptions.parse(label_map=f'{{"{label}": 0}}')
    assert complaint([{"text": "Fine.", "label": label}], mapped).startswith(
        f"data 'theirs', row 1, column 'label': must be a whole number, or a name, got {label!r}: fix it"
    )


@pytest.mark.parametrize("labels", [("0.5", "1.5"), (0.5, 1.5)], ids=repr)
def test_numbers_that_are_not_whole_are_names_by_a_map_as_the_refusal_says(labels: Sequence[object]) -> None:
    rows = [{"text": "Fine.", "label": label} for label in labels]
    assert complaint(rows).endswith(
        "fix it, or give --label-map with each label, such as '0.5=0.5,…', if it is the name of a class, "
        "or give --on-bad-row skip"
    )
    assert [example.label for example in read(rows, ReadOptions.parse(label_map="0.5=0.5,1.5=1.5"))] == [0, 1]
    assert "--label-map" not in complaint([{"text": "Fine.", "label": "nan"}])


@pytest.mark.parametrize("label", [0.5, float("nan"), float("inf"), [1], {}], ids=repr)
def test_a_label_that_is_no_class_is_refused(label: object) -> None:
    assert complaint([{"text": "Fine.", "label": label}]).startswith(
        f"data 'theirs', row 1, column 'label': must be a whole number, or a name, got {label!r}"
    )


FORMATS = "'csv', 'tsv', 'txt', 'fasttext', 'jsonl', 'json', 'parquet', 'arrow'"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"text_column": ""}, "--text-column must be names, got ''"),
        ({"text_column": "a,,b"}, "--text-column must be names, got 'a,,b'"),
        ({"group_column": ""}, "--group-column must be a name, got ''"),
        ({"label_column": " "}, "--label-column must be a name, got ' '"),
        *(
            (
                {"label_map": given},
                f"--label-map must be such as neg=0,pos=1, {BY}{given!r}",
            )
            for given in ("", "neg", "=0", "neg=", "{}", '{"neg"}', '{"neg": [0]}')
        ),
        *(
            ({"label_map": given}, f"--label-map must not leave out every label, got {given!r}")
            for given in ("neg=-", '{"neg": null}')
        ),
        ({"label_map": "a=0,a=1"}, "--label-map must name each value once, got 'a' twice"),
        ({"columns": "text,"}, "--columns must be names, got 'text,'"),
        ({"columns": "a,a"}, "--columns must be different names, got 'a,a'"),
        ({"max_data_mb": 0}, "--max-data-mb must be at least 1, got 0"),
        ({"max_examples": 0}, "--max-examples must be at least 1, got 0"),
        ({"slices": [""]}, "--slice must be names, got ''"),
        ({"data_format": "cvs"}, f"--data-format must be one of {FORMATS}, got 'cvs': did you mean 'csv'?"),
        (
            {"on_bad_row": "skp"},
            "--on-bad-row must be one of 'stop', 'skip', got 'skp': did you mean 'skip'?",
        ),
        ({"encoding": "utf8x"}, "unknown encoding 'utf8x': known are utf-8, utf-16, cp1252, …"),
        ({"encoding": "rot13"}, "unknown encoding 'rot13': known are utf-8, utf-16, cp1252, …"),
        (
            {"delimiter": "||"},
            "--delimiter must be one character, or comma, semicolon, tab, pipe, got '||'",
        ),
    ],
)
def test_options_that_say_nothing_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as caught:
        ReadOptions.parse(**options)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"text_column": "title,content"},
        {"label_column": "stars", "label_map": "one=0,two=0,a=b=1"},
        {"label_map": '{"a, b": "c=d", "e": "f"}'},
        {"label_map": "-1=-1,0.5=half"},
        {"max_examples": 7, "label_map": "neg=negative,pos=positive"},
        {"on_bad_row": "skip", "encoding": "cp1252", "delimiter": ";"},
        {"data_format": "csv", "columns": "label,text"},
        {"id_column": "key", "group_column": "none"},
        {"max_data_mb": 9},
    ],
)
def test_its_fields_make_it_again(options: dict[str, Any]) -> None:
    reading = ReadOptions.parse(**options)
    assert ReadOptions.parse(**reading.fields()) == reading


def test_a_row_that_is_skipped_leaves_neither_its_id_nor_the_name_of_its_label() -> None:
    rows = [
        {"id": "a", "text": "Fine.", "label": ""},
        {"id": "a", "text": "Good.", "label": "pos"},
        {"id": "c", "text": 3, "label": "mixed"},
        {"id": "c", "text": "Bad.", "label": "neg"},
    ]
    examples = read(rows, ReadOptions.parse(on_bad_row="skip"))
    assert [(example.text, example.label) for example in examples] == [("Good.", 1), ("Bad.", 0)]
