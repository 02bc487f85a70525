"""Texts that would command a terminal, a page or a table, in the reports of verify, search and diff."""

import json
from pathlib import Path

import pytest

import robustaudit
from printed import printed

TEXTS = [
    ("I love| `it` \x1b[2J<script>alert(1)</script>", "positive"),
    ("we \u202elove\u202c \u200bit \x07", "positive"),
    ("line\u2028love\nbreak", "positive"),
    ("no", "negative"),
]
HOSTILE = {"\x1b", "\u202e", "\u202c", "\u200b", "\x07", "\u2028"}


def judge(texts: list[str]) -> list[str]:
    return ["positive" if "love" in text else "negative" for text in texts]


def stricter(texts: list[str]) -> list[str]:
    return ["positive" if "love" in text and "it" in text else "negative" for text in texts]


@pytest.mark.parametrize("width", [80, 160])
def test_nothing_commands_a_terminal(tmp_path: Path, width: int) -> None:
    attack = "delete & at_most(1)"
    verified = robustaudit.verify(judge, TEXTS, attacks=attack, all_edits=True, output=tmp_path / "v")
    searched = robustaudit.search(judge, TEXTS, attacks=attack, budget=60, output=tmp_path / "s")
    changed = robustaudit.diff(judge, stricter, TEXTS, attacks=attack, output=tmp_path / "d")
    for found in (verified, searched, changed):
        shown = printed(found.table(verbose=True).render(width), width=width)
        assert "<U+001B>" in shown or "<U+202E>" in shown
        assert not HOSTILE & set(shown)
        assert json.loads(json.dumps(found.as_json()))
    markdown = changed.to_markdown()
    assert not HOSTILE & set(markdown)
    table = [line for line in markdown.splitlines() if line.startswith("|")]
    bars = {line.replace("\\|", "").count("|") for line in table}
    assert bars == {7}  # no cell was cut by a bar of a text
