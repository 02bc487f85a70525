import os
from collections.abc import Callable
from pathlib import Path

import pytest

from robustaudit.core.configuration import find_configuration, read_configuration
from robustaudit.core.errors import UserError


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_the_nearest_file_upward_is_taken(tmp_path: Path) -> None:
    outer = write(tmp_path / "robustaudit.toml", "")
    inner = write(tmp_path / "a" / "pyproject.toml", "[tool.robustaudit.gate]\nmax_drop = 0.1\n")
    (tmp_path / "a" / "b").mkdir()
    (tmp_path / "c").mkdir()
    assert find_configuration(tmp_path / "a" / "b") == inner
    assert find_configuration(tmp_path / "c") == outer


def test_a_project_that_says_nothing_of_us_is_passed_over(tmp_path: Path) -> None:
    outer = write(tmp_path / "robustaudit.toml", "")
    write(tmp_path / "a" / "pyproject.toml", "[tool.ruff]\nline-length = 110\n")
    assert find_configuration(tmp_path / "a") == outer


def test_beside_each_other_our_own_file_goes_first(tmp_path: Path) -> None:
    write(tmp_path / "pyproject.toml", "[tool.robustaudit.gate]\n")
    ours = write(tmp_path / "robustaudit.toml", "")
    assert find_configuration(tmp_path) == ours


def test_both_files_say_the_same(tmp_path: Path) -> None:
    ours = read_configuration(write(tmp_path / "robustaudit.toml", "[run]\ntrials = 5\n"))
    theirs = read_configuration(write(tmp_path / "pyproject.toml", "[tool.robustaudit.run]\ntrials = 5\n"))
    assert ours.tables == theirs.tables == {"run": {"trials": 5}}
    assert ours.where("run") == "robustaudit.toml, [run]"
    assert theirs.where("run") == "pyproject.toml, [tool.robustaudit.run]"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("robustaudit.toml", "[gate", "cannot be read: "),
        ("robustaudit.toml", "[gaet]\n", "unknown key in robustaudit.toml 'gaet': did you mean 'gate'?"),
        ("robustaudit.toml", "gate = 1\n", "robustaudit.toml: gate must be a table, got 1"),
        ("robustaudit.toml", "x = " + "[" * 5000, "cannot be read: "),
        ("pyproject.toml", "[tool]\nrobustaudit = 3\n", "tool.robustaudit must be a table, got 3"),
        ("pyproject.toml", "[tool.robustaudit]\nrun = []\n", "tool.robustaudit.run must be a table, got []"),
    ],
)
def test_what_is_wrong_is_one_clear_line(name: str, text: str, message: str, tmp_path: Path) -> None:
    path = write(tmp_path / name, text)
    with pytest.raises(UserError) as caught:
        read_configuration(path)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir], ids=["a pipe", "a folder"])
def test_what_bears_the_name_and_is_no_file_is_said(make: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path / "robustaudit.toml")
    with pytest.raises(UserError, match=r"configuration '.*robustaudit\.toml' must be a file"):
        find_configuration(tmp_path)
    with pytest.raises(UserError, match=r"configuration '.*robustaudit\.toml' must be a file"):
        read_configuration(tmp_path / "robustaudit.toml")


def test_a_project_of_others_is_not_parsed(tmp_path: Path) -> None:
    outer = write(tmp_path / "robustaudit.toml", "")
    write(tmp_path / "a" / "pyproject.toml", "{{ cookiecutter.name }}\n")
    assert find_configuration(tmp_path / "a") == outer


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"gone\.toml' does not exist"):
        read_configuration(tmp_path / "gone.toml")
