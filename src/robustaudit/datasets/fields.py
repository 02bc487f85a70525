"""A strict parser of delimited fields (RFC 4180): a missing quote never shifts fields unnoticed."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from robustaudit.core.display import short_repr
from robustaudit.core.spelling import option
from robustaudit.datasets.table import InvalidRow

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}

LONGEST_FIELD = 131_072  # characters of a field; longer ones are most likely an open quote
_NAMES = {delimiter: name for name, delimiter in DELIMITERS.items()}

_WRITE = "enclose the field in quotes and double each quote in it"
_TOO_LONG = (
    f"more than {LONGEST_FIELD:,} characters: a quote may be left open; for longer texts use JSON Lines"
)


def _stray() -> str:
    signs = f"give {option('no_quotes', value=True)} if quotes are ordinary characters"
    return f"a quote inside the field: {_WRITE}, or {signs}"


def _backslash() -> str:
    escaped = f"give {option('escaped', value=True)} if backslashes escape quotes"
    return f"a backslash and a quote inside the field: {_WRITE}, or {escaped}"


def _unclosed(*, escapes: bool) -> str:
    signs = f"give {option('no_quotes', value=True)} if quotes are ordinary characters"
    escaped = f", or {option('escaped', value=True)} if backslashes escape quotes"
    return f"a quote is never closed: close it, or {signs}{escaped * escapes}"


class QuotingError(ValueError):
    """The fields of a row are ambiguous; `place` is the index of the field where that shows."""

    def __init__(self, what: str, place: int) -> None:
        self.place = place
        super().__init__(what)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """The delimiter, and how fields that contain it or a quote are written.

    If `escaped`, a backslash escapes a quote, a backslash or the delimiter, and is an ordinary character
    before anything else. Spaces around the quotes of a field are ignored, and with `blanks` at its beginning.
    """

    delimiter: str
    quotes: bool = True
    escaped: bool = False
    blanks: bool = False

    @property
    def called(self) -> str:
        """The delimiter's name."""
        return _NAMES.get(self.delimiter, short_repr(self.delimiter))


