"""Data in memory: a data frame, rows, or examples."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from numbers import Integral
from typing import Any, Protocol, TypeAlias, runtime_checkable

import pyarrow as pa

from robustaudit.core.display import short_repr
from robustaudit.core.errors import UserError
from robustaudit.core.records import Example
from robustaudit.core.spelling import named
from robustaudit.core.validation import check_unicode
from robustaudit.datasets.arrow import class_names, table_of_frame
from robustaudit.datasets.dataset import Dataset, check_unique, relabelled, with_label_names
from robustaudit.datasets.label_reader import LabelReader
from robustaudit.datasets.read_options import USUAL, ReadOptions
from robustaudit.datasets.rows import invalid_row_message, read_examples
from robustaudit.datasets.table import InvalidRow, Table, TableRow

_SOURCE = "data"  # in messages


@runtime_checkable
class ArrowFrame(Protocol):
    """A data frame of pandas, polars or pyarrow, by the Arrow C stream interface."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object: ...


Rows: TypeAlias = (
    ArrowFrame | Iterable[tuple[str, int | str]] | Iterable[Mapping[str, Any]] | Iterable[Example] | Dataset
)
"""Data in memory: a frame, texts with their labels, rows by their columns, or examples."""


def in_memory_dataset(
    data: Rows, reading: ReadOptions = USUAL, *, announce: Callable[[str], None] = lambda _: None
) -> Dataset:
    """A data set of in-memory data; rows are read like those of a file.

    Raises:
        UserError: it is not data, a row is invalid, or a column cannot be guessed.
    """

    def wanted(names: Sequence[str]) -> list[str]:
        return reading.wanted(names, _SOURCE)

    if isinstance(data, Dataset):
        _check_usual(reading, mapped=data.counted is None)
        return relabelled(data, reading.label_map, announce=announce) if reading.label_map else data
    if isinstance(data, ArrowFrame):
        return _read("data frame", lambda: table_of_frame(data, wanted), reading, announce)
    if isinstance(data, AbstractSet):
        raise UserError("data must be in an order, got a set: give a list")
    if isinstance(data, str | bytes | Mapping) or not isinstance(data, Iterable):
        raise UserError(_no_data(data))
    rows = list(data)
    if rows and all(isinstance(row, Example) for row in rows):
        _check_usual(reading, mapped=True)
        made = _of_examples([row for row in rows if isinstance(row, Example)])
        return relabelled(made, reading.label_map, announce=announce) if reading.label_map else made
    names = reading.columns or ("text", "label")
    if rows and isinstance(rows[0], Mapping):
        names = ()
    table = Table(rows=_rows(rows, names), names=names, format="rows", classes=class_names(data))
    return _read("rows", lambda: table, reading, announce)


def _no_data(data: object) -> str:
    if isinstance(data, Mapping):
        names = short_repr(", ".join(map(str, data)))
        return (
            f"data must be rows, not a {type(data).__name__} of {names}: give one of its splits, as "
            'data["test"], or, where it holds columns, a data frame of it, as pandas.DataFrame(data)'
        )
    return (
        "data must be a name, a path, a data frame, or texts with their labels, "
        f"got {type(data).__name__} {short_repr(data)}"
    )


def _read(
    name: str, table: Callable[[], Table], reading: ReadOptions, announce: Callable[[str], None]
) -> Dataset:
    labels = LabelReader(reading.label_map)
    try:
        taken = read_examples(table(), reading, labels, source=_SOURCE, announce=announce)
    except InvalidRow as bad:
        raise invalid_row_message(bad, _SOURCE) from bad
    except pa.ArrowException as error:
        raise UserError(f"{name} cannot be read: {'; '.join(map(str, error.args))}") from error
    if not taken.statistics.examples:
        first = (
            f", the first row skipped: {taken.statistics.invalid_rows[0]}" if taken.statistics.skipped else ""
        )
        raise UserError(f"{_SOURCE} holds no examples{first}")
    made = Dataset(
        name,
        labels.resolve(taken.examples),
        reading=reading.fields(),
        counted=taken.statistics,
        columns=taken.statistics.columns,
    )
    return with_label_names(made, labels)


def _check_usual(reading: ReadOptions, *, mapped: bool) -> None:
    """Refuse options that are for tables; with `mapped`, a label map is allowed."""
    usual = replace(reading, label_map=() if mapped else reading.label_map)
    for field in usual.fields():
        raise UserError(f"{named(field)} is for tables, not for examples as they are")


def _of_examples(examples: list[Example]) -> Dataset:
    for place, example in enumerate(examples, start=1):
        check_unicode(f"text of example {place}", example.text)
        if not isinstance(example.label, Integral):
            raise UserError(
                f"label of example {place} must be a whole number, got {short_repr(example.label)}"
            )
    check_unique(examples, "examples")
    return Dataset("examples", tuple(replace(example, label=int(example.label)) for example in examples))


def _rows(rows: Iterable[object], names: Sequence[str]) -> Iterator[TableRow]:
    for number, row in enumerate(rows, start=1):
        where = f"row {number}"
        match row:
            case Mapping():
                yield where, row
            case list() | tuple() if len(row) == len(names):
                yield where, dict(zip(names, row, strict=True))
            case _:
                what = "a text with its label" if names == ("text", "label") else ", ".join(names)
                yield InvalidRow(where, f"must be {what}, got {short_repr(row)}")
