"""Examples from a CSV, JSON Lines or Parquet file with the columns `text` and `label`."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from robustaudit.core.errors import UserError
from robustaudit.core.records import Example
from robustaudit.datasets.dataset import Dataset, check_unique, content_id

Row = tuple[str, dict[str, Any]]  # where the row stands, for messages, and what it says


def load_file(path: Path) -> Dataset:
    """The examples of a file; `id` and `group` are columns too, or the text's hash and the example itself."""
    if not path.is_file():
        raise UserError(f"data file {str(path)!r} does not exist")
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise UserError(f"data file {str(path)!r} must end in {', '.join(_READERS)}")
    try:
        examples = tuple(_examples(reader(path), str(path)))
    except (UnicodeDecodeError, csv.Error, pa.ArrowInvalid) as error:
        raise UserError(f"data file {str(path)!r} cannot be read: {error}") from error
    if not examples:
        raise UserError(f"data file {str(path)!r} holds no examples")
    check_unique(examples, str(path))
    return Dataset(path.name, examples)


def _examples(rows: Iterable[Row], name: str) -> Iterator[Example]:
    seen: dict[str, int] = {}
    for where, row in rows:
        for column in ("text", "label"):
            if row.get(column) is None:
                raise UserError(f"data file {name!r}, {where}: column {column!r} is missing")
        text, label = row["text"], _label(row["label"], name, where)
        if not isinstance(text, str):
            raise UserError(f"data file {name!r}, {where}: text must be a string, got {text!r}")
        identity = str(row["id"]) if row.get("id") is not None else _next_id(text, seen)
        yield Example(identity, text, label, str(row["group"]) if row.get("group") is not None else identity)


def _next_id(text: str, seen: dict[str, int]) -> str:
    """A text that stands in the data again is an example again."""
    identity = content_id(text)
    seen[identity] = seen.get(identity, 0) + 1
    return identity if seen[identity] == 1 else f"{identity}-{seen[identity]}"


def _label(value: object, name: str, where: str) -> int:
    try:
        label = int(str(value))
    except ValueError:
        label = -1
    if label < 0:
        raise UserError(f"data file {name!r}, {where}: label must be a whole number from 0, got {value!r}")
    return label


def _read_csv(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream, strict=True)
        for row in reader:
            yield f"line {reader.line_num}", row


def _read_jsonl(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig") as stream:
        for number, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                raise UserError(f"data file {str(path)!r}, line {number}: not JSON: {error}") from error
            if not isinstance(row, dict):
                raise UserError(f"data file {str(path)!r}, line {number}: must be a JSON object, got {row!r}")
            yield f"line {number}", row


def _read_parquet(path: Path) -> Iterator[Row]:
    for number, row in enumerate(pq.read_table(path).to_pylist(), start=1):
        yield f"row {number}", row


_READERS: dict[str, Callable[[Path], Iterator[Row]]] = {
    ".csv": _read_csv,
    ".jsonl": _read_jsonl,
    ".parquet": _read_parquet,
}