class DelimitedRows:
    """Parses lines into rows of fields; `raw` has the lines of the last row, and `number` is its first."""

    def __init__(self, lines: Iterator[str], dialect: Dialect, *, before: int = 0) -> None:
        self.raw: list[str] = []
        self.number = before + 1
        self._lines = lines
        self._dialect = dialect
        delimiter = re.escape(dialect.delimiter)
        blanks = "[" + " \t".replace(dialect.delimiter, "") + "]*"
        quote = '"' if dialect.quotes else ""
        escaped = rf'\\["\\{delimiter}]|' if dialect.escaped else ""
        self._bare = re.compile(rf"(?:{escaped}[^{quote}{delimiter}\r\n])*+")
        self._opening = re.compile(f'{blanks}"')
        self._behind = re.compile(rf"{blanks}(?={delimiter}|[\r\n]*\Z)")
        self._escape = re.compile(rf'\\(["\\{delimiter}])')
        self._mark = re.compile(rf'""|"|{self._escape.pattern}' if dialect.escaped else '""|"')
        self._signs = [*quote, *("\\" if dialect.escaped else "")]

    def next(self) -> list[str] | None:
        """The fields of the next row, skipping blank lines; None at the end.

        Raises:
            QuotingError: a quote is never closed, or is inside a field.
        """
        self.number += len(self.raw)
        self.raw.clear()
        while line := next(self._lines, ""):
            if line.strip("\r\n"):
                self.raw.append(line)
                return self._fields(line)
            self.number += 1
        return None

    def _fields(self, line: str) -> list[str]:
        if any(sign in line for sign in self._signs):
            fields = self._parsed(line)
        else:
            fields = [self._trimmed(field) for field in line.rstrip("\r\n").split(self._dialect.delimiter)]
        if len(line) > LONGEST_FIELD:
            for number, field in enumerate(fields):
                _check_length(len(field), number)
        return fields

    def _parsed(self, line: str) -> list[str]:
        fields: list[str] = []
        place = 0
        while True:
            opening = self._opening.match(line, place) if self._dialect.quotes else None
            if opening:
                lines, blank = len(self.raw), opening[0] != '"' and not self._dialect.blanks
                field, line, place = self._quoted(line, opening.end(), len(fields))
                if blank and len(self.raw) > lines:  # else the quote may be a sign, and the row a line
                    raise QuotingError(_stray(), len(fields))
            elif bare := self._bare.match(line, place):
                field, place = self._trimmed(bare[0]), bare.end()
                field = self._escape.sub(r"\1", field) if self._dialect.escaped else field
            fields.append(field)
            behind = line[place : place + 1]
            if behind in ("", "\r", "\n"):
                return fields
            if behind != self._dialect.delimiter:
                raise QuotingError(self._stray(), len(fields) - 1)
            place += 1

    def _quoted(self, line: str, start: int, number: int) -> tuple[str, str, int]:
        """The field after an opening quote, with the line in which it ends, and the position there."""
        parts: list[str] = []
        place, length = start, 0
        while True:
            _check_length(length, number)
            mark = self._mark.search(line, place)
            if mark is None:
                parts.append(line[start:])
                line, start, place = next(self._lines, ""), 0, 0
                if not line:
                    raise QuotingError(self._unclosed(), number)
                self.raw.append(line)
            else:
                parts.append(line[start : mark.start()])
                start, place = mark.end() - 1, mark.end()  # of an escaped character, the second is kept
                if mark[0] == '"':
                    behind = self._behind.match(line, place)
                    return "".join(parts), line, behind.end() if behind else place
            length += len(parts[-1]) + 1

    def _trimmed(self, field: str) -> str:
        return field.lstrip(" ") if self._dialect.blanks else field

    def _stray(self) -> str:
        if len(self.raw) > 1:
            return self._unclosed()
        return _backslash() if not self._dialect.escaped and '\\"' in self.raw[0] else _stray()

    def _unclosed(self) -> str:
        return _unclosed(escapes='\\"' in self.raw[0] and not self._dialect.escaped)


def _check_length(length: int, number: int) -> None:
    if length > LONGEST_FIELD:
        raise QuotingError(_TOO_LONG, number)


_MOST = 1000  # labels, and ambiguous rows, that are remembered
_LONGEST_LABEL = 100  # characters


class QuoteDetector:
    """Detects rows that can be read in two ways: each of their lines has a label of other rows."""

    def __init__(self, delimiter: str, columns: int, label: int) -> None:
        self._delimiter, self._columns, self._label = delimiter, columns, label
        self._labels: set[str] = set()
        self._in_doubt: list[tuple[int, set[str], int]] = []  # the line, the labels and the number of each

    def look_at(self, number: int, lines: Sequence[str]) -> None:
        """Check the lines of a row; `number` is that of the first.

        Raises:
            InvalidRow: it, or an earlier row, can be read in two ways.
        """
        found = {self._label_of(line) for line in lines}
        known = found <= self._labels
        if "" in found or (known and len(lines) == 1):
            return
        if len(lines) == 1 and len(self._labels) < _MOST:
            self._labels |= found
        elif len(lines) > 1 and len(self._in_doubt) < _MOST:
            self._in_doubt.append((number, found, len(lines)))
        for line, labels, several in self._in_doubt:
            if labels <= self._labels:
                what = f"with the next {several - 1} one row, whose quotes hold line breaks"
                signs = option("no_quotes", value=True)
                other = f"or {several} rows, in which quotes are signs: give {signs} if they are rows"
                raise InvalidRow(f"line {line}", f"{what}, {other}, else write JSON Lines", broken=True)

    def _label_of(self, line: str) -> str:
        """The label of a line if quotes were ordinary characters; empty if it has none."""
        fields = line.rstrip("\r\n").split(self._delimiter)
        label = fields[self._label].strip() if len(fields) == self._columns else ""
        return label if len(label) <= _LONGEST_LABEL else ""
