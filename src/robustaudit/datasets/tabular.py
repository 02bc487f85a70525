"""Examples from a CSV, JSON Lines or Parquet file."""

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from robustaudit.core.errors import UserError
from robustaudit.core.files import is_file, is_folder
from robustaudit.core.validation import check_unicode
from robustaudit.datasets.dataset import Dataset, check_unique
from robustaudit.datasets.reading import USUAL, Reading
from robustaudit.datasets.rows import Row, examples_of


def load_file(path: Path, reading: Reading = USUAL) -> Dataset:
    """The examples of a file, one for each row."""
    check_unicode("the name of the data", str(path))
    if not is_file(path):
        what = "is a folder" if is_folder(path) else "does not exist"
        raise UserError(f"data file {str(path)!r} {what}")
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise UserError(f"data file {str(path)!r} must end in {', '.join(_READERS)}")
    try:
        examples = tuple(examples_of(reader(path), reading, source=f"data file {str(path)!r}"))
    except (UnicodeDecodeError, csv.Error, pa.ArrowException, OSError) as error:
        reason = " ".join(str(error).split())
        raise UserError(f"data file {str(path)!r} cannot be read: {reason}") from error
    if not examples:
        raise UserError(f"data file {str(path)!r} holds no examples")
    check_unique(examples, str(path))
    return Dataset(path.name, examples, options=reading.options())


def _read_csv(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream, strict=True)
        for row in reader:
            where = f"line {reader.line_num}"
            if None in row:
                # Not passed over: it is what a comma without quotes cut off a text.
                raise UserError(f"data file {str(path)!r}, {where}: more fields than the header has")
            yield where, row


def _read_jsonl(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig") as stream:
        for number, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise UserError(f"data file {str(path)!r}, line {number}: not JSON: {error}") from error
            if not isinstance(row, dict):
                raise UserError(f"data file {str(path)!r}, line {number}: must be a JSON object, got {row!r}")
            yield f"line {number}", row


def _read_parquet(path: Path) -> Iterator[Row]:
    table = pq.ParquetFile(path)
    rows = (row for batch in table.iter_batches() for row in batch.to_pylist())
    for number, row in enumerate(rows, start=1):
        yield f"row {number}", row


_READERS: dict[str, Callable[[Path], Iterator[Row]]] = {
    ".csv": _read_csv,
    ".jsonl": _read_jsonl,
    ".parquet": _read_parquet,
}
