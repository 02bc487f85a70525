"""The events of a command as JSON objects, for programs that watch it; docs/cli.md lists their keys."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

from robustaudit.reports.notes import batch_dependence_line, noise_check_line
from robustaudit.runs.events import (
    BatchDependenceFound,
    BatchPredicted,
    Decided,
    Event,
    ModelLoaded,
    NoiseCheckStarted,
    RunStarted,
    UnitDone,
)
from robustaudit.runs.pace import RunPace

LogWriter: TypeAlias = Callable[[dict[str, Any]], None]


class EventLog:
    """Writes an object for each event and message, with its time."""

    def __init__(self, write: LogWriter) -> None:
        self._write = write

    def note(self, message: str) -> None:
        self.log("note", message=message)

    def warn(self, message: str) -> None:
        self.log("warning", message=message)

    def fail(self, message: str, *, exit_code: int) -> None:
        self.log("failed", message=message, exit_code=exit_code)

    def log(self, event: str, **more: Any) -> None:  # noqa: ANN401  (values of JSON)
        time = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._write({"time": time, "event": event, **more})


class RunLog(EventLog):
    """A listener for the events of a run; batches, which are many, have no object."""

    def __init__(self, write: LogWriter) -> None:
        super().__init__(write)
        self._pace = RunPace()

    def __call__(self, event: Event) -> None:
        self._pace(event)
        match event:
            case RunStarted():
                done, until_decided = dict(event.trials_done), event.until_decided
                self.log(
                    "started",
                    run=str(event.folder),
                    trials=event.trials,
                    trials_done=done,
                    until_decided=until_decided,
                )
            case ModelLoaded():
                self.log("model_loaded", model=event.model, title=event.title)
            case UnitDone():
                self._log_unit(event)
            case Decided():
                self.log(
                    "decided",
                    model=event.model,
                    attack=event.attack,
                    outcome=event.outcome,
                    trials_spared=event.spared,
                )
            case BatchDependenceFound():
                self.warn(batch_dependence_line(event.found))
            case NoiseCheckStarted():
                self.note(noise_check_line(event.model))
            case BatchPredicted():
                pass

    def finish(self, run: Path | None, *, verdict: str | None, exit_code: int) -> None:
        self.log("finished", run=None if run is None else str(run), verdict=verdict, exit_code=exit_code)

    def _log_unit(self, event: UnitDone) -> None:
        now = self._pace[event.model]
        self.log(
            "unit_done",
            model=event.model,
            trials=event.trials,
            done=now.done,
            total=now.total,
            rate=now.rate,
            seconds_left=now.seconds_left,
        )
