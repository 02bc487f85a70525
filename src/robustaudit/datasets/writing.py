"""Tables written as files that `load` reads back the same: CSV, TSV, JSON Lines and Parquet."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from robustaudit.core.errors import UserError
from robustaudit.core.validation import check_known
from robustaudit.datasets.fields import LONGEST_FIELD


def format_of(path: Path) -> str:
    """The format that a file's name asks for.

    Raises:
        UserError: it has no such ending.
    """
    if not (form := path.suffix.removeprefix(".").lower()):
        raise UserError(f"output {str(path)!r} must end in one of .{', .'.join(WRITERS)}")
    return check_known(f"format of output {str(path)!r}:", form, WRITERS)


def _delimited(table: pa.Table, delimiter: str) -> bytes:
    """Delimited fields in UTF-8 with the line ends of RFC 4180, so that line breaks in fields are quoted."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter)
    writer.writerow(table.column_names)
    columns = (
        [_field(value, name, row) for row, value in enumerate(table[name].to_pylist(), start=1)]
        for name in table.column_names
    )
    writer.writerows(zip(*columns, strict=True))
    return stream.getvalue().encode()


def _field(value: object, column: str, row: int) -> object:
    if isinstance(value, str) and (len(value) > LONGEST_FIELD or "\0" in value):
        what = "a zero byte" if "\0" in value else f"more than {LONGEST_FIELD:,} characters"
        where = f"row {row}, column {column!r}"
        raise UserError(f"{where} has {what}, which no delimited file may have: write .jsonl or .parquet")
    return value


def _json_lines(table: pa.Table) -> bytes:
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in table.to_pylist()).encode()


def _parquet(table: pa.Table) -> bytes:
    stream = io.BytesIO()
    pq.write_table(table, stream, compression="zstd")
    return stream.getvalue()


WRITERS: Mapping[str, Callable[[pa.Table], bytes]] = {
    "csv": lambda table: _delimited(table, ","),
    "tsv": lambda table: _delimited(table, "\t"),
    "jsonl": _json_lines,
    "parquet": _parquet,
}
"""How a table is written, by the ending of the file's name."""
