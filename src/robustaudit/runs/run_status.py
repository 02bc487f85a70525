"""How far a run is and who works on it, from its plan and manifest alone: no shard is read, nothing locked.

Any process may look, on any machine that sees the folder, while another writes there.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias

from robustaudit.core.documents import read_bounded
from robustaudit.core.errors import UserError
from robustaudit.core.files import is_folder
from robustaudit.runs.folder_lock import holder_of
from robustaudit.runs.integrity import MOST_BYTES, Damage, DamagedRunError, manifest_of, read_plan
from robustaudit.runs.manifest import NAME, PLAN, FileRecord, Manifest, StatusChange
from robustaudit.runs.pace import Phase, TrialProgress, together
from robustaudit.runs.plan_record import PlanRecord

RunState: TypeAlias = Literal["working", "finished", "failed", "stopped", "interrupted"]

_LATEST = 20  # shards that a rate is measured over
_NOW = 60.0  # seconds: models that finished a unit within them, before the latest one, are worked on at once


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelStatus:
    """The progress of a model, with the finished trials of each attack.

    In a sequential run also its rounds so far, and the attacks of the latest one: the others were decided
    before it.
    """

    model: str
    trials: TrialProgress
    attacks: Mapping[str, int]
    rounds: int | None = None
    latest_attacks: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStatus:
    """The state of a run `since` a time, with the `reason` why it ended, and who works on it now.

    It is `interrupted` if it was started and nobody works on it. `latest_unit` is when the latest shard was
    finished. Without models if no plan can be read.
    """

    run: str
    state: RunState
    since: str | None = None
    reason: str | None = None
    worked_on_by: str | None = None
    latest_unit: str | None = None
    until_decided: bool = False
    models: tuple[ModelStatus, ...] = ()
    all_models: TrialProgress | None = None
    damages: tuple[Damage, ...] = ()

    @property
    def is_well(self) -> bool:
        """Whether it is finished or worked on, and nothing of it is found damaged."""
        return self.state in ("working", "finished") and not self.damages

    def as_json(self) -> dict[str, Any]:
        damages = [{"path": each.path, "what": each.what, "mend": each.mend} for each in self.damages]
        return {**asdict(self), "is_well": self.is_well, "damages": damages}


def latest_begun(parent: Path) -> Path:
    """The folder in `parent` of a run that is worked on, else of the one that was started or ended last.

    Raises:
        UserError: there is none.
    """
    found = []
    for manifest in parent.glob(f"*/{NAME}"):
        with suppress(UserError):  # whoever names that run is told
            turn = manifest_of(manifest.parent).turn
            at_work = turn is not None and turn.status == "started" and holder_of(manifest.parent) is not None
            found.append((at_work, turn.time if turn else "", manifest.parent))
    if not found:
        raise UserError(f"folder {str(parent)!r} holds no run: give the folder of one")
    return max(found)[2]


def status_of(folder: Path) -> RunStatus:
    """The status of the run in a folder now.

    Raises:
        UserError: it holds no run.
    """
    if not is_folder(folder):
        raise UserError(f"run {str(folder)!r} does not exist: give a run's folder, such as reports/tiny-…")
    try:
        manifest, holder = _looked_at(folder)
    except DamagedRunError as error:
        holder = holder_of(folder)
        state: RunState = "working" if holder else "interrupted"
        return RunStatus(run=str(folder), state=state, worked_on_by=holder, damages=error.damages)
    turn = manifest.turn
    ended = turn is not None and turn.status != "started" and holder is None
    found = RunStatus(
        run=str(folder),
        state=_end(turn) if ended and turn else "working" if holder else "interrupted",
        since=turn.time if turn else None,
        reason=turn.reason if turn and ended else None,
        worked_on_by=holder,
        latest_unit=max((kept.time for kept in manifest.files.values() if kept.time), default=None),
        damages=(Damage(NAME, manifest.damage),) if manifest.damage and not manifest.torn else (),
    )
    try:
        plan = _plan_of(folder, manifest)
    except UserError as error:
        damage = Damage(PLAN, f"is not the plan of this run ({error})")
        return replace(found, damages=(*found.damages, damage))
    return _with_models(found, plan, manifest) if plan else found


def _looked_at(folder: Path) -> tuple[Manifest, str | None]:
    """The manifest, and who works on the run; looked at again if it may have ended between the two."""
    manifest, holder = manifest_of(folder), holder_of(folder)
    if holder is None and (manifest.turn is None or manifest.turn.status == "started"):
        manifest, holder = manifest_of(folder), holder_of(folder)
    return manifest, holder


def _end(turn: StatusChange) -> RunState:
    return "interrupted" if turn.status == "started" else turn.status


def _plan_of(folder: Path, manifest: Manifest) -> PlanRecord | None:
    """The plan, known by its own digest: a run that starts again may be about to replace it.

    None if it is not written yet.
    """
    if PLAN not in manifest.files:
        return None
    where = str(folder / PLAN)
    plan = read_plan(read_bounded(folder / PLAN, "plan", most=MOST_BYTES[PLAN]), where=where)
    if plan.digest != manifest.begun.plan:
        raise UserError(f"{NAME} belongs to another run")
    return plan


def _with_models(found: RunStatus, plan: PlanRecord, manifest: Manifest) -> RunStatus:
    names = [model.name for model in plan.models]
    shards: dict[str, list[FileRecord]] = {name: [] for name in names}
    for kept in sorted(manifest.files.values(), key=lambda kept: kept.time or ""):
        if kept.unit and kept.unit.model in shards:
            shards[kept.unit.model].append(kept)
    begun = [name for name in names if shards[name]]
    models = []
    for name in names:
        decided = plan.until_decided is not None and (found.state == "finished" or name in begun[:-1])
        models.append(_model(name, shards[name], plan, found, decided=decided))
    latest = [_at(shards[model.model][-1]) for model in models if model.trials.rate is not None]
    at_once = sum((max(latest) - each).total_seconds() <= _NOW for each in latest)
    return replace(
        found,
        until_decided=plan.until_decided is not None,
        models=tuple(models),
        all_models=together([model.trials for model in models], at_once=max(1, at_once)),
    )


def _model(
    name: str, shards: Sequence[FileRecord], plan: PlanRecord, found: RunStatus, *, decided: bool
) -> ModelStatus:
    done = sum(shard.rows or 0 for shard in shards)
    total = done if decided else plan.trials * len(plan.attacks)
    now = [shard for shard in shards if shard.time and found.since and _at(shard) >= _moment(found.since)]
    is_done = done >= total
    rate = _rate(now) if found.state == "working" and not is_done else None
    phase: Phase = (
        "done" if is_done else "working" if shards and (now or not found.worked_on_by) else "waiting"
    )
    units = [shard.unit for shard in shards if shard.unit]
    latest = max(units, key=lambda unit: (unit.start, unit.first_draw), default=None)
    sequential = plan.until_decided is not None
    return ModelStatus(
        model=name,
        trials=TrialProgress(
            phase=phase,
            done=done,
            total=total,
            rate=rate,
            seconds_left=0.0 if is_done else (total - done) / rate if rate else None,
            at_most=sequential and not is_done,
        ),
        attacks=dict(_of_attacks(shards, plan)),
        rounds=max((shard.round or 0 for shard in shards), default=0) if sequential else None,
        latest_attacks=latest.attacks if sequential and latest else None,
    )


def _of_attacks(shards: Sequence[FileRecord], plan: PlanRecord) -> Iterator[tuple[str, int]]:
    """The finished trials of each attack; a unit has as many of each of its attacks."""
    done: Counter[str] = Counter()
    for shard in shards:
        attacks = shard.unit.attacks if shard.unit else ()
        for attack in attacks:
            done[attack] += (shard.rows or 0) // len(attacks)
    yield from ((attack.name, done[attack.name]) for attack in plan.attacks)


def _rate(shards: Sequence[FileRecord]) -> float | None:
    """The trials a second of the latest shards, the first of which shows when the others began."""
    latest = shards[-_LATEST:]
    if len(latest) < 2:  # noqa: PLR2004
        return None
    seconds = (_at(latest[-1]) - _at(latest[0])).total_seconds()
    return sum(shard.rows or 0 for shard in latest[1:]) / seconds if seconds > 0 else None


def _at(shard: FileRecord) -> datetime:
    return _moment(shard.time or "")


def _moment(time: str) -> datetime:
    return datetime.fromisoformat(time)
