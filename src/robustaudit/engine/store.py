"""The folder of a run: its plan, one immutable shard for each finished unit, its result."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from robustaudit.core.errors import UserError
from robustaudit.core.files import check_writable, is_file, write_atomically, write_first
from robustaudit.engine.plan import Plan, Unit
from robustaudit.engine.slices import MEMBERSHIPS
from robustaudit.engine.trials import TRIALS

SLICES = "slices.parquet"


class Store:
    """The files of one run; whatever is in the folder is whole, since each file appears by a rename."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        """Claim the folder for a plan.

        Raises:
            UserError: it cannot be written to, or holds the run of another plan.
        """
        self.folder = folder
        check_writable(folder)
        _check_free(folder)
        self.declared = _claim(folder / "plan.json", plan)
        check_writable(folder / "trials")

    def has(self, unit: Unit) -> bool:
        return self._shard(unit).exists()

    def write(self, unit: Unit, trials: pa.Table) -> None:
        _write_table(self._shard(unit), trials)

    def write_slices(self, members: pa.Table) -> None:
        _write_table(self.folder / SLICES, members)

    def read(self, unit: Unit) -> pa.Table:
        return read_shard(self._shard(unit))

    def trials(self) -> int:
        """How many there are so far."""
        number = 0
        for path in (self.folder / "trials").glob("*.parquet"):
            with _naming(path):
                number += pq.read_metadata(path).num_rows
        return number

    def write_result(self, result: dict[str, Any]) -> None:
        write_atomically(self.folder / "result.json", _as_json(result))

    def _shard(self, unit: Unit) -> Path:
        return self.folder / "trials" / f"{unit.name}.parquet"


def _write_table(path: Path, table: pa.Table) -> None:
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    write_atomically(path, buffer.getvalue())


def read_slices(folder: Path) -> pa.Table:
    """What each example of a run has in the columns that it is cut by; nothing where it is cut by none.

    Raises:
        UserError: it cannot be read.
    """
    path = folder / SLICES
    if not is_file(path):
        return MEMBERSHIPS.empty_table()
    with _naming(path):
        return pq.ParquetFile(path).read(columns=MEMBERSHIPS.names)


def read_shard(path: Path) -> pa.Table:
    """The trials of one shard.

    Raises:
        UserError: it cannot be read.
    """
    with _naming(path):
        trials = pq.ParquetFile(path).read()  # `read_table` would make columns of folders named `a=b`
    if trials.column_names != TRIALS.names:
        raise UserError(f"shard {str(path)!r} is of another version: delete it and run again")
    return trials


@contextmanager
def _naming(shard: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, pa.ArrowInvalid) as error:
        raise UserError(f"shard {str(shard)!r} cannot be read: delete it and run again ({error})") from error


def _check_free(folder: Path) -> None:
    """A run's plan is written before anything else of it."""
    others = [name for name in ("result.json", "trials") if (folder / name).exists()]
    if others and not (folder / "plan.json").exists():
        raise UserError(
            f"output folder {str(folder)!r} holds a {others[0]!r} of something else: choose another --output"
        )


def _claim(path: Path, plan: Plan) -> tuple[str, ...]:
    """Write the plan, or find it there: the slices asked for when the run began, not at a later start.

    Raises:
        UserError: another plan is there; also one that was started at the same moment.
    """
    content = {"digest": plan.digest, **plan.as_json(), "declared_slices": list(plan.slices)}
    if not path.exists() and write_first(path, _as_json(content)):
        return plan.slices
    written = _content(path)
    if written.get("digest") != plan.digest:
        raise UserError(
            f"output folder {str(path.parent)!r} holds the run of another plan: choose another --output"
        )
    declared = tuple(written.get("declared_slices", ()))
    write_atomically(path, _as_json(content | {"declared_slices": list(declared)}))
    return declared


def _as_json(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _content(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
