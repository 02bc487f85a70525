"""What is printed, and where: results alone on standard output, progress on a terminal's standard error."""

import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import Progress
from rich.text import Text

from processes import COMMAND
from robustaudit.api.progress import RunBar, progress_bar
from robustaudit.cli import console, progress
from robustaudit.cli.main import run
from robustaudit.runs.events import BatchPredicted, ModelLoaded, RunStarted, UnitDone

Captured = pytest.CaptureFixture[str]


class Clock:
    """A clock that is put forward by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_terminal_gets_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = io.StringIO()
    made = Console(file=drawn, force_terminal=True, color_system="standard")
    monkeypatch.setattr(console, "console", lambda: made)
    console.show(Text("fine", style="red"))
    assert "\x1b[31mfine" in drawn.getvalue()


def test_no_color_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert console.console().no_color


@pytest.mark.parametrize(("columns", "width"), [(None, 100), ("80", 80), ("160", 160)])
def test_a_pipe_is_as_wide_as_it_is_told(
    columns: str | None, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if columns:
        monkeypatch.setenv("COLUMNS", columns)
    assert console.console().width == width


def test_a_message_cannot_write_to_the_terminal_what_a_text_holds(capsys: Captured) -> None:
    console.say("model failed on '\x1b[2J\u202e'\nand more")
    assert capsys.readouterr().err == "model failed on '<U+001B>[2J<U+202E>'\nand more\n"


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "ascii"])
def test_json_is_json_in_any_encoding(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, encoding=encoding, errors="backslashreplace")
    monkeypatch.setattr("sys.stdout", stream)
    console.show_json({"text": "café \U0001f600"})
    stream.flush()
    text = written.getvalue().decode(encoding)
    assert json.loads(text) == {"text": "café \U0001f600"}
    assert ("é" in text) == (encoding == "utf-8")


MODEL = """
import os, subprocess, sys, threading, time

def judge(texts):
    print("said by a model")
    sys.__stdout__.write("said to the stream of old\\n")
    os.write(1, b"said by a library\\n")
    subprocess.run(["echo", "said by another program"])
    threading.Thread(target=chatter).start()
    return [text.count("e") % 2 for text in texts]

judge.labels = ("negative", "positive")

def chatter():
    while True:
        print("said by a thread")

