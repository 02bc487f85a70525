import json
import tracemalloc
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from robustaudit.core.errors import UserError
from robustaudit.core.records import Example
from robustaudit.datasets import SampleSpec
from robustaudit.datasets.read_options import ReadOptions
from robustaudit.datasets.tabular import load_file

ROWS = [
    {"text": "I loved it, “truly” 👍", "label": 1, "id": "a", "group": "g"},
    {"text": "Two lines,\nnone good", "label": 0, "id": "b", "group": "g"},
    {"text": "", "label": 2, "id": "c", "group": "h"},
]
EXAMPLES = tuple(Example(row["id"], row["text"], row["label"], row["group"]) for row in ROWS)


def write(name: str, content: str | bytes) -> str:
    Path(name).write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return name


def write_rows(name: str, rows: list[dict[str, Any]]) -> str:
    """Rows in the format that the name ends in."""
    if name.endswith(".parquet"):
        pq.write_table(pa.Table.from_pylist(rows), name)
        return name
    if name.endswith(".jsonl"):
        return write(name, "".join(json.dumps(row) + "\n" for row in rows))
    quoted = [",".join('"' + str(value).replace('"', '""') + '"' for value in row.values()) for row in rows]
    return write(name, "\n".join([",".join(rows[0]), *quoted]) + "\n")


def complaint(path: str) -> str:
    with pytest.raises(UserError) as caught:
        load_file(path)
    message = str(caught.value)
    assert message.startswith((f"data file {path!r}", f"data {path!r}"))
    assert "\n" not in message
    return message


each_format = pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])


@each_format
def test_a_file_holds_examples(suffix: str) -> None:
    dataset = load_file(write_rows(f"mine{suffix}", ROWS))
    assert dataset.examples == EXAMPLES
    assert dataset.name == f"mine{suffix}"
    assert dataset.audited == EXAMPLES


@each_format
def test_columns_beyond_those_needed_may_be_there_in_any_order(suffix: str) -> None:
    rows = [{"stars": 5, **dict(reversed(row.items()))} for row in ROWS]
    assert load_file(write_rows(f"mine{suffix}", rows)).examples == EXAMPLES


@each_format
def test_an_example_without_a_group_is_its_own(suffix: str) -> None:
    rows = [{"text": row["text"], "label": row["label"], "id": row["id"]} for row in ROWS]
    assert [example.group for example in load_file(write_rows(f"mine{suffix}", rows)).examples] == [
        "a",
        "b",
        "c",
    ]


@each_format
def test_an_example_without_an_id_is_named_by_its_text(suffix: str) -> None:
    rows = [{"text": text, "label": 1} for text in ("Fine.", "Good.", "Fine.")]
    fine, good, again = load_file(write_rows(f"mine{suffix}", rows)).examples
    assert len({fine.id, good.id, again.id}) == 3
    assert [e.group for e in (fine, good, again)] == [fine.id, good.id, again.id]

    (alone,) = load_file(write_rows(f"other{suffix}", rows[1:2])).examples
    assert alone.id == good.id


def test_ids_and_groups_may_be_numbers() -> None:
    (example,) = load_file(
        write_rows("mine.jsonl", [{"text": "Fine.", "label": 1, "id": 0, "group": 7}])
    ).examples
    assert (example.id, example.group) == ("0", "7")


@pytest.mark.parametrize(
    "content",
    [
        "text,label,id,group\nFine.,1,,\nGood.,0,,\n",
        "text,label\nFine.,1\nGood.,0\n",
    ],
    ids=["blank fields", "no columns"],
)
def test_blank_ids_and_groups_are_none(content: str) -> None:
    examples = load_file(write("mine.csv", content)).examples
    assert len({example.group for example in examples}) == 2
    assert all(example.group == example.id for example in examples)


@pytest.mark.parametrize("name", ["mine.csv", "mine.jsonl"])
def test_a_byte_order_mark_is_not_part_of_the_first_column(name: str) -> None:
    path = write_rows(name, ROWS)
    write(name, b"\xef\xbb\xbf" + Path(path).read_bytes())
    assert load_file(path).examples == EXAMPLES


def test_blank_lines_between_rows_are_passed_over() -> None:
    assert len(load_file(write("mine.jsonl", '{"text": "Fine.", "label": 1}\n\n  \n')).examples) == 1


