"""Fields of delimited rows: as the module csv reads them, and in the dialects that it has no words for."""

import csv
import io
from itertools import chain

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from robustaudit.datasets.fields import DelimitedRows, Dialect, QuotingError

COMMA = Dialect(delimiter=",")
ESCAPED = Dialect(delimiter=",", escaped=True)

content = st.text(st.sampled_from('",\\ \t\n\ra'), max_size=20)


def read(text: str, dialect: Dialect = COMMA) -> list[list[str]]:
    rows = DelimitedRows(iter(text.splitlines(keepends=True)), dialect)
    return list(iter(rows.next, None))


@example(content='"a,b",\n"c\nd",e')
@given(content=content)
def test_what_the_module_csv_reads_without_a_quote_left_is_read_alike(content: str) -> None:
    try:
        known = [row for row in csv.reader(content.splitlines(keepends=True), strict=True) if row]
    except csv.Error:
        return
    if '"' not in "".join(chain(*known)):
        assert read(content) == known


@given(table=st.lists(st.lists(content, min_size=2, max_size=4), max_size=4))
def test_what_the_module_csv_writes_is_read_back(table: list[list[str]]) -> None:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows(table)
    assert read(stream.getvalue()) == table


@given(table=st.lists(st.lists(content, min_size=2, max_size=4), max_size=4))
def test_quotes_and_backslashes_that_are_escaped_are_read_back(table: list[list[str]]) -> None:
    def written(field: str) -> str:
        return '"' + field.replace("\\", "\\\\").replace('"', '\\"') + '"'

    text = "".join(",".join(map(written, row)) + "\n" for row in table)
    assert read(text, ESCAPED) == table


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        (r'"He said \"no\".",1', ['He said "no".', "1"]),
        (r'"C:\new \\ \"",1', [r'C:\new \ "', "1"]),
        (r"a\, b,1", ["a, b", "1"]),
        (r"\"a\",1", ['"a"', "1"]),
        (r'"doubled ""too""",1', ['doubled "too"', "1"]),
    ],
)
def test_a_backslash_gives_the_sign_behind_it_where_that_has_a_meaning(line: str, fields: list[str]) -> None:
    assert read(line, ESCAPED) == [fields]


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ('1, "b, c"', ["1", "b, c"]),
        ('"a" , "b ""x""" ,c', ["a", 'b "x"', "c"]),
        ("1, b", ["1", " b"]),
        ('1, ""', ["1", ""]),
    ],
)
def test_blanks_around_quotes_are_no_part_of_a_field(line: str, fields: list[str]) -> None:
    assert read(line) == [fields]


def test_a_quote_behind_a_blank_is_never_closed_in_another_line() -> None:
    with pytest.raises(QuotingError, match="a quote inside the field") as caught:
        read('So, "\nso,1\nso",0\n')
    assert caught.value.place == 1


@pytest.mark.parametrize(
    ("text", "what", "place"),
    [
        ('1,"a\nb', "never closed", 1),
        ('1,a"b\n', "inside the field", 1),
        ('"a"b,1\n', "inside the field", 0),
        ('1,"a \\"b\\" c"\n', "give --escaped", 1),
        ('1,"\\""\n', "never closed: close it, .* or --escaped", 1),
        ('1,"' + "a\n" * 70_000, "more than 131,072 characters", 1),
        ("1," + "a" * 131_073, "more than 131,072 characters", 1),
    ],
)
def test_a_row_whose_fields_cannot_be_told_names_the_field(text: str, what: str, place: int) -> None:
    with pytest.raises(QuotingError, match=what) as caught:
        read(text)
    assert caught.value.place == place
