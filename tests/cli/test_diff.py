"""`robustaudit diff`, as it is typed, and in Python."""

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

import robustaudit
from robustaudit.cli.main import run

Captured = pytest.CaptureFixture[str]

MODEL = '''
def old(texts):
    """Positive where a text says `love`, or `lov`."""
    return ["positive" if "lov" in text else "negative" for text in texts]

def new(texts):
    return ["positive" if "love" in text or "day" in text else "negative" for text in texts]
'''
DATA = "text,label\nI love it,positive\nnot my day,negative\nloved by all,positive\n!,negative\n"
OLD, NEW = "old=py:mine.py:old", "new=py:mine.py:new"
DIFF = ["diff", OLD, NEW, "--data", "my.csv", "--attack", "delete"]


def of(*words: str) -> Callable[[Sequence[str]], list[str]]:
    return lambda texts: ["positive" if any(word in text for word in words) else "negative" for text in texts]


@pytest.fixture(autouse=True)
def _files(empty_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])  # where the model of another test may lie
    monkeypatch.delitem(sys.modules, "mine", raising=False)
    (empty_folder / "mine.py").write_text(MODEL, encoding="utf-8")
    (empty_folder / "my.csv").write_text(DATA, encoding="utf-8")


@pytest.mark.parametrize("width", ["80", "160"])
def test_it_prints_what_newly_fails(capsys: Captured, monkeypatch: pytest.MonkeyPatch, width: str) -> None:
    monkeypatch.setenv("COLUMNS", width)
    assert run(DIFF) == 0
    printed = capsys.readouterr()
    assert "newly fail and 0 newly hold." in printed.out
    assert "The prediction differs for 1 of 4 clean texts: 1 newly wrong, 0 newly correct." in printed.out
    assert "I lov{e→} it" in printed.out
    assert "written to reports" in printed.err
    assert max(map(len, printed.out.splitlines())) <= int(width)


def test_a_limit_of_new_failures_is_the_exit_code(capsys: Captured) -> None:
    assert run([*DIFF, "--max-new-failures", "3"]) == 0
    passed = capsys.readouterr().out
    assert (
        "passed: max_new_failures = 3, 3 new failures (2 edits newly fail, 1 clean text newly wrong)"
        in passed
    )
    assert run([*DIFF, "--max-new-failures", "2", "--quiet"]) == 1
    assert "failed: max_new_failures = 2, 3 new failures" in capsys.readouterr().out


def test_json_has_every_change(capsys: Captured) -> None:
    assert run([*DIFF, "--json", "--quiet"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert (content["old"], content["new"], content["new_failures"]) == ("old", "new", 3)
    assert [(row["newly"], row["before"], row["after"]) for row in content["changes"]] == [
        ("fails", "loved", "lovd"),
        ("fails", "love", "lov"),
    ]
    assert [row["text"] for row in content["clean"]] == ["not my day"]
    assert run([*DIFF, "--markdown"]) == 0
    assert "# Model `new` compared with `old`, edit by edit" in capsys.readouterr().out


def test_two_sweeps_are_compared_without_their_models(capsys: Captured) -> None:
    for model in (OLD, NEW):
        folder = model.partition("=")[0]
        verify = ["verify", "--models", model, "--data", "my.csv", "--attack", "delete", "--all"]
        assert run([*verify, "--output", folder]) == 0
    Path("mine.py").unlink()
    capsys.readouterr()
    assert run(["diff", "old", "new", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["new_failures"] == 3


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["diff", OLD, OLD, "--data", "my.csv", "--attack", "delete"], "two different models are compared"),
        (["diff", OLD, NEW, "--data", "my.csv"], "--attack must be given"),
        ([*DIFF, "--max-new-failures", "-1"], "--max-new-failures must be at least 0, got -1"),
        ([*DIFF, "--json", "--markdown"], "--json and --markdown exclude each other"),
    ],
)
def test_what_cannot_be_compared_is_refused(capsys: Captured, arguments: list[str], line: str) -> None:
    assert run(arguments) == 2
    assert line in capsys.readouterr().err


def test_python_gives_the_same(capsys: Captured) -> None:
    found = robustaudit.diff(of("lov"), of("love", "day"), "my.csv", attacks="delete", max_new_failures=2)
    assert (found.new_failures, found.passed) == (3, False)
    assert found.changes["after"].to_pylist() == ["lovd", "lov"]
    assert found.clean["text"].to_pylist() == ["not my day"]
    assert "failed: max_new_failures = 2" in str(found)
    assert run([*DIFF, "--json", "--quiet"]) == 0
    assert json.loads(capsys.readouterr().out)["changes"] == found.as_json()["changes"]
