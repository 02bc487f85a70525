"""Plain text: lines of fastText, delimited lines with a header, and nothing that would be a guess."""

from pathlib import Path
from typing import Any

import pytest

from robustaudit.core.errors import UserError
from robustaudit.datasets import ReadOptions, load


def pairs(content: str, name: str = "my.txt", **given: Any) -> list[tuple[str, str]]:
    Path(name).write_text(content, encoding="utf-8")
    data = load(name, ReadOptions.parse(**given))
    return [(example.text, data.label_names[example.label]) for example in data.examples]


FOUND = [("Fine, really.", "good"), ("Bad.", "bad")]


@pytest.mark.parametrize("name", ["my.txt", "my.ft.txt", "my.fasttext"])
def test_lines_of_fasttext_are_read(name: str) -> None:
    assert pairs("__label__good Fine, really.\n\nBad. __label__bad\n", name) == FOUND


@pytest.mark.parametrize(
    "content",
    [
        "text\tlabel\nFine, really.\tgood\nBad.\tbad\n",
        'label,text\ngood,"Fine, really."\nbad,Bad.\n',
        "sep=|\ntext|label\nFine, really.|good\nBad.|bad\n",
    ],
)
def test_a_header_of_known_columns_shows_the_delimiter(content: str) -> None:
    assert pairs(content) == FOUND


def test_options_say_what_no_header_says() -> None:
    assert pairs("good\tFine, really.\nbad\tBad.\n", columns="label,text", delimiter="tab") == FOUND


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("Fine, really.\nBad.\n", "line 1: a text in each line has no labels"),
        (
            "\nFine.\tgood\nBad.\tbad\n",
            "line 2: may be a text in each line.*separated by tab: .*tab and .*columns",
        ),
        (
            "__label__good __label__new Fine.\n",
            "line 1: 2 labels, __label__good, __label__new: leave the one",
        ),
        ("__label__good Fine.\nBad.\n", "line 2: no label"),
        ("__label__good Fine.\nSo __label__bad so.\n", "line 2: the label '__label__bad' is within the text"),
    ],
)
def test_what_is_unsure_is_refused_with_its_readings(content: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        pairs(content)


def test_lines_that_are_invalid_may_be_skipped() -> None:
    assert pairs("__label__good Fine.\nBad.\n", on_bad_row="skip") == [("Fine.", "good")]
