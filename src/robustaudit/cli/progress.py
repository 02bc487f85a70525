"""Progress: a bar on a terminal, plain lines in a pipe, nothing with --quiet."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from rich.progress import Progress

from robustaudit.cli.console import console, is_said_elsewhere, say
from robustaudit.cli.log_json import both

if TYPE_CHECKING:
    from robustaudit.runs.events import Event

E = TypeVar("E")

_QUARTERS = 4  # of a run, at each of which a pipe gets a line
_SELDOM = (10.0, 300.0)  # seconds without a line, at least and at most; more as a run goes on
_SHARE = 0.05  # of the run's time, which passes without a line
_WORTH_SAYING = 20  # seconds
_LONG_ENOUGH = 2.0  # seconds that a pace is measured over


@contextmanager
def listening(
    *,
    quiet: bool,
    bar: Callable[[Progress], Callable[[E], None]],
    lines: Callable[[E], None],
    log: Callable[[E], None] | None = None,
) -> Iterator[Callable[[E], None]]:
    """A listener for events: one made by `bar` from a progress bar, or `lines`; and the log, if any."""
    if quiet or is_said_elsewhere():
        yield both(lambda _: None, log)
    elif (stream := console(stderr=True)).is_terminal:
        from robustaudit.api.progress import progress_bar

        with progress_bar(stream, transient=True) as progress:
            yield both(bar(progress), log)
    else:
        yield both(lines, log)


class RunLines:
    """Lines that count the trials of a run: at each quarter, and every now and then in a long one."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        from robustaudit.runs.pace import RunPace

        self._clock = clock
        self._pace = RunPace(clock)
        self._began = self._said_at = 0.0
        self._quarter = 0
        self._counted = "trials"
        self._loaded = (0.0, 0.0)  # when the latest model was, and what of it was queried by then
        self._pace_unknown = False

    def __call__(self, event: "Event") -> None:
        from robustaudit.reports.notes import batch_dependence_line, noise_check_line
        from robustaudit.runs.events import (
            BatchDependenceFound,
            BatchPredicted,
            Decided,
            ModelLoaded,
            NoiseCheckStarted,
            RunStarted,
            UnitDone,
        )

        self._pace(event)
        match event:
            case RunStarted():
                self._began = self._said_at = self._clock()
                self._counted = event.counted
                at_most = "at most " if event.until_decided else ""
                found = f", {event.done:,} of them done before" if event.done else ""
                say(f"{at_most}{event.total:,} {event.counted}{found}, written to {event.folder}")
            case ModelLoaded():
                say(f"model {event.model}: {event.title}")
                self._loaded = (self._clock(), self._pace.queried(event.model))
                self._pace_unknown = True
            case BatchDependenceFound():
                say(batch_dependence_line(event.found))
            case NoiseCheckStarted():
                say(noise_check_line(event.model))
            case BatchPredicted():
                self._foretell(event.model)
                self._say_seldom()
            case UnitDone():
                self._say_by_quarter()
            case Decided():
                spared = f", {event.spared:,} trials not needed" if event.spared else ""
                say(f"model {event.model}, {event.attack}: {event.outcome}{spared}")
                self._say_by_quarter()

    def _say_by_quarter(self) -> None:
        now = self._pace.all_models
        if (reached := now.done * _QUARTERS // now.total) > self._quarter:
            self._quarter = reached
            self._say()
        else:
            self._say_seldom()

    def _say_seldom(self) -> None:
        """Say a line if there was none for long, which is longer the longer the run takes."""
        least, most = _SELDOM
        now = self._clock()
        if now - self._said_at >= min(most, max(least, _SHARE * (now - self._began))):
            self._say()

    def _say(self) -> None:
        from robustaudit.reports.pace_text import rate, time_left

        self._said_at = self._clock()
        now, models = self._pace.all_models, self._pace.models
        parts = [f"{now.done:,} of {now.total:,} {self._counted} done"]
        if now.phase == "working" and now.rate is not None:
            parts.append(rate(now))
        if now.seconds_left is not None and now.seconds_left >= _WORTH_SAYING:
            parts.append(f"{time_left(now)} to go".replace("unknown", "an unknown time"))
        line = ", ".join(parts)
        say(line if len(models) == 1 or now.phase == "done" else f"{line} ({'; '.join(self._of_models())})")

    def _of_models(self) -> Iterator[str]:
        """What is being worked on, and what waits."""
        from robustaudit.reports.pace_text import rate, time_left, trials_done

        models = self._pace.models
        for name, model in models.items():
            if model.phase == "working":
                yield f"{name}: {trials_done(model)}, {rate(model)}, {time_left(model)} to go"
        if waiting := [name for name, model in models.items() if model.phase == "waiting"]:
            yield f"not begun: {', '.join(waiting)}"

    def _foretell(self, model: str) -> None:
        """Estimate the run's time once per model, if it is long enough to mention."""
        from robustaudit.reports.pace_text import lasting

        since, before = self._loaded
        if not self._pace_unknown or (seconds := self._clock() - since) < _LONG_ENOUGH:
            return
        self._pace_unknown = False
        models = self._pace.models
        left = sum(each.total - self._pace.queried(name) for name, each in models.items())
        to_go = seconds * left / (self._pace.queried(model) - before)
        if to_go >= _WORTH_SAYING:
            at_most = "at most " if any(each.at_most for each in models.values()) else ""
            say(f"{at_most}about {lasting(to_go)} to go at the pace of model {model}")
