"""What is told on a terminal while a run or a training works."""

import io
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import Progress

from robustaudit.api.progress import RunBar
from robustaudit.cli import progress
from robustaudit.cli.main import run
from robustaudit.runs.events import BatchPredicted, ModelLoaded, RunStarted, UnitDone

Captured = pytest.CaptureFixture[str]


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
    times = iter([0.0, 100.0, 100.5, 103.0])
    lines = progress.RunLines(clock=lambda: next(times))
    lines(RunStarted(Path("out"), 0, trials))
    lines(ModelLoaded("1", "first"))
    capsys.readouterr()
    for _ in range(3):
        lines(BatchPredicted("1", 300.0))
    assert capsys.readouterr().err.splitlines() == said


def test_a_run_until_decided_says_at_most_how_much_there_is_to_do(capsys: Captured) -> None:
    times = iter([0.0, 100.0, 103.0, 130.0])
    lines = progress.RunLines(clock=lambda: next(times))
    lines(RunStarted(Path("out"), 0, 10_000, until_decided=True))
    lines(ModelLoaded("1", "first"))
    lines(BatchPredicted("1", 300.0))
    lines(UnitDone("1", 2500))
    assert capsys.readouterr().err.splitlines() == [
        "at most 10,000 trials, kept in out",
        "model 1: first",
        "at most about 2 min to go at the pace of model 1",
        "2,500 of 10,000 trials done, at most about 6 min to go",
    ]


def test_a_bar_moves_with_each_batch_and_ends_full() -> None:
    with Progress(disable=True) as shown:
        bar = RunBar(shown)
        bar(RunStarted(Path("out"), 10, 40))
        bar(BatchPredicted("1", 9.9))
        assert shown.tasks[0].completed == 19.9
        bar(UnitDone("1", 30))
        assert shown.tasks[0].completed == 40


def test_what_is_left_is_told_by_the_quarter(capsys: Captured) -> None:
    times = iter([0.0, 30.0])
    lines = progress.RunLines(clock=lambda: next(times))
    lines(RunStarted(Path("out"), 0, 400))
    capsys.readouterr()
    lines(UnitDone("1", 90))
    lines(UnitDone("1", 110))
    assert capsys.readouterr().err.splitlines() == ["200 of 400 trials done, about 30 s to go"]
