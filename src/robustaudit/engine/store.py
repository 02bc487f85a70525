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
from robustaudit.core.files import check_writable, write_atomically
from robustaudit.engine.plan import Plan, Unit
from robustaudit.engine.trials import TRIALS


class Store:
    """The files of one run; whatever is in the folder is whole, since each file appears by a rename."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        """Claim the folder for a plan.

        Raises:
            UserError: it cannot be written to, or holds the run of another plan.
        """
        self.folder = folder
        check_writable(folder)
        _check_ours(folder, plan)
        check_writable(folder / "trials")
        self.declared = _declared(folder, plan)
        content = {"digest": plan.digest, **plan.as_json(), "declared_slices": list(self.declared)}
        self._write_json("plan.json", content)

    def has(self, unit: Unit) -> bool:
        return self._shard(unit).exists()

    def write(self, unit: Unit, trials: pa.Table) -> None:
        buffer = io.BytesIO()
        pq.write_table(trials, buffer, compression="zstd")
        write_atomically(self._shard(unit), buffer.getvalue())

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
        self._write_json("result.json", result)

    def _shard(self, unit: Unit) -> Path:
        return self.folder / "trials" / f"{unit.name}.parquet"

    def _write_json(self, name: str, content: dict[str, Any]) -> None:
        text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        write_atomically(self.folder / name, text.encode("utf-8"))


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


def _check_ours(folder: Path, plan: Plan) -> None:
    written = folder / "plan.json"
    others = [name for name in ("result.json", "trials") if (folder / name).exists()]
    if others and not written.exists():
        raise UserError(
            f"output folder {str(folder)!r} holds a {others[0]!r} of something else: choose another --output"
        )
    if written.exists() and _content(written).get("digest") != plan.digest:
        raise UserError(
            f"output folder {str(folder)!r} holds the run of another plan: choose another --output"
        )


def _declared(folder: Path, plan: Plan) -> tuple[str, ...]:
    """The columns of slices that were asked for when the run began: not those of a later start."""
    written = folder / "plan.json"
    return tuple(_content(written).get("declared_slices", ())) if written.exists() else plan.slices


def _content(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
