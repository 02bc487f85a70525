"""Parquet files, folders of `save_to_disk`, and data frames, read as batches of Arrow."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from robustaudit.core.display import short_repr
from robustaudit.core.errors import UserError
from robustaudit.core.spelling import option
from robustaudit.datasets.encodings import check_file_type
from robustaudit.datasets.locations import open_local
from robustaudit.datasets.table import MEGABYTE, InvalidRow, SizeLimit, Table, TableRow

_MOST_ROWS = 4096
_BYTES_AT_ONCE = 64 * MEGABYTE
_HEADER = 16  # bytes that hold the first numbers of a page's header
_NUMBER = b"\x15"  # what stands before a number that is the next field (Thrift's compact protocol)
_DATA, _DICTIONARY = (0, 3), 2  # types of pages


def batches(
    file: pq.ParquetFile, stream: BinaryIO, columns: Collection[str], limit: SizeLimit
) -> Iterator[pa.RecordBatch]:
    """Batches of a Parquet file that fit into memory even if each row has the longest value of a dictionary.

    Raises:
        InvalidRow: its pages alone are larger than the size limit.
    """
    groups = range(file.num_row_groups)
    replace(limit).spend(sum(file.metadata.row_group(group).total_byte_size for group in groups))
    for group in groups:
        # pyarrow ends the process when asked for damaged metadata of a chunk; reading one row first raises an
        # error instead.
        if next(file.iter_batches(1, [group], list(columns)), None) is not None:
            at_once = rows_at_once(stream, file.metadata, group, columns)
            yield from file.iter_batches(at_once, [group], list(columns))


def rows_at_once(stream: BinaryIO, metadata: pq.FileMetaData, group: int, columns: Collection[str]) -> int:
    """How many rows of a group to unpack at once if each may have the longest value of a dictionary."""
    chunks = [metadata.row_group(group).column(place) for place in _places(metadata, columns)]
    return max(1, min(_MOST_ROWS, _BYTES_AT_ONCE // max([1, *(_longest(stream, chunk) for chunk in chunks)])))


def _places(metadata: pq.FileMetaData, columns: Collection[str]) -> list[int]:
    """The indices of the leaves of these columns."""
    paths = [metadata.schema.column(place).path for place in range(metadata.num_columns)]
    within = tuple(f"{name}." for name in columns)
    return [place for place, path in enumerate(paths) if path in columns or path.startswith(within)]


def _longest(stream: BinaryIO, chunk: pq.ColumnChunkMetaData) -> int:
    """An upper bound of the bytes of a value that is stored once and may be repeated by rows."""
    if any(encoding.startswith("DELTA") for encoding in chunk.encodings):
        return chunk.total_uncompressed_size
    begins = [place for place in (chunk.dictionary_page_offset, chunk.data_page_offset) if place]
    stream.seek(min(begins, default=0))
    kind, size = _numbers(stream.read(_HEADER))
    if kind in _DATA:
        return 0
    return size if kind == _DICTIONARY else chunk.total_uncompressed_size


def _numbers(header: bytes) -> tuple[int | None, int]:
    """The page type and the unpacked size, which begin the header of a page; (None, 0) if they do not."""
    found: list[int] = []
    place = 0
    while len(found) < 2 and header[place : place + 1] == _NUMBER:  # noqa: PLR2004
        number = shift = 0
        place += 1
        while place < len(header):
            byte = header[place]
            number, shift, place = number | (byte & 0x7F) << shift, shift + 7, place + 1
            if byte < 0x80:  # noqa: PLR2004  (the last of a number)
                found.append(number >> 1 ^ -(number & 1))
                break
    return (found[0], found[1]) if len(found) == 2 and found[1] >= 0 else (None, 0)  # noqa: PLR2004


_MAGIC = b"PAR1"
_AT_ONCE = 4096  # rows
_LARGE = 64 * MEGABYTE  # bytes that rows may take at once, where a dictionary is written out
_HEAD = 64  # bytes that show what a file is
_SAVED = "state.json"  # in the folder of each split that was saved
_INDEX = "__index_level_"  # what pandas calls its index among the columns

Wanted = Callable[[Sequence[str]], list[str]]


def parquet(stream: BinaryIO, wanted: Wanted, most: int | None = None) -> Table:
    """The table of a Parquet file of at most `most` bytes; only the `wanted` columns are read."""
    size = check_parquet(stream)
    stream.seek(0)
    file = pq.ParquetFile(stream)
    schema = file.schema_arrow
    names = schema_names(schema)
    columns = wanted(names)
    limit = SizeLimit(most, size)
    rows = rows_of_batches(batches(file, stream, columns, limit), limit)
    return Table(rows=rows, names=tuple(names), format="Parquet", classes=schema_classes(schema))


def table_of_frame(data: Any, wanted: Wanted) -> Table:  # noqa: ANN401  (of whatever library)
    """The table of a data frame, by the Arrow C stream interface."""
    given = [] if isinstance(data, pa.Table | pa.RecordBatch) else list(getattr(data, "columns", ()))
    _unique(map(str, given))
    named = all(isinstance(name, str) for name in given)
    if given and named:
        data = data[wanted(given)]  # others may hold what Arrow does not know
    try:
        reader = pa.RecordBatchReader.from_stream(data) if named else None
    except (pa.ArrowException, ValueError, TypeError, OverflowError) as error:
        if not given:
            kind = type(data).__name__
            raise UserError(
                f"data must have columns of texts and labels, got a {kind}: give a frame"
            ) from error
        reader = None
    if reader is None:  # values or names of several types: read row by row, to report where
        return Table(rows=_in_python(data), names=tuple(map(str, data.columns)), format="a data frame")
    names = [name for name in schema_names(reader.schema) if not name.startswith(_INDEX)]
    columns = wanted(names)
    selected = (whole.select(columns) for whole in reader)
    classes = schema_classes(reader.schema)
    return Table(rows=rows_of_batches(selected), names=tuple(names), format="a data frame", classes=classes)


def _in_python(data: Any) -> Iterator[TableRow]:  # noqa: ANN401  (of whatever library)
    for number, row in enumerate(zip(*(data[name] for name in data.columns), strict=True), start=1):
        yield f"row {number}", dict(zip(map(str, data.columns), row, strict=True))


def check_parquet(stream: BinaryIO) -> int:
    """Return the size of a Parquet file; refuse other and truncated files."""
    stream.seek(0)
    begins = stream.read(len(_MAGIC))
    if begins != _MAGIC:
        check_file_type(begins + stream.read(_HEAD))
        what = f"not Parquet, which begins with {_MAGIC!r}, but {begins!r}: give {option('data_format')}"
        raise InvalidRow("byte 1", what, broken=True)
    end = stream.seek(0, 2)
    stream.seek(max(0, end - len(_MAGIC)))
    if stream.read() != _MAGIC or end < 3 * len(_MAGIC):
        raise InvalidRow("its end", "the file is truncated: fetch or write it again", broken=True)
    return end


def saved_splits(folder: Path) -> dict[str, Path]:
    """The folders of the splits of `save_to_disk`; a single data set is `train`."""
    if (folder / _SAVED).is_file():
        return {"train": folder}
    known = folder / "dataset_dict.json"
    if not known.is_file():
        return {}
    with _as_saved(known):
        splits = json.loads(known.read_text(encoding="utf-8"))["splits"]
        return {str(name): folder / str(name) for name in splits}


def open_saved(folder: Path, wanted: Wanted) -> Table:
    """The table of one split of `save_to_disk`."""
    with _as_saved(folder / _SAVED), _file(folder / _SAVED) as stream:
        state = json.loads(stream.read())
        files = [folder / Path(file["filename"]).name for file in state["_data_files"]]
        with _file(files[0]) as first:
            schema = pa.ipc.open_stream(first).schema
    names = schema_names(schema)
    rows = rows_of_batches(_batches(files, wanted(names)))
    return Table(rows=rows, names=tuple(names), format="a saved data set", classes=schema_classes(schema))


def _file(path: Path) -> AbstractContextManager[BufferedReader]:
    return open_local(path, f"file {short_repr(str(path))}")


@contextmanager
def _as_saved(path: Path) -> Iterator[None]:
    try:
        yield
    except UserError:
        raise
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise InvalidRow(
            f"file {short_repr(path.name)}", "not as save_to_disk writes it", broken=True
        ) from error


def parquet_files(files: Sequence[Path], wanted: Wanted, most: int | None = None) -> Table:
    """One table of several Parquet files with the same columns."""
    first = _schema(files[0])
    names = schema_names(first)
    for file in files[1:]:
        if schema_names(_schema(file)) != names:
            raise InvalidRow(
                f"file {short_repr(file.name)}", f"other columns than {files[0].name} has", broken=True
            )
    rows = _of_files(files, wanted, most)
    return Table(rows=rows, names=tuple(names), format="Parquet", classes=schema_classes(first))


def _schema(file: Path) -> pa.Schema:
    with _file(file) as stream:
        check_parquet(stream)
        stream.seek(0)
        return pq.read_schema(stream)


def _of_files(files: Sequence[Path], wanted: Wanted, most: int | None) -> Iterator[TableRow]:
    for file in files:
        with _file(file) as stream:
            for row in parquet(stream, wanted, most).rows:
                yield row if isinstance(row, InvalidRow) else (f"{file.name} {row[0]}", row[1])


def _batches(files: Sequence[Path], columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    for file in files:
        with _file(file) as stream:
            for whole in pa.ipc.open_stream(stream):
                yield whole.select(list(columns))


def _cut(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """Split a batch: it may have any size, and dictionary values that are repeated often."""
    coded = [column for column in batch.columns if isinstance(column, pa.DictionaryArray)]
    longest = max([1, *(column.dictionary.nbytes for column in coded)])
    at_once = max(1, min(_AT_ONCE, _LARGE // longest))
    for start in range(0, batch.num_rows, at_once):
        part = batch.slice(start, at_once)
        yield pa.RecordBatch.from_arrays([_plain(column) for column in part.columns], batch.schema.names)


def _plain(column: "pa.Array[Any]") -> "pa.Array[Any]":
    """A column with its dictionary decoded."""
    if not isinstance(column, pa.DictionaryArray):
        return column
    if pa.types.is_string_view(column.type.value_type):  # of Polars; Arrow cannot decode these
        values = column.dictionary.cast(pa.large_string())
        column = pa.DictionaryArray.from_arrays(column.indices, values)
    return column.dictionary_decode()


def rows_of_batches(given: Iterable[pa.RecordBatch], limit: SizeLimit | None = None) -> Iterator[TableRow]:
    """The rows of batches, of which few are made Python objects at once."""
    number = 0
    for part in (part for batch in given for part in _cut(batch)):
        if limit:
            limit.spend(part.nbytes)
        for row in part.to_pylist():
            number += 1
            yield f"row {number}", row


def schema_names(schema: pa.Schema) -> list[str]:
    """The names of the columns, which must be unique."""
    return _unique(map(str, schema.names))


def _unique(given: Iterable[str]) -> list[str]:
    times = Counter(given)
    if twice := next((name for name in times if times[name] > 1), None):
        raise InvalidRow("the schema", "names it twice: rename one", column=twice, broken=True)
    return list(times)


def class_names(data: object) -> dict[str, tuple[str, ...]]:
    """The class names of each `ClassLabel` column of data of the library `datasets`."""
    features = getattr(data, "features", None)
    named = features.items() if isinstance(features, Mapping) else ()
    return {column: tuple(map(str, feature.names)) for column, feature in named if hasattr(feature, "names")}


def schema_classes(schema: pa.Schema) -> dict[str, tuple[str, ...]]:
    """The class names that the library `datasets` stores in the schema."""
    written = (schema.metadata or {}).get(b"huggingface")
    try:
        features: dict[str, Any] = json.loads(written or b"{}")["info"]["features"]
        return {
            name: tuple(map(str, feature["names"]))
            for name, feature in features.items()
            if isinstance(feature, dict) and feature.get("_type") == "ClassLabel"
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}
