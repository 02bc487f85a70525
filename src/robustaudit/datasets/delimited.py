"""CSV, TSV and other delimited files: from lines to rows by column."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from robustaudit.core.display import short_repr
from robustaudit.core.errors import UserError
from robustaudit.core.spelling import named, option
from robustaudit.datasets.encodings import decoding_error
from robustaudit.datasets.fields import DELIMITERS, DelimitedRows, Dialect, QuoteDetector, QuotingError
from robustaudit.datasets.table import InvalidRow, Table, TableRow, listed

_EXCEL = re.compile(r'"?sep=(.)"?[\r\n]*', re.IGNORECASE)  # a first line that sets the delimiter
_MARK = "\ufeff"  # a second byte order mark, which a program wrote before another's


@dataclass(frozen=True, slots=True, kw_only=True)
class Delimited:
    """How to read a delimited file; without `names`, the first line is the header.

    `knows` is whether columns of these names can be read, by which an unknown delimiter is found. `label`
    picks the label column.
    """

    encoding: str
    usual: str
    knows: Callable[[Sequence[str]], bool]
    label: Callable[[Sequence[str]], str]
    delimiter: str | None = None
    quotes: bool = True
    escaped: bool = False
    names: tuple[str, ...] = ()

    def table(self, lines: Iterator[str]) -> Table:
        """The table of the file's lines."""
        before, first = _first(lines)
        named = _EXCEL.fullmatch(first)
        if named:
            blank, first = _first(lines)
            before += 1 + blank
        dialect = self._dialect(first, named[1] if named else None)
        rows = DelimitedRows(chain([first] if first else [], lines), dialect, before=before)
        names = self.names or self._header(rows)
        notes = [
            *([f"fields are separated by {dialect.called}"] if self._to_be_told(dialect) else []),
            *(["spaces after a delimiter are ignored"] if dialect.blanks else []),
        ]
        return Table(
            rows=self._rows(rows, names, dialect),
            names=names,
            format=f"fields separated by {dialect.called}",
            notes=tuple(notes),
            hint="" if self.names else f"; give {option('columns', 'text,label')} if the file has no header",
        )

    def _to_be_told(self, dialect: Dialect) -> bool:
        return self.delimiter is None and dialect.delimiter != self.usual

    def _dialect(self, first: str, named: str | None) -> Dialect:
        usual = Dialect(delimiter=self.usual, quotes=self.quotes, escaped=self.escaped)
        given = self.delimiter or named
        dialect = replace(usual, delimiter=given) if given else self._sniffed(first, usual)
        names = _parted(first, dialect)
        blanks = not self.names and len(names) > 1 and all(name[:1] == " " for name in names[1:])
        return replace(dialect, blanks=blanks)

    def _sniffed(self, first: str, usual: Dialect) -> Dialect:
        """The dialect that splits the first line into known names, or else into the most fields."""
        delimiters = dict.fromkeys([self.usual, *DELIMITERS.values()])
        parted = {one: _parted(first, one) for one in (replace(usual, delimiter=each) for each in delimiters)}
        fitting = [one for one, fields in parted.items() if self._fits(fields)]
        if self.names and len(fitting) > 1:
            several = " and ".join(one.called for one in fitting)
            number = f"{len(self.names)} field" + "s" * (len(self.names) > 1)
            what = f"{several} both split it into {number}: give {option('delimiter')}"
            raise InvalidRow("line 1", what, broken=True)
        return fitting[0] if fitting else max(parted, key=lambda one: len(parted[one]))

    def _fits(self, fields: Sequence[str]) -> bool:
        if self.names:
            return len(fields) == len(self.names)
        return self.knows([_name(field) for field in fields])

    def _header(self, rows: DelimitedRows) -> tuple[str, ...]:
        where = f"line {rows.number}"
        try:
            names = [_name(field) for field in rows.next() or ()]
        except QuotingError as error:
            raise InvalidRow(where, str(error), broken=True) from error
        if wrong := decoding_error("".join(rows.raw), self.encoding):
            raise InvalidRow(where, wrong, broken=True)
        twice = next((name for name, times in Counter(names).items() if name and times > 1), None)
        if twice:
            raise InvalidRow(where, "the header names it twice: rename one", column=twice, broken=True)
        return tuple(names)

    def _rows(self, rows: DelimitedRows, names: tuple[str, ...], dialect: Dialect) -> Iterator[TableRow]:
        if not names:
            return
        quoted = QuoteDetector(dialect.delimiter, len(names), names.index(self.label(names)))
        while True:
            try:
                fields = rows.next()
            except QuotingError as error:
                column = names[error.place] if error.place < len(names) else None
                yield InvalidRow(f"line {rows.number}", str(error), column=column, broken=True)
                return
            if fields is None:
                return
            if dialect.quotes and not dialect.escaped:
                quoted.look_at(rows.number, rows.raw)
            yield self._row(f"line {rows.number}", fields, "".join(rows.raw), names, dialect)

    def _row(
        self, where: str, fields: list[str], raw: str, names: tuple[str, ...], dialect: Dialect
    ) -> TableRow:
        if wrong := decoding_error(raw, self.encoding):
            at = next(
                (i for i, value in enumerate(fields) if decoding_error(value, self.encoding)), len(names)
            )
            return InvalidRow(where, wrong, column=names[at] if at < len(names) else None)
        if len(fields) != len(names):
            return InvalidRow(where, self._count(fields, names, dialect))
        if not self.names and fields[0].strip() == names[0] and tuple(map(_name, fields)) == names:
            return InvalidRow(where, "the header is repeated, as if files were joined: remove it")
        return where, dict(zip(names, fields, strict=True))

    def _count(self, fields: Sequence[str], names: Sequence[str], dialect: Dialect) -> str:
        number = f"{len(fields)} field" + "s" * (len(fields) != 1)
        given = f"{named('columns')} names" if self.names else "the header has"
        what = f"{number}, where {given} {len(names)} ({listed(names)})"
        if len(fields) < len(names):
            return f"{what}: add what is missing"
        if len(fields) == len(names) + 1 and not fields[-1]:
            return f"{what}: remove the {dialect.called} at its end, or add one to the header"
        numbered = len(fields) == len(names) + 1 and fields[0].strip().isdecimal()  # as R writes a table
        more = ", or name the column of row numbers in the header"
        more *= numbered and not self.names and self.label(names) != names[0]
        return f"{what}: enclose a text that contains a {dialect.called} in quotes{more}"


def check_delimiter(given: str) -> str:
    """The delimiter by its name, such as `comma`, or itself."""
    delimiter = DELIMITERS.get(given, "\t" if given == r"\t" else given)
    if len(delimiter) != 1 or delimiter in '\r\n"\0':
        allowed = f"one character, or {', '.join(DELIMITERS)}"
        raise UserError(f"{named('delimiter')} must be {allowed}, got {short_repr(given)}")
    return delimiter


def _first(lines: Iterator[str]) -> tuple[int, str]:
    """How many blank lines come first, and the line after them."""
    before = 0
    while (line := next(lines, "")) and not line.strip("\r\n"):
        before += 1
    return before, line


def _parted(line: str, dialect: Dialect) -> list[str]:
    try:
        return DelimitedRows(iter([line]), dialect).next() or []
    except QuotingError:
        return []


def _name(field: str) -> str:
    return field.strip().removeprefix(_MARK).strip()
