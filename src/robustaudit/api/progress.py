"""Progress of an audit: a bar, in a terminal or a notebook, and messages."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from robustaudit.core.display import visible
from robustaudit.reports.notes import batch_dependence_line
from robustaudit.runs.events import (
    BatchDependenceFound,
    BatchPredicted,
    Decided,
    Event,
    Listener,
    ModelLoaded,
    RunStarted,
    UnitDone,
)

Announce: TypeAlias = Callable[[str], None]

_PAUSE = 0.2  # seconds between two pictures of the bar in a notebook


def progress_bar(console: Console, **options: Any) -> Progress:  # noqa: ANN401  (those of Progress)
    """A progress bar with counts and the remaining time."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=console, **options)


class RunBar:
    """A progress bar for the trials of a run."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("loading models", total=None)
        self._done = 0
        self._asked = 0.0

    def __call__(self, event: Event) -> None:
        match event:
            case RunStarted():
                self._progress.update(self._task, total=event.total)
                self._advance(done=event.done, asked=event.done)
            case ModelLoaded():
                self._progress.update(self._task, description=f"model {visible(event.model)}")
            case BatchDependenceFound():
                self._progress.console.print(
                    batch_dependence_line(event.found), markup=False, highlight=False
                )
            case BatchPredicted():
                self._advance(asked=event.trials)
            case UnitDone():
                self._advance(done=event.trials)
            case Decided():
                self._advance(done=event.spared, asked=event.spared)

    def _advance(self, *, done: int = 0, asked: float = 0.0) -> None:
        """Show the queried share, and the exact number at the end."""
        self._done += done
        self._asked += asked
        self._progress.update(self._task, completed=max(self._done, self._asked))


@contextmanager
def watched(wanted: bool | None) -> Iterator[tuple[Listener, Announce]]:
    """A listener and a function for messages, for the duration of an audit.

    By default they show something in a notebook or an interactive shell, and nothing in a script.
    """
    kernel = _display()
    if not (wanted if wanted is not None else kernel or hasattr(sys, "ps1")):
        yield lambda _: None, lambda _: None
    elif kernel:
        with _in_notebook(kernel) as shown:
            yield shown
    else:
        console = Console(stderr=True, highlight=False, markup=False, emoji=False)
        with progress_bar(console, transient=True, disable=not console.is_terminal) as progress:
            yield RunBar(progress), lambda line: console.print(visible(line))


def _display() -> Callable[..., Any] | None:
    """The display function of the notebook, if this runs in one."""
    shell = sys.modules.get("IPython") and sys.modules["IPython"].get_ipython()
    if shell is None or not hasattr(shell, "kernel"):
        return None
    from IPython.display import display  # is there, as it runs this

    shown: Callable[..., Any] = display
    return shown


def _write(line: str) -> None:
    sys.stdout.write(f"{visible(line)}\n")


@contextmanager
def _in_notebook(display: Callable[..., Any]) -> Iterator[tuple[Listener, Announce]]:
    """The bar, displayed again on each update: Rich's own would need ipywidgets."""
    progress = progress_bar(Console(force_jupyter=False), auto_refresh=False)
    bar = RunBar(progress)
    handle = display(progress, display_id=True)
    drawn = time.monotonic()

    def hear(event: Event) -> None:
        nonlocal drawn
        bar(event)
        if time.monotonic() - drawn > _PAUSE:
            handle.update(progress)
            drawn = time.monotonic()

    try:
        yield hear, _write
    finally:
        handle.update({"text/plain": ""}, raw=True)
