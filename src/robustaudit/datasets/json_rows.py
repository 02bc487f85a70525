"""JSON: lines, an array of rows, consecutive objects, or one object that contains rows in another way."""

import io
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Any

from robustaudit.core.display import short_repr
from robustaudit.core.spelling import named, option
from robustaudit.datasets.encodings import LONGEST_LINE, decoding_error, lines_of
from robustaudit.datasets.exported_rows import export_of
from robustaudit.datasets.table import InvalidRow, Table, TableRow, listed

_OBJECT = '{"text": "…", "label": 1}'
_WHERE = "the document"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowShapes:
    """Which values are rows, or contain rows.

    `header` names the values of rows that are arrays, and `records` is where a document has its rows.
    `knows` is whether columns of these names can be read, `wanted` are those that are read.
    """

    knows: Callable[[Sequence[str]], bool]
    wanted: Callable[[Sequence[str]], list[str]]
    header: tuple[str, ...] = ()
    records: str | None = None

    def row(self, where: str, value: object) -> TableRow:
        """A value as a row, or why it is not one."""
        if isinstance(value, list) and self.header:
            return _named(where, value, self.header, f"{named('columns')} names")
        if not isinstance(value, Mapping):
            more = f", or give {option('columns')}" if isinstance(value, list) else ""
            return InvalidRow(
                where, f"must be a JSON object, such as {_OBJECT}, got {short_repr(value)}{more}"
            )
        if self.header:
            what = f"has names of columns of its own: leave out {option('columns')}"
            return InvalidRow(where, what, broken=True)
        return where, value

    def is_row(self, value: Mapping[str, Any]) -> bool:
        """Whether an object is one row, rather than a container of rows."""
        if not self.knows([*value]):
            return export_of(value) is not None
        return not all(isinstance(value[name], list | dict) for name in self.wanted([*value]))

    def table(self, value: Mapping[str, Any]) -> Table:
        """The table of an object that is a whole document.

        Raises:
            InvalidRow: it contains no rows, or several lists of rows.
        """
        if self.records:
            return self._listed(self.records, _found(value, self.records))
        if self.is_row(value):
            return Table(rows=iter([self.row(_WHERE, value)]), format="a JSON object")
        if self.knows([*value]):
            return self._by_columns(value)
        if isinstance(value.get("columns"), list) and isinstance(value.get("data"), list):
            names = tuple(map(str, value["columns"]))
            rows = (_named(f"row {n}", row, names, "'columns' has") for n, row in _numbered(value["data"]))
            return Table(rows=rows, names=names, format="a JSON object with 'columns' and 'data'")
        if found := self._rows_under(value):
            return self._listed(*found)
        first = next(iter(value.values()), None)
        if isinstance(first, dict) and self.knows([*first]):
            rows = (self.row(f"row {short_repr(name)}", row) for name, row in value.items())
            return Table(rows=rows, format="a JSON object of rows")
        what = f"a JSON object of {listed(value)}, without known rows"
        deeper = [f"{option('records', path)} for those there" for path in _lists_of_objects(value)][:1]
        mend = [*(f"give {each}" for each in deeper), f"write {_OBJECT} for each row, in lines or an array"]
        raise InvalidRow(_WHERE, f"{what}: {', or '.join(mend)}", broken=True)

    def _listed(self, name: str, rows: list[Any]) -> Table:
        """The table of a list of rows under a name."""
        named_rows = (self.row(f"row {n} of {short_repr(name)}", row) for n, row in _numbered(rows))
        written = f"a JSON object with rows under {short_repr(name)}"
        return Table(rows=named_rows, format=written, names=self.header)

    def _by_columns(self, value: Mapping[str, Any]) -> Table:
        """The table of columns that are lists, or objects by row name, as pandas writes them."""
        columns = {name: value[name] for name in self.wanted([*value])}
        kind = type(next(iter(columns.values())))
        for name, column in columns.items():
            if not isinstance(column, list | dict) or type(column) is not kind:
                what = f"must be {'an object' if kind is dict else 'a list'} as others are"
                raise InvalidRow(_WHERE, f"{what}, got {short_repr(column)}", column=name, broken=True)
        rows = _of_lists(columns) if kind is list else _of_columns(columns)
        return Table(rows=rows, names=tuple(columns), format="JSON by columns")

    def _rows_under(self, value: Mapping[str, Any]) -> tuple[str, list[Any]] | None:
        """The only list of rows in an object, with its name."""
        kind = list if self.header else dict
        several = {name: rows for name, rows in value.items() if isinstance(rows, list) and rows}
        lists = {name: rows for name, rows in several.items() if isinstance(rows[0], kind)}
        known = {name: rows for name, rows in lists.items() if self.header or self.knows([*rows[0]])}
        fitting = known or lists
        if len(fitting) > 1:
            what = f"holds rows under several names, {listed(fitting)}"
            raise InvalidRow(_WHERE, f"{what}: give {option('records')} with one of them", broken=True)
        return next(iter(fitting.items()), None)