def test_blank_lines_before_the_header_are_passed_over_and_counted() -> None:
    Path("my.csv").write_text("\n\r\ntext,label\ngood,1\nbad\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"data file 'my.csv', line 5: 1 field, where the header has 2"):
        load_file("my.csv")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16"])
def test_a_mark_is_no_part_of_a_column_whatever_encoding_is_said(encoding: str) -> None:
    Path("my.csv").write_bytes("text,label\ngood,1\n".encode("utf-16"))
    assert load_file("my.csv", ReadOptions(encoding=encoding)).examples[0].text == "good"


def test_the_ending_may_be_in_capitals() -> None:
    assert load_file(write("MINE.CSV", "text,label\nFine.,1\n")).examples


def test_a_file_that_is_not_there_is_named() -> None:
    assert complaint("mine.csv") == "data file 'mine.csv' does not exist"


def test_a_folder_is_no_file() -> None:
    Path("mine.csv").mkdir()
    assert complaint("mine.csv") == "data file 'mine.csv' is a folder"


def test_a_name_that_cannot_be_shown_is_refused() -> None:
    with pytest.raises(UserError, match="the name of the data must be valid Unicode"):
        load_file("mine\udcff.csv")


@pytest.mark.parametrize("name", ["mine.doc", "mine.xlsx", "mine", "mine.gz"])
def test_an_unknown_ending_gets_the_known_ones(name: str) -> None:
    assert complaint(write(name, "text\tlabel\n")).endswith(
        "must end in .csv, .tsv, .txt, .fasttext, .jsonl, .json, .parquet, .arrow, "
        "or these with .gz, .bz2, .xz or .zst: else give --data-format"
    )


@pytest.mark.parametrize(
    ("name", "content"),
    [("mine.csv", ""), ("mine.csv", "text,label\n"), ("mine.jsonl", ""), ("mine.jsonl", "\n \n")],
    ids=["empty CSV", "header alone", "empty JSON Lines", "blank JSON Lines"],
)
def test_a_file_without_rows_is_refused(name: str, content: str) -> None:
    assert "holds no examples: it " in complaint(write(name, content))


def test_a_table_without_rows_is_refused() -> None:
    pq.write_table(
        pa.table({"text": pa.array([], pa.string()), "label": pa.array([], pa.int64())}), "mine.parquet"
    )
    assert complaint("mine.parquet").endswith("holds no examples: it has only a header")


@pytest.mark.parametrize(
    ("name", "rows", "place"),
    [
        (
            "mine.jsonl",
            [{"text": "Fine.", "label": 1}, {"text": "Good."}],
            "line 2, column 'label': missing",
        ),
        ("mine.jsonl", [{"text": None, "label": 1}], "line 1, column 'text': missing"),
        ("mine.parquet", [{"text": "Fine.", "label": 1}, {"text": "x"}], "row 2, column 'label': missing"),
        ("mine.jsonl", [{"text": 5, "label": 1}], "line 1, column 'text': must be a string, got 5"),
        ("mine.parquet", [{"text": 5, "label": 1}], "row 1, column 'text': must be a string, got 5"),
    ],
)
def test_a_missing_column_or_a_text_that_is_none_is_named_with_its_place(
    name: str, rows: list[dict[str, Any]], place: str
) -> None:
    assert complaint(write_rows(name, rows)).startswith(f"data file {name!r}, {place}: ")


def test_columns_may_be_named_and_labels_mapped() -> None:
    rows = [{"words": "Fine.", "verdict": "good"}, {"words": "Bad.", "verdict": "bad"}]
    reading = ReadOptions(text_column=("words",), label_column="verdict", label_map=(("bad", 0), ("good", 1)))
    for name in ("mine.csv", "mine.jsonl", "mine.parquet"):
        examples = load_file(write_rows(name, rows), reading).examples
        assert [(example.text, example.label) for example in examples] == [("Fine.", 1), ("Bad.", 0)]


def test_rows_beyond_those_asked_for_are_not_read() -> None:
    path = write("mine.jsonl", '{"text": "Fine.", "label": 1}\n{"text": "Good.", "label": 1}\nbroken')
    assert len(load_file(path, ReadOptions(max_examples=2)).examples) == 2


def test_a_file_without_a_column_of_texts_is_told_which_it_has() -> None:
    path = write_rows("mine.csv", [{"words": "Fine.", "label": 1}])
    assert complaint(path) == (
        "data file 'mine.csv' has no column known to hold the text: give --text-column, one of words, label; "
        "give --columns 'text,label' if the file has no header"
    )


@pytest.mark.parametrize("label", ["good", "0.5", "nan", "", "1_0", "１", "9" * 10, None, [1]], ids=repr)
def test_a_label_is_a_whole_number(label: object) -> None:
    rows = [{"text": "Fine.", "label": 1}, {"text": "Good.", "label": label}]
    assert complaint(write_rows("mine.jsonl", rows)).startswith(
        "data file 'mine.jsonl', line 2, column 'label': "
    )


@pytest.mark.parametrize("label", [1, 1.0, True, "1", "1.0", " 1 ", "+1"], ids=repr)
def test_a_one_is_read_however_it_is_written(label: object) -> None:
    path = write_rows("mine.jsonl", [{"text": "Fine.", "label": label}])
    assert [example.label for example in load_file(path).examples] == [1]


def test_numbers_below_zero_are_labels_too() -> None:
    path = write_rows("mine.csv", [{"text": "Fine.", "label": 1}, {"text": "Bad.", "label": -1}])
    dataset = load_file(path)
    assert [(label.number, label.text) for label in dataset.labels] == [(-1, "-1"), (1, "1")]


@pytest.mark.parametrize(
    ("line", "reason"),
    [("[" * 100_000, "nested too deeply: "), ('{"label": ' + "1" * 5000 + "}", "Exceeds the limit ")],
    ids=["too deep", "a number too long"],
)
def test_json_that_cannot_be_taken_in_is_named_by_its_line(line: str, reason: str) -> None:
    path = write("mine.jsonl", line)
    assert complaint(path).startswith(f"data file 'mine.jsonl', line 1: {reason}")


def test_a_row_that_is_cut_short_is_named() -> None:
    path = write("mine.csv", "text,label\nFine.,1\nGood.\n")
    assert complaint(path).startswith(
        "data file 'mine.csv', line 3: 1 field, where the header has 2 (text, label)"
    )


def test_a_comma_that_was_not_quoted_is_named_and_no_text_cut_there() -> None:
    path = write("mine.csv", "label,text\n1,I loved it, truly\n")
    assert complaint(path) == (
        "data file 'mine.csv', line 2: 3 fields, where the header has 2 (label, text): "
        "enclose a text that contains a comma in quotes, or give --on-bad-row skip"
    )


def test_a_damaged_table_cannot_be_read() -> None:
    content = Path(write_rows("mine.parquet", ROWS)).read_bytes()
    damaged = content[:-60] + bytes(50) + content[-10:]
    assert complaint(write("mine.parquet", damaged)).startswith("data file 'mine.parquet': cannot be read: ")


@each_format
def test_two_rows_of_one_id_are_refused(suffix: str) -> None:
    rows = [{"text": text, "label": 1, "id": "a"} for text in ("Fine.", "Good.")]
    assert "column 'id': 'a' repeats the id of an earlier row: ids must differ" in complaint(
        write_rows(f"mine{suffix}", rows)
    )


@pytest.mark.parametrize("column", ["text", "id", "group"])
def test_half_a_surrogate_pair_is_named_with_its_line(column: str) -> None:
    rows = [ROWS[0], {**ROWS[1], column: "no \ud800"}]
    assert complaint(write_rows("mine.jsonl", rows)).startswith(
        f"data file 'mine.jsonl', line 2, column {column!r}: must be valid Unicode, "
        "got the lone surrogate U+D800 at character 4"
    )


def test_of_a_file_larger_than_memory_only_what_is_taken_is_kept() -> None:
    text = "It works as it should. " * 100
    number = 4000
    with Path("mine.csv").open("w", encoding="utf-8") as stream:
        stream.write("text,label\n")
        stream.writelines(f"Review {i}. {text},{i % 2}\n" for i in range(number))
    load_file("mine.csv", sample=SampleSpec(1, 0))  # what is imported and cached once is no matter
    tracemalloc.start()
    dataset = load_file("mine.csv", sample=SampleSpec(10, 0))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (dataset.size, len(dataset.examples)) == (number, 10)
    assert peak < number * len(text) / 8


def test_columns_to_slice_by_are_taken_along() -> None:
    path = write("mine.csv", "text,label,lang\nFine.,1,en\nGut.,1,\n")
    examples = load_file(path, ReadOptions.parse(slices=["lang"])).examples
    assert [example.columns for example in examples] == [{"lang": "en"}, {"lang": ""}]
    assert load_file(path).digest != load_file(path, ReadOptions.parse(slices=["lang"])).digest
    with pytest.raises(UserError, match="has no column 'language': it has text, label, lang"):
        load_file(path, ReadOptions.parse(slices=["language"]))


def test_quotes_may_be_signs_like_any_other() -> None:
    path = write("mine.tsv", 'text\tlabel\n"Fine" it is "not\t1\n')
    assert load_file(path, ReadOptions.parse(no_quotes=True)).examples[0].text == '"Fine" it is "not'


@pytest.mark.parametrize(
    ("header", "said"),
    [("text;label", True), ("text|label", True), ("text\tlabel", True), ("text,label", False)],
)
def test_the_delimiter_is_the_one_that_parts_the_header(header: str, said: bool) -> None:
    lines: list[str] = []
    path = write("mine.csv", f"{header}\n{header.replace('text', 'Fine').replace('label', '1')}\n")
    (example,) = load_file(path, announce=lines.append).examples
    assert (example.text, example.label) == ("Fine", 1)
    assert bool(lines) == said


def test_a_delimiter_may_be_named() -> None:
    path = write("mine.csv", "text~label\nFine, it is~1\n")
    assert load_file(path, ReadOptions.parse(delimiter="~")).examples[0].text == "Fine, it is"


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        ("sep=;\ntext;label\nFine, it is;1\n", ["Fine, it is"]),
        ('\n"sep=|"\r\n\r\ntext|label\r\nFine, it is|1\r\n', ["Fine, it is"]),
        ('label, text\n1, "Fine, it is"\n1, Good.\n', ["Fine, it is", "Good."]),
        ('label,text\n1, "Fine, it is"\n1, Good.\n', ["Fine, it is", " Good."]),
        ('"text" ,"label"\n"Fine, it is" ,1\n', ["Fine, it is"]),
        ("\ufefftext,label\nFine.,1\n", ["Fine."]),
        (",text,label\n0,Fine.,1\n1,Good.,1\n", ["Fine.", "Good."]),
        ("text,label,\nFine.,1,\n", ["Fine."]),
        ("text,label\rFine.,1\r\nGood.,1\nBad.,0", ["Fine.", "Good.", "Bad."]),
    ],
    ids=[
        *("sep= of Excel", "sep= in quotes", "blanks behind all commas", "blank before quotes"),
        *("blank behind quotes", "second mark", "index without a name", "comma at the end", "line ends"),
    ],
)
def test_what_programs_write_otherwise_is_read_as_they_mean_it(content: str, texts: list[str]) -> None:
    path = write("mine.csv", b"\xef\xbb\xbf" + content.encode("utf-8"))
    assert [example.text for example in load_file(path).examples] == texts


