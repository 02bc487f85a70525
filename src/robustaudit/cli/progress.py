"""Progress: a bar on a terminal, plain lines in a pipe, nothing with --quiet."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from rich.progress import Progress

from robustaudit.cli.console import console, say

if TYPE_CHECKING:
    from robustaudit.runs.events import Event

E = TypeVar("E")

_LINES = 4  # plain lines for each run in a pipe
_WORTH_SAYING = 20  # seconds
_LONG_ENOUGH = 2.0  # seconds that a pace is measured over


@contextmanager
def listening(
    *, quiet: bool, bar: Callable[[Progress], Callable[[E], None]], lines: Callable[[E], None]
) -> Iterator[Callable[[E], None]]:
    """A listener for events: one made by `bar` from a progress bar, or `lines`."""
    if quiet:
        yield lambda _: None
    elif (stream := console(stderr=True)).is_terminal:
        from robustaudit.api.progress import progress_bar

        with progress_bar(stream, transient=True) as progress:
            yield bar(progress)
    else:
        yield lines


class RunLines:
    """Lines that count the trials of a run, and estimate the time of a long one."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = 0.0
        self._before = 0
        self._done = 0
        self._total = 0
        self._said = 0
        self._asked = 0.0
        self._loaded = (0.0, 0.0)  # when the latest model was, and what was asked by then
        self._pace_unknown = False
        self._at_most = ""  # said before a total that trials may be spared of

    def __call__(self, event: "Event") -> None:
        from robustaudit.reports.notes import batch_dependence_line
        from robustaudit.runs.events import (
            BatchDependenceFound,
            BatchPredicted,
            Decided,
            ModelLoaded,
            NoiseCheckStarted,
            RunStarted,
            UnitDone,
        )

        match event:
            case RunStarted():
                self._began, self._before = self._clock(), event.done
                self._done, self._total = event.done, event.total
                self._asked = event.done
                self._at_most = "at most " if event.until_decided else ""
                found = f", {event.done:,} of them done before" if event.done else ""
                say(f"{self._at_most}{event.total:,} trials{found}, written to {event.folder}")
            case ModelLoaded():
                say(f"model {event.model}: {event.title}")
                self._loaded, self._pace_unknown = (self._clock(), self._asked), True
            case BatchDependenceFound():
                say(batch_dependence_line(event.found))
            case NoiseCheckStarted():
                say(f"model {event.model}: the clean text of each draw is queried again, to measure noise")
            case BatchPredicted():
                self._asked += event.trials
                self._foretell(event.model)
            case UnitDone():
                self._advance(event.trials)
            case Decided():
                self._total -= event.spared
                spared = f", {event.spared:,} trials not needed" if event.spared else ""
                say(f"model {event.model}, {event.attack}: {event.outcome}{spared}")
                self._advance(0)

    def _advance(self, trials: int) -> None:
        self._done += trials
        if (reached := self._done * _LINES // self._total) > self._said:
            self._said = reached
            say(f"{self._done:,} of {self._total:,} trials done{self._to_go()}")

    def _to_go(self) -> str:
        """The estimated remaining time, if it is known and long enough to mention."""
        if self._done == self._before:
            return ""
        seconds = (self._clock() - self._began) * (self._total - self._done) / (self._done - self._before)
        return f", {self._at_most}about {_lasting(seconds)} to go" if seconds >= _WORTH_SAYING else ""

    def _foretell(self, model: str) -> None:
        """Estimate the run's time once per model, if it is long enough to mention."""
        since, before = self._loaded
        if not self._pace_unknown or (seconds := self._clock() - since) < _LONG_ENOUGH:
            return
        self._pace_unknown = False
        to_go = seconds * (self._total - self._asked) / (self._asked - before)
        if to_go >= _WORTH_SAYING:
            say(f"{self._at_most}about {_lasting(to_go)} to go at the pace of model {model}")


def _lasting(seconds: float) -> str:
    minutes, hours = round(seconds / 60), round(seconds / 3600)
    if hours > 1:
        return f"{hours:,} hours"
    return f"{minutes} min" if minutes > 1 else f"{seconds:.0f} s"
