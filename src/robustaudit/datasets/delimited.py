"""CSV, TSV and what is like them, read strictly: no row is ever shifted by a quote or a comma too few."""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Literal

from robustaudit.core.errors import UserError
from robustaudit.datasets.encodings import flaw
from robustaudit.datasets.table import BadRow, Row, Table, listed, shown

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}

_LONGEST_FIELD = 131_072  # characters: the limit of the module csv, which is one for all of a process
_NAMES = {delimiter: name for name, delimiter in DELIMITERS.items()}


def check_delimiter(given: str) -> str:
    """The delimiter meant by its name or by itself."""
    delimiter = DELIMITERS.get(given, "\t" if given == r"\t" else given)
    if len(delimiter) != 1 or delimiter in '\r\n"\0':
        raise UserError(f"delimiter must be one character, or {', '.join(DELIMITERS)}, got {shown(given)}")
    return delimiter


def delimited(
    lines: Iterator[str],
    *,
    encoding: str,
    usual: str,
    given: str | None,
    quotes: bool,
    knows: Callable[[Sequence[str]], bool],
) -> Table:
    """The table of a delimited file; `knows` says whether names of columns can be read by.

    Without a delimiter given, it is the one that parts the header into such names, or else the usual one.
    """
    before = 0
    while (header := next(lines, "")) and not header.strip("\r\n"):
        before += 1
    delimiter = given or _sniffed(header, usual, quotes=quotes, knows=knows)
    kept = _Kept(chain([header] if header else [], lines), before)
    parsed = csv.reader(kept, delimiter=delimiter, strict=True, quoting=_quoting(quotes=quotes))
    names = _header(parsed, kept, encoding)
    notes = () if delimiter == usual or given else (f"fields are parted by {_called(delimiter)}",)
    form = f"fields parted by {_called(delimiter)}"
    rows = _rows(parsed, kept, names, encoding=encoding, delimiter=delimiter, quotes=quotes)
    return Table(rows=rows, names=names, form=form, notes=notes)


def _sniffed(header: str, usual: str, *, quotes: bool, knows: Callable[[Sequence[str]], bool]) -> str:
    candidates = dict.fromkeys([usual, *_NAMES])
    found = {one: _fields(header, one, quotes=quotes) for one in candidates}
    fitting = [one for one, names in found.items() if knows(names)]
    return fitting[0] if fitting else max(candidates, key=lambda one: len(found[one]))


def _fields(line: str, delimiter: str, *, quotes: bool) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter, quoting=_quoting(quotes=quotes)), [])
    except csv.Error:
        return []


def _quoting(*, quotes: bool) -> Literal[0, 3]:
    return csv.QUOTE_MINIMAL if quotes else csv.QUOTE_NONE


def _called(delimiter: str) -> str:
    return _NAMES.get(delimiter, shown(delimiter))


class _Kept:
    """Lines that remember those of the row being read; `count` have been read."""

    def __init__(self, lines: Iterator[str], count: int) -> None:
        self._lines = lines
        self.count = count
        self.row: list[str] = []

    def __iter__(self) -> "_Kept":
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.count += 1
        self.row.append(line)
        return line

    def begin(self) -> str:
        """Forget the row before; where the next one begins."""
        self.row.clear()
        return f"line {self.count + 1}"


def _header(parsed: Iterator[list[str]], kept: _Kept, encoding: str) -> tuple[str, ...]:
    where = kept.begin()
    try:
        names = [name.strip() for name in next(parsed, [])]
    except csv.Error as error:
        raise BadRow(where, _mended(error, unclosed=True), broken=True) from error
    wrong = flaw("".join(kept.row), encoding)
    if wrong:
        raise BadRow(where, wrong, broken=True)
    twice = [name for name in names if name and names.count(name) > 1]
    if twice:
        raise BadRow(where, "the header names it twice: rename one", column=twice[0], broken=True)
    return tuple(names)


def _rows(
    parsed: Iterator[list[str]],
    kept: _Kept,
    names: tuple[str, ...],
    *,
    encoding: str,
    delimiter: str,
    quotes: bool,
) -> Iterator[Row]:
    field = re.compile(rf'"[^"]*+(?:""[^"]*+)*+"|[^"{re.escape(delimiter)}\r\n]*')
    while True:
        where = kept.begin()
        try:
            fields = next(parsed, None)
        except csv.Error as error:
            column, unclosed = _place("".join(kept.row), field, names, delimiter)
            yield BadRow(where, _mended(error, unclosed=unclosed), column=column, broken=True)
            return
        if fields is None:
            return
        if not fields:  # a blank line
            continue
        raw = "".join(kept.row)
        wrong = flaw(raw, encoding)
        if quotes and '"' in raw and not _well_formed(raw, field, delimiter):
            column, _ = _place(raw, field, names, delimiter)
            yield BadRow(where, _STRAY, column=column, broken=True)
            return
        if wrong:
            at = next((i for i, value in enumerate(fields) if flaw(value, encoding)), len(names))
            yield BadRow(where, wrong, column=names[at] if at < len(names) else None)
        elif len(fields) != len(names):
            yield BadRow(where, _count(len(fields), names, delimiter))
        else:
            yield where, dict(zip(names, fields, strict=True))


_WRITE = "put the field between quotes and write each quote within it twice"
_STRAY = f"a quote stands inside the field: {_WRITE}, or give --no-quotes where quotes are only signs"


def _mended(error: csv.Error, *, unclosed: bool) -> str:
    if "field limit" in str(error):
        most = f"more than {_LONGEST_FIELD:,} characters"
        return f"{most}: a quote may be left open; for longer texts use JSON Lines"
    if unclosed:
        return "a quote is opened and never closed: close it, or give --no-quotes where quotes are only signs"
    return _STRAY


def _count(number: int, names: Sequence[str], delimiter: str) -> str:
    fields = f"{number} field" + "s" * (number != 1)
    what = f"{fields}, where the header has {len(names)} ({listed(names)})"
    if number > len(names):
        return f"{what}: put a text that holds a {_called(delimiter)} between quotes"
    return f"{what}: add what is missing"


def _well_formed(raw: str, field: re.Pattern[str], delimiter: str) -> bool:
    end, _ = _parted(raw, field, delimiter)
    return not raw[end:].strip("\r\n")


def _place(raw: str, field: re.Pattern[str], names: Sequence[str], delimiter: str) -> tuple[str | None, bool]:
    """The column at which the quoting of a row goes wrong, and whether a quote is left open there."""
    end, found = _parted(raw, field, delimiter)
    opened = raw[end : end + 1] == '"' and raw[end - 1 : end] in ("", delimiter)
    return names[found] if found < len(names) else None, opened or "\n" in raw.rstrip("\r\n")


def _parted(raw: str, field: re.Pattern[str], delimiter: str) -> tuple[int, int]:
    """Where the well-formed fields that a row begins with end, and how many delimiters are before."""
    end, found = 0, 0
    while match := field.match(raw, end):
        end = match.end()
        if raw[end : end + 1] != delimiter or len(match[0]) > _LONGEST_FIELD:
            break
        end, found = end + 1, found + 1
    return end, found
