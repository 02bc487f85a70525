"""The story of docs/repair.md, command by command: from an audit through a repair to a gate that keeps it."""

import re
import shlex
from pathlib import Path
from textwrap import dedent

import pytest

from robustaudit.cli.main import run

_DOCS = Path(__file__).parents[2] / "docs" / "repair.md"
_STEPS = re.compile(r"^ {7}(robustaudit [^\n]*)$|^ {3}```toml\n(.*?)^ {3}```$", re.MULTILINE | re.DOTALL)
_FAILING = "robustaudit run --gate --models 1"  # a version without the chain


def test_every_command_of_the_story_does_what_the_docs_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    story = _DOCS.read_text(encoding="utf-8").partition("Here with few examples")[0]
    done = []
    for command, rules in _STEPS.findall(story):
        if rules:
            file = tmp_path / "robustaudit.toml"
            file.write_text(file.read_text(encoding="utf-8") + dedent(rules), encoding="utf-8")
        else:
            assert run(shlex.split(command)[1:]) == (command == _FAILING), command
            done.append(command)
    assert done.count(_FAILING) == 1
    printed = capsys.readouterr().out
    assert "best chain  strip,fold,spell" in printed
    assert "PASSED: 4 checks, 4 passed" in printed
    assert {each.name for each in tmp_path.iterdir()} == {"cleaning.py", "reports", "robustaudit.toml"}
