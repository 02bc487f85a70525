"""Parquet files, and folders that the library `datasets` saved: tables of Arrow, read in batches."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from robustaudit.datasets.table import BadRow, Row, Table, shown

_MAGIC = b"PAR1"
_AT_ONCE = 4096  # rows
_SAVED = "state.json"  # in the folder of each split that was saved
_INDEX = "__index_level_"  # what pandas calls its index among the columns

Wanted = Callable[[Sequence[str]], list[str]]


def parquet(stream: BinaryIO, wanted: Wanted) -> Table:
    """The table of a Parquet file; of its columns those that are wanted are read."""
    check_parquet(stream)
    stream.seek(0)
    file = pq.ParquetFile(stream)
    schema = file.schema_arrow
    names = _names(schema)
    batches = file.iter_batches(batch_size=_AT_ONCE, columns=wanted(names))
    return Table(rows=_rows(batches), names=tuple(names), form="Parquet", classes=_classes(schema))


def frame(data: Any, wanted: Wanted) -> Table:  # noqa: ANN401  (of whatever library)
    """The table of a data frame in memory, which gives its columns as Arrow does."""
    given = list(getattr(data, "columns", ()))
    if given and all(isinstance(name, str) for name in given):
        data = data[wanted(_unique(given))]  # others may hold what Arrow does not know
    try:
        reader = pa.RecordBatchReader.from_stream(data)
    except pa.ArrowException:  # of values of several kinds: the row where they differ is told
        if not given:
            raise
        return Table(rows=_in_python(data), names=tuple(map(str, data.columns)), form="a data frame")
    names = [name for name in _names(reader.schema) if not name.startswith(_INDEX)]
    columns = wanted(names)
    batches = (batch.select(columns) for whole in reader for batch in _cut(whole))
    return Table(
        rows=_rows(batches), names=tuple(names), form="a data frame", classes=_classes(reader.schema)
    )


def _in_python(data: Any) -> Iterator[Row]:  # noqa: ANN401  (of whatever library)
    for number, row in enumerate(zip(*(data[name] for name in data.columns), strict=True), start=1):
        yield f"row {number}", dict(zip(map(str, data.columns), row, strict=True))


def check_parquet(stream: BinaryIO) -> None:
    """Refuse what is no Parquet file, or not a whole one."""
    stream.seek(0)
    begins = stream.read(len(_MAGIC))
    if begins != _MAGIC:
        raise BadRow(
            "byte 1", f"not Parquet, which begins with {_MAGIC!r}, but {begins!r}: give --format", broken=True
        )
    end = stream.seek(0, 2)
    stream.seek(max(0, end - len(_MAGIC)))
    if stream.read() != _MAGIC or end < 3 * len(_MAGIC):
        raise BadRow("its end", "the file is cut short: fetch or write it again", broken=True)


def saved_splits(folder: Path) -> dict[str, Path]:
    """The folders of the splits that `save_to_disk` made; one without splits is `train`."""
    if (folder / _SAVED).is_file():
        return {"train": folder}
    known = folder / "dataset_dict.json"
    if not known.is_file():
        return {}
    with _as_saved(known):
        splits = json.loads(known.read_text(encoding="utf-8"))["splits"]
        return {str(name): folder / str(name) for name in splits}


def saved(folder: Path, wanted: Wanted) -> Table:
    """The table of a split that `save_to_disk` made."""
    with _as_saved(folder / _SAVED):
        state = json.loads((folder / _SAVED).read_text(encoding="utf-8"))
        files = [folder / Path(file["filename"]).name for file in state["_data_files"]]
        with files[0].open("rb") as stream:
            schema = pa.ipc.open_stream(stream).schema
    names = _names(schema)
    rows = _rows(_batches(files, wanted(names)))
    return Table(rows=rows, names=tuple(names), form="a saved data set", classes=_classes(schema))


@contextmanager
def _as_saved(path: Path) -> Iterator[None]:
    try:
        yield
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise BadRow(f"file {shown(path.name)}", "not as save_to_disk writes it", broken=True) from error


def parquet_files(files: Sequence[Path], wanted: Wanted) -> Table:
    """The table of Parquet files that hold the same columns, in the order of their names."""
    with files[0].open("rb") as stream:
        first = parquet(stream, wanted)
    schema = pq.read_schema(files[0])
    for file in files[1:]:
        with file.open("rb") as stream:
            check_parquet(stream)
        if _names(pq.read_schema(file)) != list(first.names):
            raise BadRow(f"file {shown(file.name)}", f"other columns than {files[0].name} has", broken=True)
    return Table(rows=_of_files(files, wanted), names=first.names, form="Parquet", classes=_classes(schema))


def _of_files(files: Sequence[Path], wanted: Wanted) -> Iterator[Row]:
    for file in files:
        with file.open("rb") as stream:
            for row in parquet(stream, wanted).rows:
                yield row if isinstance(row, BadRow) else (f"{file.name} {row[0]}", row[1])


def _batches(files: Sequence[Path], columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    for file in files:
        with file.open("rb") as stream:
            for whole in pa.ipc.open_stream(stream):
                for batch in _cut(whole):
                    yield batch.select(list(columns))


def _cut(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """A batch in smaller ones: one that was saved, or is held, may have any size."""
    for start in range(0, batch.num_rows, _AT_ONCE):
        yield batch.slice(start, _AT_ONCE)


def _rows(batches: Iterable[pa.RecordBatch]) -> Iterator[Row]:
    number = 0
    for batch in batches:
        for row in batch.to_pylist():
            number += 1
            yield f"row {number}", row


def _names(schema: pa.Schema) -> list[str]:
    return _unique(map(str, schema.names))


def _unique(given: Iterable[str]) -> list[str]:
    names = list(given)
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise BadRow("the schema", "names it twice: rename one", column=twice[0], broken=True)
    return names


def class_names(data: object) -> dict[str, tuple[str, ...]]:
    """The names of a column's numbers that data of the library `datasets` has, of each column with such."""
    features = getattr(data, "features", None)
    named = features.items() if isinstance(features, Mapping) else ()
    return {column: tuple(map(str, feature.names)) for column, feature in named if hasattr(feature, "names")}


def _classes(schema: pa.Schema) -> dict[str, tuple[str, ...]]:
    """The names that the library `datasets` writes beside numbers."""
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
