"""The integrity of a run's folder, down to the last trial."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from robustaudit.core.errors import UserError
from robustaudit.gate.verdict import read_verdict
from robustaudit.runs.folder_lock import holder_of
from robustaudit.runs.integrity import Damage, DamagedRunError, Inspection, inspect
from robustaudit.runs.manifest import SLICES, VERDICT, State
from robustaudit.runs.stored_run import StoredRun


@dataclass(frozen=True, slots=True, kw_only=True)
class RunHealth:
    """The status of a run's folder with its time and reason, and the files that are damaged or missing.

    `trials` are those that are finished, of `planned` at most; None if no plan can be read. `at_work`: a
    process works in the folder now.
    """

    run: str
    status: State | None = None
    time: str | None = None
    reason: str | None = None
    at_work: bool = False
    trials: int = 0
    planned: int | None = None
    damages: tuple[Damage, ...] = ()

    @property
    def is_intact(self) -> bool:
        """Whether the run is finished, and all of it as it was written."""
        return self.status == "finished" and not self.damages

    def as_json(self) -> dict[str, Any]:
        damages = [asdict(damage) | {"mend": damage.mend} for damage in self.damages]
        return {**asdict(self), "is_intact": self.is_intact, "damages": damages}


def check_run(folder: Path) -> RunHealth:
    """Look through all that a run's folder holds.

    Raises:
        UserError: it holds no run.
    """
    try:
        found = inspect(folder)
    except DamagedRunError as error:
        return RunHealth(run=str(folder), damages=error.damages)
    turn, layout = found.manifest.turn, found.plan.layout if found.plan else None
    shards = [kept for kept in found.manifest.files.values() if kept.unit]
    return RunHealth(
        run=str(folder),
        status=turn.status if turn else None,
        time=turn.time if turn else None,
        reason=turn.reason if turn else None,
        at_work=holder_of(folder) is not None,
        trials=sum(kept.rows or 0 for kept in shards),
        planned=layout.trials * len(layout.models) * len(layout.attacks) if layout else None,
        damages=found.damages or tuple(_inside(found)),
    )


def _inside(found: Inspection) -> Iterator[Damage]:
    """Faults in the content of files whose checksums match."""
    if found.plan is None:
        return
    run = StoredRun(found.folder, found.plan, found.result, found.manifest)
    for path, kept in found.manifest.files.items():
        try:
            if kept.unit:
                run.shard(path)
            elif path == SLICES:
                run.slices()
            elif path == VERDICT:
                read_verdict(run)
        except UserError as error:
            yield Damage(path, f"is none that a run writes ({error})")
