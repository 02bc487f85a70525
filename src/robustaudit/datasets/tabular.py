"""Examples from a CSV, JSON Lines or Parquet file with the columns `text` and `label`."""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from robustaudit.core.errors import UserError
from robustaudit.core.files import is_file, is_folder
from robustaudit.core.records import Example
from robustaudit.core.validation import check_unicode
from robustaudit.datasets.dataset import Dataset, check_unique, content_id

_WHOLE = re.compile(r"[0-9]{1,9}(\.0*)?")

Row = tuple[str, dict[str, Any]]  # where the row stands, for messages, and what it says


def load_file(path: Path) -> Dataset:
    """The examples of a file; `id` and `group` are columns too, or the text's hash and the example itself."""
    check_unicode("the name of the data", str(path))
    if not is_file(path):
        what = "is a folder" if is_folder(path) else "does not exist"
        raise UserError(f"data file {str(path)!r} {what}")
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise UserError(f"data file {str(path)!r} must end in {', '.join(_READERS)}")
    try:
        examples = tuple(_examples(reader(path), str(path)))
    except (UnicodeDecodeError, csv.Error, pa.ArrowException, OSError) as error:
        reason = " ".join(str(error).split())
        raise UserError(f"data file {str(path)!r} cannot be read: {reason}") from error
    if not examples:
        raise UserError(f"data file {str(path)!r} holds no examples")
    check_unique(examples, str(path))
    return Dataset(path.name, examples)


def _examples(rows: Iterable[Row], name: str) -> Iterator[Example]:
    seen: dict[str, int] = {}
    for where, row in rows:
        place = f"data file {name!r}, {where}"
        for column in ("text", "label"):
            if row.get(column) is None:
                raise UserError(f"{place}: column {column!r} is missing")
        text, label = row["text"], _label(row["label"], place)
        if not isinstance(text, str):
            raise UserError(f"{place}: text must be a string, got {text!r}")
        check_unicode(f"{place}: text", text)
        identity = _given(row, "id", place) or _next_id(text, seen)
        yield Example(identity, text, label, _given(row, "group", place) or identity)


def _given(row: dict[str, Any], column: str, place: str) -> str:
    """What a row has in a column that need not be there; CSV leaves a field blank for nothing."""
    value = row.get(column)
    return "" if value is None else check_unicode(f"{place}: {column}", str(value))


def _next_id(text: str, seen: dict[str, int]) -> str:
    """A text that stands in the data again is an example again."""
    identity = content_id(text)
    seen[identity] = seen.get(identity, 0) + 1
    return identity if seen[identity] == 1 else f"{identity}-{seen[identity]}"


def _label(value: object, place: str) -> int:
    # `1.0` and `true` are how spreadsheets, data frames and JSON write a 1.
    given = str(int(value)) if isinstance(value, bool) else str(value).strip()
    if not _WHOLE.fullmatch(given):
        raise UserError(f"{place}: label must be a whole number from 0, got {value!r}")
    return int(float(given))


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
    for number, row in enumerate(pq.ParquetFile(path).read().to_pylist(), start=1):
        yield f"row {number}", row


_READERS: dict[str, Callable[[Path], Iterator[Row]]] = {
    ".csv": _read_csv,
    ".jsonl": _read_jsonl,
    ".parquet": _read_parquet,
}