def test_quotes_may_be_escaped_by_a_backslash() -> None:
    path = write("mine.csv", 'text,label\n"He said \\"no\\", twice",1\n')
    assert "line 2, column 'text': a backslash and a quote inside the field" in complaint(path)
    (example,) = load_file(path, ReadOptions.parse(escaped=True)).examples
    assert (example.text, example.label) == ('He said "no", twice', 1)


@pytest.mark.parametrize("row", ["Fine.,1", "Fine.;1", "Fine.\t1"])
def test_columns_may_be_named_where_there_is_no_header(row: str) -> None:
    path = write("mine.csv", f"{row}\n{row.replace('Fine', 'Good')}\n")
    examples = load_file(path, ReadOptions.parse(columns="text,label")).examples
    assert [(example.text, example.label) for example in examples] == [("Fine.", 1), ("Good.", 1)]


def test_without_a_header_a_delimiter_is_not_guessed_among_several() -> None:
    path = write("mine.csv", "Fine, it is;1\n")
    with pytest.raises(
        UserError, match="line 1: comma and semicolon both split it into 2 fields: give --delimiter"
    ):
        load_file(path, ReadOptions.parse(columns="text,label"))
    (example,) = load_file(path, ReadOptions.parse(columns="text,label", delimiter=";")).examples
    assert example.text == "Fine, it is"