def _found(value: Any, path: str) -> list[Any]:  # noqa: ANN401
    """The list at a path of names with dots; a name may have dots itself."""
    for name in [path] if isinstance(value, Mapping) and path in value else path.split("."):
        if not isinstance(value, Mapping) or name not in value:
            has = listed(value) if isinstance(value, Mapping) else short_repr(value)
            what = f"has no {short_repr(name)} for {option('records', path)}: there is {has}"
            raise InvalidRow(_WHERE, what, broken=True)
        value = value[name]
    if not isinstance(value, list):
        what = f"{option('records', path)} must lead to a list, got {short_repr(value)}"
        raise InvalidRow(_WHERE, what, broken=True)
    return value


def _lists_of_objects(value: Mapping[str, Any]) -> Iterator[str]:
    """The paths of lists of objects two names deep in an object."""
    for name, inner in value.items():
        for key, rows in inner.items() if isinstance(inner, Mapping) else ():
            if isinstance(rows, list) and rows and isinstance(rows[0], Mapping):
                yield f"{name}.{key}"


def _named(where: str, value: object, names: Sequence[str], who: str) -> TableRow:
    """A row that is an array, with column names from elsewhere."""
    if not isinstance(value, list):
        return InvalidRow(where, f"must be a JSON array, got {short_repr(value)}")
    if len(value) != len(names):
        fields = f"{len(value)} field" + "s" * (len(value) != 1)
        return InvalidRow(where, f"{fields}, where {who} {len(names)} ({listed(names)}): fix it")
    return where, dict(zip(names, value, strict=True))


def _numbered(rows: Sequence[Any]) -> Iterator[tuple[int, Any]]:
    return enumerate(rows, start=1)


def _of_lists(columns: Mapping[str, list[Any]]) -> Iterator[TableRow]:
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{short_repr(name)} {length:,}" for name, length in lengths.items())
        yield InvalidRow(_WHERE, f"its columns must have equal lengths, got {told}: fix them", broken=True)
        return
    for number, values in enumerate(zip(*columns.values(), strict=True), start=1):
        yield f"row {number}", dict(zip(columns, values, strict=True))


def _of_columns(columns: Mapping[str, Mapping[str, Any]]) -> Iterator[TableRow]:
    """Rows by name, as columns have them."""
    for name in dict.fromkeys(name for column in columns.values() for name in column):
        yield f"row {short_repr(name)}", {column: values.get(name) for column, values in columns.items()}


_MOST_BLANK = 10_000  # lines at the beginning
_OPEN = ("[", "{", ",", ":")  # the end of a line whose value continues in the next


def json_table(
    stream: io.TextIOBase, shapes: RowShapes, *, encoding: str, lines: bool, longest: int
) -> Table:
    """The table of a JSON file; `lines` is whether its name promises an object per line.

    All but JSON Lines is held in memory; one object with rows may have at most `longest` characters.
    """
    begun = list(_begun(stream, lines=lines))
    first, second = [*(line.strip() for line in begun if line.strip()), "", ""][:2]
    if not shapes.records and _is_lines(first, second, shapes, lines=lines):
        rows = _of_lines(chain(begun, lines_of(stream, before=len(begun))), encoding, shapes)
        return Table(rows=rows, format="JSON Lines", names=shapes.header)
    text = "".join(begun) + stream.read()
    if wrong := decoding_error(text, encoding):
        raise InvalidRow(_at(text, _flawed(text)), wrong, broken=True)
    if first[:1] == "[" and shapes.records:
        what = "is a JSON array, whose rows are in no object: leave out " + option("records")
        raise InvalidRow(_WHERE, what, broken=True)
    if first[:1] == "[":
        return Table(rows=_of_array(text, shapes), format="a JSON array", names=shapes.header)
    if len(text) > longest:
        what = f"a JSON object of more than {longest:,} characters, which is held in memory"
        what += f": write an object in each line, or give {option('max_data_mb')}"
        raise InvalidRow("line 1", what, broken=True)
    return _of_object(text, shapes)


def _begun(stream: io.TextIOBase, *, lines: bool) -> Iterator[str]:
    """Lines up to the second one that is not blank, which show what the file is."""
    seen = number = 0
    while seen < 2 and (line := stream.readline(LONGEST_LINE)):  # noqa: PLR2004
        number += 1
        if len(line) == LONGEST_LINE and lines:
            raise InvalidRow(f"line {number}", f"more than {LONGEST_LINE:,} characters", broken=True)
        seen += bool(line.strip())
        if number > _MOST_BLANK:
            raise InvalidRow(f"line {number}", "after very many blank lines: remove them", broken=True)
        yield line


