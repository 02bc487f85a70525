"""The command line as a whole: exit codes, completion, and options as the docs show them."""

import errno
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.main import get_command

import robustaudit
from processes import COMMAND, with_a_reader_that_is_gone
from robustaudit.cli.app import app
from robustaudit.cli.main import run
from robustaudit.core.errors import ModelError

Captured = pytest.CaptureFixture[str]


def test_the_version(capsys: Captured) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.strip() == f"robustaudit {robustaudit.__version__}"


def test_without_a_command_the_help_is_shown(capsys: Captured) -> None:
    assert run([]) == 2
    printed = capsys.readouterr()
    assert "run" in printed.out + printed.err
    assert "compose" in printed.out + printed.err


def test_an_unknown_command_is_one_line(capsys: Captured) -> None:
    assert run(["rnu"]) == 2
    assert capsys.readouterr().err.startswith("robustaudit: No such command 'rnu'.")


def test_a_model_that_breaks_its_contract_is_exit_code_3_without_a_traceback(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ModelError("model 'x' gave no probabilities for '\x1b[2J'")

    monkeypatch.setattr("robustaudit.attacks.list_attacks", broken)
    assert run(["list", "attacks"]) == 3
    error = capsys.readouterr().err
    assert error == "robustaudit: model 'x' gave no probabilities for '<U+001B>[2J'\n"


@pytest.mark.parametrize("error", [typer.Exit(0), typer.Exit(1), EOFError(), GeneratorExit()])
def test_what_code_of_others_raises_is_no_end_of_ours(
    error: BaseException, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("robustaudit.attacks.list_attacks", broken)
    assert run(["list", "attacks"]) == 3
    assert "this is a bug in robustaudit, not an error in your input" in capsys.readouterr().err


def test_a_disk_that_is_full_is_no_defect_of_ours(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "a.txt")

    monkeypatch.setattr("robustaudit.attacks.list_attacks", full)
    assert run(["list", "attacks"]) == 2
    assert capsys.readouterr().err == "robustaudit: cannot write 'a.txt': No space left on device\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("arguments", [["--help"], ["list", "attacks"], ["list", "attacks", "--json"]])
def test_output_that_cannot_be_written_is_one_line(arguments: list[str], tmp_path: Path) -> None:
    command = [*COMMAND, *arguments]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == b"robustaudit: standard output cannot be written: No space left on device\n"


def test_a_reader_that_has_enough_is_no_failure_of_ours(tmp_path: Path) -> None:
    arguments = ("compose", "qwerty", "--examples", "250")
    assert with_a_reader_that_is_gone(*arguments, cwd=tmp_path) == (141, b"")


def test_an_old_terminal_gets_what_it_can_show(tmp_path: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "compose", "homoglyph", "--examples", "1"],
        capture_output=True,
        check=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    assert b"\\u" in done.stdout


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("run --on-b", ["--on-bad-row"]),
        ("run --on-bad-row s", ["stop", "skip"]),
        ("run --models 1,tf", ["1,tfidf"]),
        ("run --models skl", ["sklearn:"]),
        ("run --attack homoglyph,qw", ["homoglyph,qwerty"]),
        ("compose 2*qwe", ["2*qwerty"]),
        ("data show ti", ["tiny"]),
    ],
)
def test_a_shell_completes_options_choices_models_attacks_and_data(
    words: str, found: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("_ROBUSTAUDIT_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", f"robustaudit {words}")
    monkeypatch.setenv("COMP_CWORD", str(len(words.split())))
    assert run([]) == 0
    assert capsys.readouterr().out.split() == found


REPOSITORY = Path(__file__).parents[2]
PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
# Of pytest, benchmarks, pip and Ray.
OF_OTHERS = {
    *("--help", "--robustaudit-gate"),
    *("--engines", "--peer", "--peers", "--plot", "--texts"),
    *("--no-cache-dir", "--working-dir"),
}


def commands(command, path: str = "robustaudit") -> Iterator[tuple[str, set[str]]]:
    yield path, {name for option in command.params for name in (*option.opts, *option.secondary_opts)}
    for name, child in getattr(command, "commands", {}).items():
        yield from commands(child, f"{path} {name}")


KNOWN = dict(commands(get_command(app)))


def test_options_in_the_docs_exist() -> None:
    known = set().union(*KNOWN.values(), OF_OTHERS)
    shown = {(page.name, name) for page in PAGES for name in OPTION.findall(page.read_text(encoding="utf-8"))}
    assert not {(page, name) for page, name in shown if name not in known}


def test_a_command_in_the_docs_is_shown_with_its_own_options() -> None:
    wrong = []
    for page in PAGES:
        for line in re.findall(r"robustaudit [a-z][^\n`#&]*", page.read_text(encoding="utf-8")):
            words = line.split()
            command = next(
                (path for n in (3, 2) if (path := " ".join(words[:n])) in KNOWN and len(words) >= n), None
            )
            if command:
                wrong += [
                    (page.name, line)
                    for name in OPTION.findall(line)
                    if name not in KNOWN[command] | OF_OTHERS
                ]
    assert not wrong
