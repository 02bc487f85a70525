"""A run as its folder holds it, read back without the data and models that made it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from robustaudit.core.errors import UserError
from robustaudit.engine.manifest import SLICES, Manifest
from robustaudit.engine.planned import Planned
from robustaudit.engine.result import Result
from robustaudit.engine.shards import table_from, trials_of
from robustaudit.engine.slices import MEMBERSHIPS
from robustaudit.engine.wholeness import Damage, DamagedRunError, inspect, read_kept


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run that is whole; docs/results-format.md says what each key and column means.

    `result` is None where the run is not finished. `passed_over` is what is not as it was written of files
    that the reader is about to make anew.
    """

    folder: Path
    planned: Planned
    result: Result | None
    manifest: Manifest = field(repr=False)
    passed_over: tuple[Damage, ...] = ()

    @property
    def plan(self) -> Mapping[str, Any]:
        """The plan as `plan.json` has it."""
        return self.planned.as_json()

    @property
    def ended(self) -> datetime:
        """When it came to its latest status."""
        turn = self.manifest.turn
        return turn.at if turn else datetime.fromtimestamp(0, tz=UTC)

    def finished(self) -> Result:
        """What was found.

        Raises:
            UserError: the run is not finished.
        """
        if self.result is None:
            raise UserError(f"run {str(self.folder)!r} is not finished: start it again to go on")
        return self.result

    def shards(self) -> Iterator[pa.Table]:
        """The trials that are finished, shard by shard, sorted by name.

        Raises:
            UserError: a shard is not as it was written, or not one of its unit.
        """
        for path in sorted(self.manifest.files):
            if self.manifest.files[path].unit and (self.folder / path).exists():
                yield self.shard(path)

    def shard(self, path: str) -> pa.Table:
        """The trials of one shard.

        Raises:
            UserError: it is not as it was written, or not one of its unit.
        """
        kept, plan = self.manifest.files[path], self.manifest.begun.plan
        if kept.unit is None:
            raise UserError(f"{path!r} is no shard")
        data = read_kept(self.folder, kept)
        return trials_of(data, kept.unit, self.planned.layout, plan=plan, where=str(self.folder / path))

    def trials(self) -> pa.Table:
        """All trials that are finished.

        Raises:
            UserError: there is none, or a shard is not as it was written.
        """
        shards = list(self.shards())
        if not shards:
            raise UserError(f"run {str(self.folder)!r} has no finished trials: start it again to go on")
        return pa.concat_tables(shards).replace_schema_metadata(None)

    def slices(self) -> pa.Table:
        """What each example has in the columns that the run is cut by: `example`, `column`, `value`."""
        data = self.read(SLICES)
        if data is None:
            return MEMBERSHIPS.empty_table()
        return table_from(data, MEMBERSHIPS, where=str(self.folder / SLICES))

    def read(self, path: str) -> bytes | None:
        """A file as it was written; None where the run has none.

        Raises:
            UserError: it is another now.
        """
        kept = self.manifest.files.get(path)
        return None if kept is None else read_kept(self.folder, kept)


def open_run(folder: Path, *, anew: Sequence[str] = ()) -> StoredRun:
    """The run that a folder holds, each file of which is as it was written; `anew` are those not needed.

    Raises:
        UserError: there is no such folder, no run in it, or one that is damaged.
    """
    found = inspect(folder)
    passed_over = tuple(damage for damage in found.damages if damage.path in anew)
    damages = [damage for damage in found.damages if damage.path not in anew]
    if damages or found.plan is None:
        raise DamagedRunError(folder, damages)
    return StoredRun(folder, found.plan, found.result, found.manifest, passed_over)


def read_result(folder: Path) -> Result:
    """The result of a finished run, from its folder.

    Raises:
        UserError: there is none, or it is damaged.
    """
    return open_run(folder).finished()
