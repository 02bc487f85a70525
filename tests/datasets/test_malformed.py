"""Data that is not well made: each gets a line that says where and what to do, which docs/data.md shows."""

from pathlib import Path

import pytest

from malformed_data import MALFORMED, TOLD, complaint, said

DOCS = Path(__file__).parents[2] / "docs" / "data.md"
BEGIN, END = "<!-- malformed -->\n", "<!-- end -->"


def write(name: str, content: bytes) -> str:
    """Put a file there; what `--data` names of it."""
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_bytes(content)
    return name.partition("/")[0]


@pytest.mark.parametrize("what", MALFORMED)
def test_what_is_malformed_is_refused_in_one_line_with_its_place(what: str) -> None:
    name = write(*MALFORMED[what])
    message = complaint(name)
    assert message.startswith((f"data file {name!r}", f"data folder {name!r}"))
    assert message.isprintable()


@pytest.mark.parametrize("what", TOLD)
def test_what_is_read_all_the_same_is_said_in_one_line(what: str) -> None:
    (line,) = said(write(*TOLD[what]))
    assert line.startswith("data file 'my.csv': ")


def test_the_docs_show_what_is_said(pytestconfig: pytest.Config) -> None:
    text = DOCS.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, mark, after = rest.partition(END)
    assert mark, "the docs have no place for the table"
    whole = before + BEGIN + table() + END + after
    if pytestconfig.getoption("regenerate"):
        DOCS.write_text(whole, encoding="utf-8")
    assert whole == text or pytestconfig.getoption("regenerate")


def table() -> str:
    rows = [(what, complaint(write(*made))) for what, made in MALFORMED.items()]
    rows += [(what, said(write(*made))[0]) for what, made in TOLD.items()]
    lines = [f"| {what} | {message.replace('|', chr(92) + '|')} |" for what, message in rows]
    return "\n".join(["| what is the matter | what is said |", "|---|---|", *lines]) + "\n"
