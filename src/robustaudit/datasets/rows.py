"""Turn the rows of a table into examples."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, islice
from numbers import Real
from typing import Any

from robustaudit.core.display import short_repr
from robustaudit.core.errors import UserError
from robustaudit.core.records import Example
from robustaudit.core.spelling import option
from robustaudit.core.validation import check_unicode
from robustaudit.datasets.dataset_statistics import DatasetStatistics, SampleSpec, StatisticsCollector
from robustaudit.datasets.label_reader import InvalidLabel, LabelLeftOut, LabelReader, MixedLabels
from robustaudit.datasets.read_options import NONE, ColumnRoles, ReadOptions
from robustaudit.datasets.table import InvalidRow, Table, TableRow

_LOOKED_AT = 100  # rows to find the names of columns in


@dataclass(frozen=True, slots=True)
class ReadExamples:
    """The kept examples of a table, whose labels are to be resolved, and the statistics of all rows."""

    examples: list[Example]
    statistics: DatasetStatistics


def read_examples(
    table: Table,
    reading: ReadOptions,
    labels: LabelReader,
    *,
    source: str,
    prefix: str = "",
    split: str | None = None,
    sample: SampleSpec | None = None,
    announce: Callable[[str], None] = lambda _: None,
) -> ReadExamples:
    """Read an example per row; `prefix` is prepended to every id.

    Without columns `id` and `group`, the id is a hash of the text, and each example is its own group.

    Raises:
        UserError: a row is invalid and is not to be skipped, or a column cannot be guessed.
    """
    notes: list[str] = []
    reading = reading.with_usual(table.text, table.label)

    def tell(note: str) -> None:
        notes.append(note)
        announce(f"{source}: {note}")

    for note in table.notes:
        tell(note)
    reader = _RowReader(table, reading, labels, StatisticsCollector(sample), source, prefix, tell)
    names, rows = _begun(table, reading, source)
    if names:
        reader.look_at(names)
    for row in rows:
        try:
            if isinstance(row, InvalidRow):
                raise row
            reader.add(*row)
        except InvalidRow as bad:
            if bad.broken or reading.on_bad_row == "stop":
                raise invalid_row_message(bad, source) from bad
            reader.counting.skip(str(bad))
    statistics = replace(
        reader.counting.statistics(split=split), format=table.format, columns=_called(reader.columns)
    )
    for note in (*_grouped(statistics, reader.columns), *labels.notes):
        tell(note)
    statistics = replace(statistics, notes=tuple(notes))
    for line in statistics.summary_lines():
        announce(f"{source}: {line}")
    return ReadExamples(reader.counting.kept(), statistics)


def _begun(table: Table, reading: ReadOptions, source: str) -> tuple[Iterable[str], Iterator[TableRow]]:
    """The names of the columns, and the rows; names in the rows are collected from the first ones."""
    if reading.columns and table.names != reading.columns:
        raise UserError(f"{source} has names of columns of its own: leave out {option('columns')}")
    rows = islice(table.rows, reading.max_examples)
    if table.names:
        return table.names, rows
    seen: list[TableRow] = []
    for row in islice(rows, _LOOKED_AT):
        seen.append(row)
        if isinstance(row, InvalidRow) and (row.broken or reading.on_bad_row == "stop"):
            break
    named = dict.fromkeys(name for row in seen if not isinstance(row, InvalidRow) for name in row[1])
    return named, chain(seen, rows)


def _called(columns: ColumnRoles | None) -> dict[str, str]:
    """The columns that were read, by what they hold."""
    if columns is None:
        return {}
    beside = {"id": columns.identity, "group": columns.group}
    called = {name: column for name, column in beside.items() if column is not None}
    return {"text": ", ".join(columns.text), "label": columns.label, **called}


def invalid_row_message(bad: InvalidRow, source: str) -> UserError:
    """The error for an invalid row."""
    advice = "" if bad.broken else f", or give {option('on_bad_row', 'skip')}"
    return UserError(f"{source}, {bad}{advice}")


@dataclass(slots=True)
class _RowReader:
    """Turns rows into examples, once it has the names of their columns."""

    table: Table
    reading: ReadOptions
    labels: LabelReader
    counting: StatisticsCollector
    source: str
    prefix: str
    tell: Callable[[str], None]
    columns: ColumnRoles | None = None

    def look_at(self, names: Iterable[object]) -> ColumnRoles:
        try:
            named = [name for name in names if isinstance(name, str)]  # a program's rows may have others
            columns = self.columns = self.reading.roles(named, self.source)
        except UserError as error:
            raise UserError(f"{error}{self.table.hint}") from error
        self.labels.named(self.table.classes.get(columns.label, ()))
        for note in columns.notes:
            self.tell(note)
        return columns

    def add(self, where: str, row: Mapping[str, Any]) -> None:
        columns = self.columns or self.look_at(row)
        text = "\n".join(_text(row, name, where) for name in columns.text)
        group = _given(row, columns.group, where)
        beside = {name: _given(row, name, where) for name in self.reading.slices}
        given = _given(row, columns.identity, where)
        if given and self.counting.has(given):
            # Never skipped: the column may not be an id, and would lose row after row.
            ids = f"give {option('id_column')} with the column of ids, or {option('id_column', NONE)}"
            what = f"{short_repr(given)} repeats the id of an earlier row: ids must differ: {ids}"
            raise InvalidRow(where, what, column=columns.identity, broken=True)
        try:  # last, as it collects names of labels, which must not come from an invalid row
            label = self.labels.read(_there(row, columns.label, where))
        except LabelLeftOut as left:
            self.counting.leave_out(left.written)
            return
        except InvalidLabel as error:
            mixed = isinstance(error, MixedLabels)  # whichever came first would decide which rows are skipped
            raise InvalidRow(where, str(error), column=columns.label, broken=mixed) from error
        if given:
            self.counting.keep(given)
        identity = self.prefix + (given or self.counting.name(text))
        example = Example(identity, text, label, group or identity, beside)
        self.counting.add(example, self.labels.written(label), where, alone=not group)


def _plain(value: object, column: str, where: str) -> object:
    """A value, with bytes decoded as UTF-8."""
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as error:
        what = f"bytes that are not UTF-8, of which byte {error.start + 1} is 0x{value[error.start]:02X}"
        raise InvalidRow(where, f"{what}: write texts as strings", column=column) from error


def _is_missing(value: object) -> bool:
    return value is None or type(value).__name__ in ("NAType", "NaTType")  # of pandas


def _text(row: Mapping[str, Any], column: str, where: str) -> str:
    text = _there(row, column, where)
    if not isinstance(text, str):
        raise InvalidRow(where, f"must be a string, got {short_repr(text)}: fix it", column=column)
    return _unicode(text, column, where)


def _there(row: Mapping[str, Any], column: str, where: str) -> Any:  # noqa: ANN401
    value = row.get(column)
    if _is_missing(value):
        raise InvalidRow(where, "missing: give the row a value", column=column)
    return _plain(value, column, where)


def _given(row: Mapping[str, Any], column: str | None, where: str) -> str:
    """The text of an optional value; missing ones are empty in CSV, and NaN in pandas."""
    if column is None:
        return ""
    value = _plain(row.get(column), column, where)
    nothing = _is_missing(value) or (isinstance(value, Real) and value != value)  # noqa: PLR0124  (NaN)
    return "" if nothing else _unicode(str(value), column, where)


def _unicode(text: str, column: str, where: str) -> str:
    try:
        return check_unicode("it", text)
    except UserError as error:
        what = str(error).removeprefix("it ") + ": fix it"
        raise InvalidRow(where, what, column=column) from error


def _grouped(statistics: DatasetStatistics, columns: ColumnRoles | None) -> Iterator[str]:
    """A note if a column groups examples, which widens confidence intervals."""
    group = columns and columns.group
    if group is None or statistics.groups == statistics.examples:
        return
    examples, groups = f"{statistics.examples:,} examples", f"{statistics.groups:,} group"
    groups += "s" * (statistics.groups != 1)
    what = f"column {short_repr(group)} puts {examples} into {groups}, the unit of confidence intervals"
    yield f"{what}: give {option('group_column', NONE)} if each row is independent"
