"""The folder of a sweep: its plan, its examples, and one Parquet shard for each finished unit."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import pyarrow as pa

from robustaudit.core.documents import parse_json_object, read_bounded, to_pretty_json
from robustaudit.core.errors import UserError
from robustaudit.core.files import check_writable, create_folder, remove_unfinished, write_atomically
from robustaudit.core.records import Example
from robustaudit.core.spelling import option
from robustaudit.runs.folder_lock import locked
from robustaudit.runs.manifest import NAME as MANIFEST
from robustaudit.runs.plan_record import WorkUnit
from robustaudit.runs.trials_table import table_as_bytes, table_from
from robustaudit.worst_case.sweep_plan import SweepPlan, SweepRecord

_COLUMNS: dict[str, pa.DataType] = {
    "example": pa.int32(),
    "attack": pa.int16(),
    "part": pa.int16(),
    "start": pa.int32(),
    "stop": pa.int32(),
    "site_start": pa.int32(),
    "site_stop": pa.int32(),
    "replacement": pa.string(),
    "prediction": pa.int32(),
    "margin": pa.float64(),
    "probability": pa.float64(),
    "error": pa.string(),
}
SWEEP = pa.schema(_COLUMNS)
"""The predictions of a model, one text a row: docs/worst-case.md explains each column."""

_OF_EXAMPLES: dict[str, pa.DataType] = {
    "id": pa.string(),
    "text": pa.string(),
    "label": pa.int64(),
    "group": pa.string(),
}
EXAMPLES = pa.schema(_OF_EXAMPLES)

RECORD, EXAMPLES_FILE, SHARDS = "sweep.json", "examples.parquet", "edits"
_ASIDE = "set-aside"
_MOST_BYTES = 2**26
_PLAN, _UNIT = b"plan", b"unit"


@contextmanager
def claim_sweep_folder(
    folder: Path, sweep: SweepPlan, *, tell: Callable[[str], None] = lambda _: None
) -> Iterator["SweepStore"]:
    """The folder of a sweep, locked while this process works there; damaged shards are reported.

    Raises:
        UserError: it cannot be written to, is in use, or holds something else.
    """
    check_writable(folder)
    _check_own(folder, sweep.record)
    place = folder.absolute()  # a model may change the working folder
    with locked(place) as lock:
        store = SweepStore(place, sweep.record, tell)
        store.begin(sweep.plan.examples)
        yield store
        if not lock.is_held():
            raise UserError(f"sweep {str(folder)!r} was taken over by another process: start it again")


class SweepStore:
    """The files of one sweep; each appears complete, by a rename."""

    def __init__(self, folder: Path, record: SweepRecord, tell: Callable[[str], None]) -> None:
        self._folder, self._record, self._tell = folder, record, tell
        self._aside: Path | None = None

    def begin(self, examples: tuple[Example, ...]) -> None:
        """Write plan and examples, and set aside what is damaged of an earlier start."""
        create_folder(self._folder / SHARDS)
        for folder in (self._folder, self._folder / SHARDS):
            remove_unfinished(folder)
        columns = {name: [getattr(each, name) for each in examples] for name in EXAMPLES.names}
        write_atomically(self._folder / EXAMPLES_FILE, table_as_bytes(pa.table(columns, schema=EXAMPLES)))
        write_atomically(self._folder / RECORD, to_pretty_json(self._record.as_json()))

    def has(self, unit: WorkUnit) -> bool:
        """Whether the shard of a unit is there and intact; a damaged one is set aside."""
        path = shard_of_unit(self._folder, unit)
        if not os.path.lexists(path):
            return False
        try:
            read_shard(self._folder, unit, self._record)
        except UserError as error:
            self._set_aside(path)
            self._tell(f"{error}: set aside in {str(self._aside)!r} and done again")
            return False
        return True

    def write(self, unit: WorkUnit, table: pa.Table) -> None:
        """Store the predictions of a unit.

        Raises:
            UserError: it cannot be written, or the folder is gone.
        """
        path = shard_of_unit(self._folder, unit)
        if not (self._folder / RECORD).exists():
            raise UserError(
                f"the sweep's folder {str(self._folder)!r} was deleted or moved: start the command again"
            )
        said = table.schema.metadata or {}
        whose = {_PLAN: self._record.digest.encode(), _UNIT: unit.name.encode()}
        write_atomically(path, table_as_bytes(table.replace_schema_metadata(said | whose)))

    def _set_aside(self, path: Path) -> None:
        if self._aside is None:
            number = next(n for n in count(1) if not os.path.lexists(self._folder / _ASIDE / str(n)))
            self._aside = self._folder / _ASIDE / str(number)
        try:
            create_folder(self._aside)
            path.rename(self._aside / path.name)
        except OSError as error:
            raise UserError(f"cannot set {str(path)!r} aside: {error.strerror or error}") from error


def shard_of_unit(folder: Path, unit: WorkUnit) -> Path:
    """Where the predictions of a unit lie in the folder of their sweep."""
    return folder / SHARDS / f"{unit.name}.parquet"


def read_shard(folder: Path, unit: WorkUnit, record: SweepRecord) -> pa.Table:
    """The predictions of a unit.

    Raises:
        UserError: they cannot be read, or are of another sweep or unit.
    """
    path = shard_of_unit(folder, unit)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"{str(path)!r} cannot be read: {error.strerror or error}") from error
    table = table_from(data, SWEEP, where=str(path))
    said = table.schema.metadata or {}
    if said.get(_PLAN) != record.digest.encode() or said.get(_UNIT) != unit.name.encode():
        raise UserError(f"{path} is a shard of another sweep or unit")
    return table


def read_record(folder: Path) -> SweepRecord:
    """The plan of the sweep in a folder.

    Raises:
        UserError: there is none, or it cannot be read.
    """
    path = folder / RECORD
    content = parse_json_object(read_bounded(path, "sweep", most=_MOST_BYTES), RECORD)
    return SweepRecord.read(content, where=RECORD)


def read_examples(folder: Path) -> tuple[Example, ...]:
    """The examples of the sweep in a folder, in the order of its plan.

    Raises:
        UserError: they cannot be read.
    """
    path = folder / EXAMPLES_FILE
    try:
        table = table_from(path.read_bytes(), EXAMPLES, where=str(path))
    except OSError as error:
        raise UserError(f"{str(path)!r} cannot be read: {error.strerror or error}") from error
    return tuple(Example(**row) for row in table.to_pylist())


def _check_own(folder: Path, record: SweepRecord) -> None:
    """Refuse a folder that holds a run, or the sweep of another plan."""
    another = f"choose another {option('output')}"
    if os.path.lexists(folder / MANIFEST):
        raise UserError(f"output folder {str(folder)!r} holds a run: {another}")
    if not os.path.lexists(folder / RECORD):
        return
    found: SweepRecord | None = None
    with suppress(UserError):
        found = read_record(folder)
    if found is not None and found.digest == record.digest:
        return
    why = "a damaged sweep.json" if found is None else "the sweep of another plan"
    differences = found.plan.differences(record.plan) if found else []
    details = f" ({'; '.join(differences)})" if differences else ""
    raise UserError(f"output folder {str(folder)!r} holds {why}{details}: {another}")
