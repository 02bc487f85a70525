"""Runs over time: the drop of each model under each attack, from run to run of a folder."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from robustaudit.core.errors import UserError
from robustaudit.core.files import is_file, is_folder
from robustaudit.runs.manifest import NAME as MANIFEST
from robustaudit.runs.manifest import PLAN, RESULT
from robustaudit.runs.result import Result, Row
from robustaudit.runs.stored_run import StoredRun, open_run
from robustaudit.statistics.measures import Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPoint:
    """The figures of one run for a model under an attack.

    `finished` is the time at which the run ended. `changed` names what differs from the point before: data,
    model, attack, trials, seed, version of robustaudit, or draws, if some draws left a text unchanged and the
    drops are therefore different figures. `noise` is that of a model that is noisy.
    """

    run: str
    finished: datetime
    version: str
    examples: int
    drop: Estimate | None
    changed: tuple[str, ...] = ()
    noise: Estimate | None = None

    @property
    def is_comparable(self) -> bool:
        """Whether its drop is the same figure as that of the point before."""
        return not {"data", "attack", "draws"}.intersection(self.changed)


@dataclass(frozen=True, slots=True, kw_only=True)
class DropHistory:
    """The points of one model under one attack, by the names that runs have for them, the oldest first."""

    model: str
    attack: str
    points: tuple[HistoryPoint, ...]


@dataclass(frozen=True, slots=True)
class HistoryRun:
    """A finished run of a folder of runs."""

    stored: StoredRun
    result: Result

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.stored.folder.name

    @property
    def finished(self) -> datetime:
        """The time at which it ended."""
        return self.stored.ended

    def partly_changed(self, row: Row) -> bool:
        """Whether some draws changed an example and others did not."""
        return row.trials_changed + row.skipped < row.examples_changed * int(self.result.draws)

    def asked(self, row: Row) -> dict[str, Any]:
        """The facts that a row depends on, by the names that reports use."""
        plan = self.result.plan
        return {
            "data": plan["data"]["digest"],
            "model": next(model["digest"] for model in plan["models"] if model["name"] == row.model),
            "attack": next(each["expression"] for each in plan["attacks"] if each["name"] == row.attack),
            "trials": (plan["trials"], plan["examples"]),
            "seed": plan["seed"],
            "robustaudit": plan["robustaudit"],
        }


@dataclass(frozen=True, slots=True)
class UnreadRun:
    """A run of a folder that has no figures: it is damaged or not finished; `reason` says so."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class RunHistory:
    """The drops of a folder's finished runs over time; runs are sorted by time, the oldest first."""

    series: tuple[DropHistory, ...]
    runs: tuple[HistoryRun, ...] = ()
    unread: tuple[UnreadRun, ...] = ()


def history_of(folder: Path) -> RunHistory:
    """The history of the runs in a folder, each in a folder of its own.

    Raises:
        UserError: there is no such folder, or no finished run in it.
    """
    if not is_folder(folder):
        raise UserError(f"folder {str(folder)!r} does not exist: give one that holds runs, such as reports")
    runs: list[HistoryRun] = []
    unread: list[UnreadRun] = []
    for place in sorted(folder.iterdir()):
        if not any(is_file(place / name) for name in (MANIFEST, PLAN, RESULT)):
            continue
        try:
            run = open_run(place)
            runs.append(HistoryRun(run, run.finished()))
        except UserError as error:
            unread.append(UnreadRun(place.name, str(error)))
    if not runs:
        why = f": {unread[0].reason}" if unread else ""
        raise UserError(f"folder {str(folder)!r} holds no finished run{why}")
    runs.sort(key=lambda run: (run.finished, run.name))
    return RunHistory(tuple(_series(runs)), tuple(runs), tuple(unread))


def _series(runs: Sequence[HistoryRun]) -> Iterator[DropHistory]:
    found: dict[tuple[str, str], list[tuple[HistoryRun, Row]]] = {}
    for run in runs:
        for row in run.result.rows:
            found.setdefault((row.model, row.attack), []).append((run, row))
    models = list(dict.fromkeys(model for model, _ in found))
    for (model, attack), rows in sorted(found.items(), key=lambda item: models.index(item[0][0])):
        yield DropHistory(model=model, attack=attack, points=tuple(_points(rows)))


def _points(rows: Sequence[tuple[HistoryRun, Row]]) -> Iterator[HistoryPoint]:
    before: tuple[HistoryRun, Row] | None = None
    for run, row in rows:
        asked = run.asked(row)
        yield HistoryPoint(
            run=run.name,
            finished=run.finished,
            version=asked["robustaudit"],
            examples=row.examples_changed,
            drop=row.drop,
            noise=row.on_changed.noise,
            changed=tuple(_changed(before, (run, row))) if before else (),
        )
        before = run, row


def _changed(before: tuple[HistoryRun, Row], after: tuple[HistoryRun, Row]) -> Iterator[str]:
    """The facts that differ between two runs."""
    then, now = (run.asked(row) for run, row in (before, after))
    yield from (name for name in now if now[name] != then[name])
    if before[0].result.draws != after[0].result.draws and any(
        run.partly_changed(row) for run, row in (before, after)
    ):
        yield "draws"