def test_without_a_header_fields_are_as_many_as_columns_are_named() -> None:
    path = write("mine.csv", "1,Fine.,x\n")
    with pytest.raises(UserError, match=r"3 fields, where --columns names 2 \(label, text\): enclose a text"):
        load_file(path, ReadOptions.parse(columns="label,text"))


def test_a_header_that_stands_again_is_no_row() -> None:
    path = write("mine.csv", "text,label\nFine.,good\ntext,label\nBad.,bad\n")
    assert "line 3: the header is repeated, as if files were joined: remove it" in complaint(path)
    assert len(load_file(path, ReadOptions(on_bad_row="skip")).examples) == 2


@pytest.mark.parametrize(
    "content",
    [
        'label,text\n1,Good.\n1,"So good\n0,so bad"\n0,Bad.\n',
        'label,text\n1,"So good\n0,so bad"\n1,Good.\n0,Bad.\n',
        'text,label\nGood.,good\n"So good,good\nso bad",bad\nBad.,bad\n',
        'text,label\n"So good,good\nso bad",bad\nBad.,bad\nGood.,good\n',
    ],
)
@pytest.mark.parametrize("on_bad_row", ["stop", "skip"])
def test_lines_that_are_a_row_each_where_quotes_are_signs_are_never_joined(
    content: str, on_bad_row: str
) -> None:
    path = write("mine.csv", content)
    with pytest.raises(
        UserError, match=r"line \d: with the next 1 one row, .* or 2 rows, .*: give --no-quotes"
    ):
        load_file(path, ReadOptions.parse(on_bad_row=on_bad_row))
    examples = load_file(path, ReadOptions.parse(no_quotes=True)).examples
    assert [example.text for example in examples if "So" in example.text or "so" in example.text] == [
        '"So good',
        'so bad"',
    ]


