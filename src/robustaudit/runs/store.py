"""The folder of a run while it works: its plan, one immutable shard for each finished unit, its result."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import count
from pathlib import Path

import pyarrow as pa

from robustaudit.core.documents import read_bounded, to_pretty_json
from robustaudit.core.errors import CallLimitReached, ModelError, RobustAuditError, UserError
from robustaudit.core.files import (
    check_writable,
    create_folder,
    remove_unfinished,
    sync_folder,
    write_atomically,
)
from robustaudit.core.spelling import option
from robustaudit.runs.folder_lock import HOLDER, FolderLock, locked
from robustaudit.runs.integrity import MOST_BYTES, Damage, inspect, manifest_of, read_kept, read_plan
from robustaudit.runs.manifest import (
    NAME,
    PLAN,
    RESULT,
    SLICES,
    TRIALS_FOLDER,
    VERDICT,
    VERSION,
    FileRecord,
    Journal,
    Manifest,
    ManifestHeader,
    StatusChange,
    create_manifest,
    shard_path,
)
from robustaudit.runs.plan import Plan
from robustaudit.runs.plan_record import WorkUnit
from robustaudit.runs.result import Result
from robustaudit.runs.slices import memberships
from robustaudit.runs.trials_table import shard_of, table_as_bytes, trials_of

ASIDE = "set-aside"


@contextmanager
def claim_folder(
    folder: Path, plan: Plan, *, tell: Callable[[str], None] = lambda _: None
) -> Iterator["Store"]:
    """The folder of a plan's run, locked while this process works there; repairs are reported.

    Raises:
        UserError: it cannot be written to, is in use, or holds the run of another plan.
    """
    check_writable(folder)
    _find(folder, plan)
    place = folder.absolute()  # a model may change the working folder
    with locked(place) as lock:
        store = Store(place, plan, tell, lock)
        try:
            store.begin()
            yield store
        except BaseException as error:
            store.ended_by(error)
            raise
        finally:
            store.close()


def keep_verdict(folder: Path, data: bytes) -> None:
    """Keep a verdict in the folder of a finished run.

    Raises:
        UserError: it cannot be written there, or a run works there.
    """
    with locked(folder):
        manifest = manifest_of(folder)
        if manifest.damage and not manifest.torn:
            raise UserError(f"{NAME} {manifest.damage}")
        journal = Journal(folder / NAME, manifest)
        try:
            journal.write(FileRecord.of(VERDICT, data))
        finally:
            journal.close()
        write_atomically(folder / VERDICT, data, make_folder=False)


class Store:
    """The files of one run. Each appears complete, by a rename, after its line in the manifest."""

    def __init__(self, folder: Path, plan: Plan, tell: Callable[[str], None], lock: FolderLock) -> None:
        """Open the manifest of a run, or create it.

        Raises:
            UserError: the folder holds the run of another plan, or cannot be written to.
        """
        self._folder, self._plan, self._tell, self._lock = folder, plan, tell, lock
        self._aside: Path | None = None
        manifest = _find(folder, plan)
        if manifest is None:
            self._set_all_aside()
            manifest = create_manifest(
                folder / NAME, ManifestHeader(manifest=VERSION, plan=plan.digest, declared_slices=plan.slices)
            )
        self.declared = manifest.begun.declared_slices
        self._found = inspect(folder, plan=plan.planned)
        if manifest.damage and not manifest.torn:
            self._move_aside(NAME, shutil.copyfile)
        self._journal = Journal(folder / NAME, manifest)

    def begin(self) -> None:
        """Begin the run, or set aside what is damaged of it and go on with the rest.

        Raises:
            UserError: the folder cannot be written to.
        """
        if self._found.undone:
            self._journal.write(self._found.undone)
        self._mend(self._found.damages)
        for name in (PLAN, RESULT, VERDICT, SLICES, NAME, HOLDER):
            remove_unfinished(self._folder, name)
        remove_unfinished(self._folder / TRIALS_FOLDER)
        self._journal.write(StatusChange.now("started"))
        self._keep_plan()

    def has(self, unit: WorkUnit) -> bool:
        kept = self._journal.files.get(shard_path(unit))
        return kept is not None and kept.unit == unit

    def write(self, unit: WorkUnit, trials: pa.Table, *, in_round: int | None = None) -> None:
        """Store the trials of a unit, which may replace those of an earlier time, of its round."""
        data = shard_of(trials, unit, plan=self._plan.digest)
        if before := self._journal.files.get(shard_path(unit)):
            in_round = in_round or before.round
        self._keep(FileRecord.of_shard(unit, data, rows=len(trials), in_round=in_round), data)

    def read(self, unit: WorkUnit) -> pa.Table:
        path = shard_path(unit)
        self._check_in_place()
        data = read_kept(self._folder, self._journal.files[path])
        where = str(self._folder / path)
        return trials_of(data, unit, self._plan.layout, plan=self._plan.digest, where=where)

    def first_of(self, model: str) -> pa.Table | None:
        """The trials of the first finished unit of a model, if there is one."""
        units = (kept.unit for kept in self._journal.files.values() if kept.unit and kept.unit.model == model)
        unit = next(units, None)
        return None if unit is None else self.read(unit)

    def trials(self, model: str) -> int:
        """How many of a model there are so far."""
        shards = (kept for kept in self._journal.files.values() if kept.unit and kept.unit.model == model)
        return sum(kept.rows or 0 for kept in shards)

    def finish(self, result: Result, units: Sequence[WorkUnit]) -> None:
        """Store the result of the trials of those units, and the status `finished`."""
        used = {shard_path(unit) for unit in units}
        for path in [path for path, kept in self._journal.files.items() if kept.unit and path not in used]:
            self._set_aside(path)  # of rounds that a model which answers otherwise went on to before
        if self._plan.slices:
            members = table_as_bytes(memberships(self._plan.examples, self._plan.slices))
            self._keep(FileRecord.of(SLICES, members), members)
        data = to_pretty_json(result.as_json())
        self._keep(FileRecord.of(RESULT, data), data)
        names = tuple(unit.name for unit in units) if self._plan.sequential_test else None
        self._journal.write(StatusChange.now("finished", units=names))

    def ended_by(self, error: BaseException) -> None:
        """Record why the run ended, if that can still be written."""
        failed = isinstance(error, Exception) and not isinstance(error, CallLimitReached)
        reason = str(error) if isinstance(error, RobustAuditError) else type(error).__name__
        with suppress(UserError, ModelError):
            self._check_in_place()
            self._journal.write(StatusChange.now("failed" if failed else "stopped", reason=reason))

    def close(self) -> None:
        self._journal.close()

    def _keep_plan(self) -> None:
        """Facts that no trial depends on, such as titles, are those of the latest start."""
        content = {"digest": self._plan.digest, **self._plan.as_json()}
        data = to_pretty_json(content | {"declared_slices": list(self.declared)})
        kept = FileRecord.of(PLAN, data)
        if self._journal.files.get(PLAN) != kept:
            self._keep(kept, data)

    def _keep(self, kept: FileRecord, data: bytes) -> None:
        self._check_in_place()
        self._journal.write(kept)
        path = self._folder / kept.path
        if kept.unit:
            with suppress(OSError):  # writing says why
                create_folder(path.parent)
        write_atomically(path, data, make_folder=False)

    def _check_in_place(self) -> None:
        if not self._journal.is_in_place():
            raise UserError(
                f"the run's folder {str(self._folder)!r} was deleted or moved while the run worked: "
                "start it again"
            )
        self._lock.check_held()

    def _mend(self, damages: Sequence[Damage]) -> None:
        for damage in damages:
            if damage.path == NAME:
                self._tell(f"{NAME} of run {str(self._folder)!r} {damage.what}: what it lacks is done again")
                continue
            self._set_aside(damage.path)
            where = f"set aside in {str(self._aside)!r} and " if self._aside else ""
            self._tell(f"{damage.path} of run {str(self._folder)!r} {damage.what}: {where}done again")

    def _set_aside(self, path: str) -> None:
        """Take a file out of the run, but delete nothing."""
        if os.path.lexists(self._folder / path):
            self._move_aside(path)
        if kept := self._journal.files.get(path):
            self._journal.write(replace(kept, sha256=None))

    def _set_all_aside(self) -> None:
        """Start from nothing if the manifest of this very run is missing."""
        for name in (PLAN, RESULT, VERDICT, SLICES, TRIALS_FOLDER, NAME):
            if os.path.lexists(self._folder / name):
                self._move_aside(name)
        if self._aside:
            self._tell(
                f"run {str(self._folder)!r} has no {NAME} of its own: what it holds is set aside in "
                f"{str(self._aside)!r} and done again"
            )

    def _move_aside(self, path: str, move: Callable[[Path, Path], object] = shutil.move) -> None:
        """The folder for everything that one start sets aside."""
        if self._aside is None:
            number = next(n for n in count(1) if not os.path.lexists(self._folder / ASIDE / str(n)))
            self._aside = self._folder / ASIDE / str(number)
        try:
            create_folder((self._aside / path).parent)
            move(self._folder / path, self._aside / path)
            for changed in (self._aside / path, self._folder / path):
                sync_folder(changed.parent)
        except OSError as error:
            raise UserError(
                f"cannot set {str(self._folder / path)!r} aside: {error.strerror or error}"
            ) from error


def _find(folder: Path, plan: Plan) -> Manifest | None:
    """The manifest of the plan's run; None if it has to be created.

    Raises:
        UserError: the folder holds the run of another plan, or something else.
    """
    manifest: Manifest | None = None
    with suppress(UserError):
        manifest = manifest_of(folder)
    if manifest and manifest.begun.plan == plan.digest:
        return manifest
    try:
        written = read_plan(
            read_bounded(folder / PLAN, "plan", most=MOST_BYTES[PLAN]), where=str(folder / PLAN)
        )
    except UserError as error:
        if manifest:
            begun = f"{PLAN} is damaged" if os.path.lexists(folder / PLAN) else "it has just begun"
            raise UserError(_another(folder, [begun])) from error
        others = [name for name in (PLAN, RESULT, NAME, TRIALS_FOLDER) if os.path.lexists(folder / name)]
        if NAME in others and _has_manifest(folder):  # another process has begun its run meanwhile
            return _find(folder, plan)
        if others:
            raise UserError(
                f"output folder {str(folder)!r} holds a {others[0]!r} of something else, "
                f"or of an earlier version: choose another {option('output')}"
            ) from error
        return None
    if written.digest != plan.digest:
        raise UserError(_another(folder, written.differences(plan.planned)))
    return None


def _has_manifest(folder: Path) -> bool:
    with suppress(UserError):
        return bool(manifest_of(folder))
    return False


def _another(folder: Path, why: Sequence[str]) -> str:
    return (
        f"output folder {str(folder)!r} holds the run of another plan ({'; '.join(why)}): "
        f"choose another {option('output')}"
    )
