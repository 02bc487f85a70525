"""The code of docs/python.md and of the README runs, block after block."""

import inspect
import re
from pathlib import Path
from typing import Any

import pytest

from robustaudit import audit

REPOSITORY = Path(__file__).parents[1]
DOCS = (REPOSITORY / "docs" / "python.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.mark.usefixtures("empty_folder", "empty_cache")
def test_the_blocks_run_one_after_the_other(capsys: pytest.CaptureFixture[str]) -> None:
    namespace: dict[str, Any] = {}
    for number, block in enumerate(BLOCK.findall(DOCS), 1):
        exec(compile(block, f"docs/python.md, block {number}", "exec"), namespace)
    assert "1: LSTM" in capsys.readouterr().out


@pytest.mark.usefixtures("empty_folder", "empty_cache")
def test_what_the_readme_shows_runs() -> None:
    (block,) = BLOCK.findall((REPOSITORY / "README.md").read_text(encoding="utf-8"))
    rows = [
        f"it was a {word} day {number},{word == 'good':d}" for number in range(4) for word in ("good", "bad")
    ]
    Path("reviews.csv").write_text("\n".join(["text,label", *rows]))
    namespace: dict[str, Any] = {}
    exec(block.replace("trials=500", "trials=4").replace('"4"', '"tfidf"'), namespace)
    assert len(namespace["result"].result.rows) == 2  # type: ignore[attr-defined]


@pytest.mark.usefixtures("empty_folder", "empty_cache")
def test_what_is_shown_of_the_worst_case_runs(capsys: pytest.CaptureFixture[str]) -> None:
    page = (REPOSITORY / "docs" / "worst-case.md").read_text(encoding="utf-8")
    namespace: dict[str, Any] = {}
    for number, block in enumerate(BLOCK.findall(page), 1):
        exec(compile(block, f"docs/worst-case.md, block {number}", "exec"), namespace)
    assert "1 neighbor_swap 0." in capsys.readouterr().out


def test_every_parameter_is_in_the_table() -> None:
    table = re.search(r"^\| parameter .*?\n\n", DOCS, re.DOTALL | re.MULTILINE)
    assert table
    told = {
        name
        for line in table[0].strip().splitlines()[2:]
        for name in re.findall(r"`(\w+)`", line.split("|")[1])
    }
    assert told == set(inspect.signature(audit).parameters) - {"models", "data"}
