"""Progress of an audit: a bar, in a terminal or a notebook, and messages."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Column
from rich.text import Text

from robustaudit.api.event_log import LogWriter, RunLog
from robustaudit.core.display import visible
from robustaudit.reports.notes import batch_dependence_line, noise_check_line
from robustaudit.reports.pace_text import rate, time_left
from robustaudit.runs.events import (
    BatchDependenceFound,
    BatchPredicted,
    Event,
    Listener,
    NoiseCheckStarted,
    RunStarted,
)
from robustaudit.runs.pace import RunPace

Announce: TypeAlias = Callable[[str], None]

_PAUSE = 0.2  # seconds between two pictures of the bar
_NAME = 30  # columns for the name of a model
_MOST_ROWS = 8  # of models; of more, those that are worked on have a row


class _RateColumn(ProgressColumn):
    """Trials a second, for tasks that have a pace."""

    def render(self, task: Task) -> Text:
        return Text(rate(task.fields["pace"]) if "pace" in task.fields else "", style="progress.data.speed")


class _TimeLeftColumn(TimeRemainingColumn):
    """The time left by a task's pace, where it has one."""

    def render(self, task: Task) -> Text:
        if "pace" not in task.fields:
            return super().render(task)
        return Text(time_left(task.fields["pace"]), style="progress.remaining")


def progress_bar(console: Console, **options: Any) -> Progress:  # noqa: ANN401  (those of Progress)
    """A progress bar with counts, rate and the remaining time."""
    columns = (
        TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True, max_width=_NAME)),
        BarColumn(bar_width=None, table_column=Column(ratio=1, max_width=40)),
        MofNCompleteColumn(),
        _RateColumn(),
        _TimeLeftColumn(),
    )
    return Progress(*columns, console=console, expand=True, **options)


class RunBar:
    """A progress bar for the trials of each model of a run, and of all; it is moved a few times a second."""

    def __init__(self, progress: Progress, clock: Callable[[], float] = time.monotonic) -> None:
        self._progress, self._clock = progress, clock
        self._pace = RunPace(clock)
        self._all = progress.add_task("loading models", total=None)
        self._tasks: dict[str, TaskID] = {}
        self._moved = 0.0

    def __call__(self, event: Event) -> None:
        self._pace(event)
        match event:
            case RunStarted():
                self._begin()
            case BatchDependenceFound():
                self._say(batch_dependence_line(event.found))
            case NoiseCheckStarted():
                self._say(noise_check_line(event.model))
            case BatchPredicted() if self._clock() - self._moved < _PAUSE:
                return
        self._move()

    def _begin(self) -> None:
        """A row for each model, under that of all."""
        models = self._pace.models
        several = f"{len(models)} models" if len(models) > 1 else _titled(*models)
        self._progress.update(self._all, description=several)
        for name, model in models.items() if len(models) > 1 else ():
            self._tasks[name] = self._progress.add_task(_titled(name), total=model.total, pace=model)

    def _move(self) -> None:
        """Show the queried share of each model, and the exact number at the end."""
        self._moved = self._clock()
        models = self._pace.models
        queried = {name: self._pace.queried(name) for name in models}
        for name, task in self._tasks.items():
            model = models[name]
            shown = len(models) <= _MOST_ROWS or model.phase == "working"
            self._progress.update(task, total=model.total, completed=queried[name], pace=model, visible=shown)
        now = self._pace.all_models
        self._progress.update(self._all, total=now.total, completed=sum(queried.values()), pace=now)

    def _say(self, line: str) -> None:
        self._progress.console.print(line, markup=False, highlight=False)


def _titled(model: str) -> str:
    return f"model {visible(model)}"


@contextmanager
def watched(wanted: bool | LogWriter | None) -> Iterator[tuple[Listener, Announce]]:
    """A listener and a function for messages, for the duration of an audit.

    A function gets a dictionary for each event and message. By default they show something in a notebook or
    an interactive shell, and nothing in a script.
    """
    if callable(wanted):
        log = RunLog(wanted)
        yield log, log.note
        return
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
        if time.monotonic() - drawn > _PAUSE or progress.finished:
            handle.update(progress)
            drawn = time.monotonic()

    try:
        yield hear, _write
    finally:
        handle.update({"text/plain": ""}, raw=True)
