"""A document of JSON: where rows lie in it, as pandas and other programs write a table."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from robustaudit.core.display import shown
from robustaudit.datasets.table import BadRow, Row, Table, listed

_OBJECT = '{"text": "…", "label": 1}'
_WHERE = "the document"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes:
    """What a value must be to be a row, or to hold rows; `header` names what stands in rows that are arrays.

    `knows` says whether names of columns can be read by, `wanted` which of them are read.
    """

    knows: Callable[[Sequence[str]], bool]
    wanted: Callable[[Sequence[str]], list[str]]
    header: tuple[str, ...] = ()

    def row(self, where: str, value: object) -> Row:
        """The row that a value is, or why it is none."""
        if isinstance(value, list) and self.header:
            return _named(where, value, self.header, "--columns names")
        if not isinstance(value, Mapping):
            more = ", or give --columns" if isinstance(value, list) else ""
            return BadRow(where, f"must be a JSON object, such as {_OBJECT}, got {shown(value)}{more}")
        if self.header:
            return BadRow(where, "has names of columns of its own: leave out --columns", broken=True)
        return where, value

    def is_row(self, value: Mapping[str, Any]) -> bool:
        """Whether an object is one row, rather than holds several."""
        return self.knows([*value]) and not all(
            isinstance(value[name], list | dict) for name in self.wanted([*value])
        )

    def table(self, value: Mapping[str, Any]) -> Table:
        """The table of an object that is a whole document.

        Raises:
            BadRow: it holds no rows, or several lists of them.
        """
        if self.is_row(value):
            return Table(rows=iter([self.row(_WHERE, value)]), form="a JSON object")
        if self.knows([*value]):
            return self._by_columns(value)
        if isinstance(value.get("columns"), list) and isinstance(value.get("data"), list):
            names = tuple(map(str, value["columns"]))
            rows = (_named(f"row {n}", row, names, "'columns' has") for n, row in _numbered(value["data"]))
            return Table(rows=rows, names=names, form="a JSON object with 'columns' and 'data'")
        if found := self._rows_under(value):
            name, listed_rows = found
            rows = (self.row(f"row {n} of {shown(name)}", row) for n, row in _numbered(listed_rows))
            return Table(rows=rows, form=f"a JSON object with rows under {shown(name)}", names=self.header)
        first = next(iter(value.values()), None)
        if isinstance(first, dict) and self.knows([*first]):
            rows = (self.row(f"row {shown(name)}", row) for name, row in value.items())
            return Table(rows=rows, form="a JSON object of rows")
        what = f"a JSON object of {listed(value)}, in which no rows are known"
        raise BadRow(_WHERE, f"{what}: write {_OBJECT} for each row, in lines or an array", broken=True)

    def _by_columns(self, value: Mapping[str, Any]) -> Table:
        """The table of columns that are lists, or objects with the rows' names as pandas writes them."""
        columns = {name: value[name] for name in self.wanted([*value])}
        kind = type(next(iter(columns.values())))
        for name, column in columns.items():
            if not isinstance(column, list | dict) or type(column) is not kind:
                what = f"must be {'an object' if kind is dict else 'a list'} as others are"
                raise BadRow(_WHERE, f"{what}, got {shown(column)}", column=name, broken=True)
        rows = _of_lists(columns) if kind is list else _of_objects(columns)
        return Table(rows=rows, names=tuple(columns), form="JSON by columns")

    def _rows_under(self, value: Mapping[str, Any]) -> tuple[str, list[Any]] | None:
        """The one list of rows that an object holds, with its name."""
        kind = list if self.header else dict
        several = {name: rows for name, rows in value.items() if isinstance(rows, list) and rows}
        lists = {name: rows for name, rows in several.items() if isinstance(rows[0], kind)}
        known = {name: rows for name, rows in lists.items() if self.header or self.knows([*rows[0]])}
        fitting = known or lists
        if len(fitting) > 1:
            what = f"holds rows under several names, {listed(fitting)}"
            raise BadRow(_WHERE, f"{what}: write those to read into a file", broken=True)
        return next(iter(fitting.items()), None)


def _named(where: str, value: object, names: Sequence[str], who: str) -> Row:
    """A row that is an array, under the names that its columns have elsewhere."""
    if not isinstance(value, list):
        return BadRow(where, f"must be a JSON array, got {shown(value)}")
    if len(value) != len(names):
        fields = f"{len(value)} field" + "s" * (len(value) != 1)
        return BadRow(where, f"{fields}, where {who} {len(names)} ({listed(names)}): mend it")
    return where, dict(zip(names, value, strict=True))


def _numbered(rows: Sequence[Any]) -> Iterator[tuple[int, Any]]:
    return enumerate(rows, start=1)


def _of_lists(columns: Mapping[str, list[Any]]) -> Iterator[Row]:
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{shown(name)} {length:,}" for name, length in lengths.items())
        yield BadRow(_WHERE, f"its columns must be alike in length, got {told}: mend them", broken=True)
        return
    for number, values in enumerate(zip(*columns.values(), strict=True), start=1):
        yield f"row {number}", dict(zip(columns, values, strict=True))


def _of_objects(columns: Mapping[str, Mapping[str, Any]]) -> Iterator[Row]:
    """Each row has a name under which its values stand in the columns."""
    for name in dict.fromkeys(name for column in columns.values() for name in column):
        yield f"row {shown(name)}", {column: values.get(name) for column, values in columns.items()}