"""
ON_TINY = ("--data", "tiny", "--attack", "qwerty", "--trials", "20", "--output", "out", "--json")


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_what_a_model_prints_goes_to_standard_error(jobs: str, empty_folder: Path) -> None:
    (empty_folder / "chatty_model.py").write_text(MODEL, encoding="utf-8")
    done = subprocess.run(
        [*COMMAND, "run", "--models", "py:chatty_model:judge", *ON_TINY, "--jobs", jobs],
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout) == json.loads(Path("out/result.json").read_bytes())
    for who in (b"a model", b"the stream of old", b"a library", b"another program", b"a thread"):
        assert b"said " + (b"to " if who.startswith(b"the") else b"by ") + who in done.stderr


def test_a_program_that_runs_a_command_keeps_its_standard_output(
    empty_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    model = MODEL.replace("threading.Thread(target=chatter).start()", "")
    (empty_folder / "quiet_model.py").write_text(model, encoding="utf-8")
    monkeypatch.syspath_prepend(empty_folder)
    assert run(["run", "--models", "py:quiet_model:judge", *ON_TINY, "--quiet"]) == 0
    sys.stdout.write("said by the program\n")
    printed = capsys.readouterr()
    result, _, more = printed.out.partition("\n}\n")
    assert json.loads(result + "}") == json.loads(Path("out/result.json").read_bytes())
    assert more == "said by the program\n"
    assert "said by a model" in printed.err


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """A terminal on standard error that keeps what was drawn on it."""
    drawn = io.StringIO()
    made = Console(file=drawn, force_terminal=True, width=100)
    monkeypatch.setattr(progress, "console", lambda **_: made)
    return drawn


def test_a_run_draws_a_bar_that_ends_full_and_is_cleared(terminal: io.StringIO, tmp_path: Path) -> None:
    arguments = ["--data", "tiny", "--models", "1,7", "--trials", "5", "--attack", "qwerty"]
    assert run(["run", *arguments, "--output", str(tmp_path / "out")]) == 0
    assert "model 7" in terminal.getvalue()
    assert "10/10" in terminal.getvalue()
    assert terminal.getvalue().endswith("\x1b[2K")


def test_a_training_draws_a_bar_and_keeps_a_line_for_each_epoch(
    terminal: io.StringIO, tmp_path: Path
) -> None:
    arguments = ["--models", "1", "--data", "tiny", "--epochs", "2", "--output", str(tmp_path / "out")]
    assert run(["train", *arguments]) == 0
    assert "model 1" in terminal.getvalue()
    assert all(f"epoch {number}: loss" in terminal.getvalue() for number in (1, 2))


def test_a_finished_run_says_that_it_was_done_before(tmp_path: Path, capsys: Captured) -> None:
    arguments = ["run", "--data", "tiny", "--models", "1", "--trials", "5", "--output", str(tmp_path / "out")]
    run(arguments)
    capsys.readouterr()
    run(arguments)
    assert "45 trials, 45 of them done before" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("trials", "said"),
    [
        (1000, []),
        (10_000, ["about 47 s to go at the pace of model 1"]),
        (100_000, ["about 8 min to go at the pace of model 1"]),
        (10_000_000, ["about 14 hours to go at the pace of model 1"]),
    ],
)
def test_a_long_run_says_early_how_long_it_will_take(trials: int, said: list[str], capsys: Captured) -> None:
    clock = Clock()
    lines = progress.RunLines(clock)
    lines(RunStarted(Path("out"), {"1": 0}, trials))
    clock.now = 5.0
    lines(ModelLoaded("1", "first"))
    capsys.readouterr()
    for now in (5.5, 8.0, 8.5):
        clock.now = now
        lines(BatchPredicted("1", 300.0))
    assert capsys.readouterr().err.splitlines() == said


def test_a_run_until_decided_says_at_most_how_much_there_is_to_do(capsys: Captured) -> None:
    clock = Clock()
    lines = progress.RunLines(clock)
    lines(RunStarted(Path("out"), {"1": 0}, 10_000, until_decided=True))
    clock.now = 5.0
    lines(ModelLoaded("1", "first"))
    clock.now = 8.0
    lines(BatchPredicted("1", 300.0))
    clock.now = 25.0
    lines(UnitDone("1", 2500))
    assert capsys.readouterr().err.splitlines() == [
        "at most 10,000 trials, written to out",
        "model 1: first",
        "at most about 2 min to go at the pace of model 1",
        "2,500 of 10,000 trials done, 125/s, at most about 60 s to go",
    ]


def test_a_bar_moves_with_each_batch_and_ends_full() -> None:
    clock = Clock()
    with Progress(disable=True) as shown:
        bar = RunBar(shown, clock)
        bar(RunStarted(Path("out"), {"1": 10}, 40))
        clock.now = 1.0
        bar(BatchPredicted("1", 9.9))
        assert shown.tasks[0].completed == 19.9
        bar(BatchPredicted("1", 5.1))  # too soon after the other for an eye to see
        assert shown.tasks[0].completed == 19.9
        bar(UnitDone("1", 30))
        assert shown.tasks[0].completed == 40


def test_each_model_has_a_bar_with_its_rate_and_the_time_left() -> None:
    clock, drawn = Clock(), io.StringIO()
    terminal = Console(file=drawn, force_terminal=True, width=80, color_system=None)
    with progress_bar(terminal, auto_refresh=False) as shown:
        bar = RunBar(shown, clock)
        bar(RunStarted(Path("out"), {"1": 600, "4": 0, "7": 0}, 600))
        bar(ModelLoaded("4", "second"))
        clock.now = 5.0
        bar(UnitDone("4", 100))
        shown.refresh()
        rows = [re.sub(r"\x1b\[\d*[A-Z]", "", line).rstrip() for line in drawn.getvalue().splitlines()[-4:]]
    figures = [re.sub(r"\s+", " ", re.sub("[━╸╺]+", "|", row)) for row in rows]
    assert figures == [
        "3 models | 700/1800 20/s at least 25 s",
        "model 1 | 600/600 – done",
        "model 4 | 100/600 20/s about 25 s",
        "model 7 0/600 – waiting",
    ]
    assert max(map(len, rows)) <= 80


def test_what_is_left_is_told_by_the_quarter(capsys: Captured) -> None:
    clock = Clock()
    lines = progress.RunLines(clock)
    lines(RunStarted(Path("out"), {"1": 0}, 400))
    lines(ModelLoaded("1", "first"))
    capsys.readouterr()
    clock.now = 9.0
    lines(UnitDone("1", 90))
    clock.now = 20.0
    lines(UnitDone("1", 110))
    assert capsys.readouterr().err.splitlines() == ["200 of 400 trials done, 10/s, about 20 s to go"]


def test_a_long_run_says_where_each_model_is_ever_more_seldom(capsys: Captured) -> None:
    clock = Clock()
    lines = progress.RunLines(clock)
    lines(RunStarted(Path("out"), {"1": 0, "4": 0}, 10**9))
    lines(ModelLoaded("1", "first"))
    capsys.readouterr()
    for second in range(1, 10 * 3600):
        clock.now = second
        lines(BatchPredicted("1", 3.0))
        if second % 50 == 0:
            lines(UnitDone("1", 150))
    said = capsys.readouterr().err.splitlines()
    assert said[1] == (
        "0 of 2,000,000,000 trials done, 3/s, at least 92,593 hours to go "
        "(1: 0 of 1,000,000,000, 3/s, about 92,593 hours to go; not begun: 4)"
    )
    assert 100 < len(said) < 200