def _is_lines(first: str, second: str, shapes: RowShapes, *, lines: bool) -> bool:
    """Whether a file that begins like this has a row per line, rather than one value over all lines."""
    try:
        value = _DECODER.decode(first)
    except json.JSONDecodeError as error:
        goes_on = first.endswith(_OPEN) and not error.msg.startswith("Extra data")
        return first[:1] != "[" and not goes_on and len(first) < LONGEST_LINE
    except (ValueError, RecursionError):
        return lines
    if isinstance(value, list):
        return lines and not any(isinstance(each, dict) for each in value)
    return bool(second) or not isinstance(value, dict) or shapes.is_row(value)


def _of_lines(lines: Iterator[str], encoding: str, shapes: RowShapes) -> Iterator[TableRow]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _row(f"line {number}", line, encoding, shapes)


def _row(where: str, line: str, encoding: str, shapes: RowShapes) -> TableRow:
    if wrong := decoding_error(line, encoding):
        return InvalidRow(where, wrong)
    try:
        return shapes.row(where, _DECODER.decode(line))
    except json.JSONDecodeError as error:
        return InvalidRow(f"{where}, character {error.colno}", _reason(error))
    except (ValueError, RecursionError) as error:
        return InvalidRow(where, _reason(error))


def _of_array(text: str, shapes: RowShapes) -> Iterator[TableRow]:
    """The rows of an array, each with its line number."""
    place, line, counted = text.index("[") + 1, 1, 0
    closing = False
    with _placed(text):
        while True:
            place = _blanks(text, place)
            if text[place : place + 1] == "]":
                break
            if closing:
                _expect(text, place, ",")
                place = _blanks(text, place + 1)
            line, counted = line + text.count("\n", counted, place), place
            value, place = _decoded(text, place)
            closing = True
            yield shapes.row(f"line {line}", value)
        end = _blanks(text, place + 1)
        if end < len(text):
            raise json.JSONDecodeError("something follows the array", text, end)


def _of_object(text: str, shapes: RowShapes) -> Table:
    """The table of an object that contains rows, or of consecutive objects that are rows."""
    with _placed(text):
        value, end = _decoded(text, _blanks(text, 0))
        end = _blanks(text, end)
        if text[end : end + 1] == "{":
            return Table(rows=_of_objects(text, shapes), format="JSON objects", names=shapes.header)
        if end < len(text):
            raise json.JSONDecodeError("something follows the object", text, end)
    return shapes.table(value)


def _of_objects(text: str, shapes: RowShapes) -> Iterator[TableRow]:
    place, line, counted = _blanks(text, 0), 1, 0
    with _placed(text):
        while place < len(text):
            line, counted = line + text.count("\n", counted, place), place
            value, place = _decoded(text, place)
            yield shapes.row(f"line {line}", value)
            place = _blanks(text, place)


@contextmanager
def _placed(text: str) -> Iterator[None]:
    """Report invalid JSON with its line and character."""
    try:
        yield
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, character {error.colno}"
        raise InvalidRow(where, _reason(error), broken=True) from error
    except _Rejected as error:
        raise InvalidRow(_at(text, error.place), str(error), broken=True) from error


class _Rejected(Exception):
    """A value that is valid JSON, but refused; `place` is where it begins."""

    def __init__(self, error: Exception, place: int) -> None:
        self.place = place
        super().__init__(_reason(error))


def _decoded(text: str, place: int) -> tuple[Any, int]:
    try:
        return _DECODER.raw_decode(text, place)
    except json.JSONDecodeError:
        raise
    except (ValueError, RecursionError) as error:
        raise _Rejected(error, place) from error


def _expect(text: str, place: int, sign: str) -> None:
    if text[place : place + 1] != sign:
        raise json.JSONDecodeError(f"Expecting '{sign}' or the end of the array", text, place)


def _blanks(text: str, place: int) -> int:
    while text[place : place + 1] in (" ", "\t", "\r", "\n"):
        place += 1
    return place


def _at(text: str, place: int) -> str:
    return f"line {text.count(chr(10), 0, place) + 1}"


def _flawed(text: str) -> int:
    return next(place for place, sign in enumerate(text) if sign == "\0" or "\ud800" <= sign <= "\udfff")


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply: fix it"
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON, {' '.join(error.msg.split())}: fix it"
    return f"{' '.join(str(error).split()).partition(';')[0]}: fix it"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object, whose names must be unique."""
    made = dict(pairs)
    if len(made) < len(pairs):
        times = Counter(name for name, _ in pairs)
        raise ValueError(f"the name {short_repr(next(n for n in times if times[n] > 1))} is repeated")
    return made


_DECODER = json.JSONDecoder(object_pairs_hook=_unique)