@pytest.mark.parametrize(
    "row",
    [
        '1,"Dear all,\nthank you"',
        '1,"Dear all\nthank you, all"',
        '1,"A list,\n\n0,5 stars"',
        '"1","Good\n0,bad"',
    ],
)
def test_a_line_break_in_quotes_is_part_of_a_text_where_its_lines_are_no_rows(row: str) -> None:
    ones = ["1,Good.", "0,Bad."] if row.startswith("1") else ['"1","Good."', '"0","Bad."']
    path = write("mine.csv", "label,text\n" + "\n".join([*ones, row, *ones]) + "\n")
    assert load_file(path).examples[2].text == row.split(",", 1)[1].strip('"')


def test_a_table_of_very_many_columns_is_read_in_time_that_grows_with_their_number() -> None:
    names = ",".join(f"c{number}" for number in range(200_000))
    path = write("mine.csv", f"text,label,{names}\nFine.,1{',' * 200_000}\n")
    assert load_file(path).examples[0].text == "Fine."


def test_an_encoding_may_be_named() -> None:
    path = write("mine.csv", "text,label\nNaïve “so”.,1\n".encode("cp1252"))
    assert load_file(path, ReadOptions.parse(encoding="cp1252")).examples[0].text == "Naïve “so”."


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "mine.csv",
            "text,label\nFine.,1\n" + "x" * 2**17 + "x,0\n",
            "line 3, column 'text': more than 131,072",
        ),
        ("mine.jsonl", " " * 2**24, "line 1: more than 16,777,216 characters"),
    ],
    ids=["field", "line"],
)
def test_what_is_too_long_is_named_by_its_line(name: str, content: str, message: str) -> None:
    assert message in complaint(write(name, content))


def test_a_file_whose_rows_are_all_skipped_is_told_the_first() -> None:
    path = write("mine.csv", "text,label\nFine.,\nGood.,\n")
    with pytest.raises(UserError) as caught:
        load_file(path, ReadOptions.parse(on_bad_row="skip"))
    assert str(caught.value) == (
        "data file 'mine.csv' holds no examples: all 2 rows were skipped, "
        "the first: line 2, column 'label': empty: give the row its label"
    )


def test_an_array_may_be_one_long_line() -> None:
    rows = [{"text": "x" * 2**20, "label": 1}] * 17
    assert len(load_file(write("mine.json", json.dumps(rows))).examples) == 17


def test_a_json_file_may_be_lines() -> None:
    path = write("mine.json", '\n{"text": "Fine.", "label": 1}\n{"text": "Good.", "label": 1}\n')
    assert len(load_file(path).examples) == 2


def test_a_quote_out_of_place_is_never_passed_over() -> None:
    path = write("mine.csv", 'text,label\nNaïve, "\nso,1\nso",0\n'.encode("latin-1"))
    with pytest.raises(UserError, match="line 2, column 'label': a quote inside the field"):
        load_file(path, ReadOptions.parse(on_bad_row="skip"))
