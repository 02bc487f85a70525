"""What is told on a terminal while a run or a training works."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from robustaudit.cli import progress
from robustaudit.cli.main import run
from robustaudit.engine import RunStarted, UnitDone

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
    ("seconds", "said"),
    [
        (0.1, []),
        (1, ["100 of 10,000 trials done, about 2 min to go at this pace"]),
        (0.3, ["100 of 10,000 trials done, about 30 s to go"]),
    ],
)
def test_a_long_run_says_after_its_first_unit_how_long_it_will_take(
    seconds: float, said: list[str], capsys: Captured
) -> None:
    times = iter([5.0, 5 + seconds, 5 + 2 * seconds])
    lines = progress.RunLines(clock=lambda: next(times))
    lines(RunStarted(Path("out"), 0, 10_000))
    capsys.readouterr()
    lines(UnitDone("1", 100))
    lines(UnitDone("1", 100))
    assert capsys.readouterr().err.splitlines() == said
