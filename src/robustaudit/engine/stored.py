"""A run as its folder holds it, read back without the data and models that made it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from robustaudit.core.errors import UserError
from robustaudit.core.files import is_file, is_folder
from robustaudit.engine.result import Result, read_result
from robustaudit.engine.store import read_shard, read_slices

_NEEDED = ("robustaudit", "data", "examples", "trials", "seed", "models", "attacks")


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run's folder and its plan; docs/results-format.md says what each key and column means."""

    folder: Path
    plan: Mapping[str, Any]

    @property
    def result(self) -> Result | None:
        """What was found; None where the run is not finished.

        Raises:
            UserError: it cannot be read, or is of another schema.
        """
        return read_result(self.folder) if is_file(self.folder / "result.json") else None

    def shards(self) -> Iterator[pa.Table]:
        """The trials that are finished, shard by shard, sorted by name."""
        for path in sorted((self.folder / "trials").glob("*.parquet")):
            yield read_shard(path)

    def slices(self) -> pa.Table:
        """What each example has in the columns that the run is cut by: `example`, `column`, `value`."""
        return read_slices(self.folder)

    def trials(self) -> pa.Table:
        """All trials that are finished.

        Raises:
            UserError: there is none, or shards are of different versions.
        """
        shards = list(self.shards())
        if not shards:
            raise UserError(f"run {str(self.folder)!r} has no finished trials: start it again to go on")
        try:
            return pa.concat_tables(shards)
        except pa.ArrowInvalid as error:
            raise UserError(f"run {str(self.folder)!r} has shards of different versions: {error}") from error


def open_run(folder: Path) -> StoredRun:
    """The run that a folder holds.

    Raises:
        UserError: there is no such folder, or no plan in it that can be read.
    """
    if not is_folder(folder):
        raise UserError(f"run {str(folder)!r} does not exist: give a run's folder, such as reports/tiny-…")
    path = folder / "plan.json"
    if not is_file(path):
        raise UserError(f"folder {str(folder)!r} holds no run: it has no plan.json")
    plan = _read_plan(path)
    if missing := [key for key in _NEEDED if key not in plan]:
        raise UserError(f"{str(path)!r} is no plan of a run: it lacks {', '.join(missing)}")
    return StoredRun(folder, plan)


def _read_plan(path: Path) -> Mapping[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{str(path)!r} cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise UserError(f"{str(path)!r} cannot be read: it holds no JSON object")
    return content
