"""What every reader gives: rows under the names of their columns, or what is wrong with one."""

import lzma
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from robustaudit.core.display import shown, visible

# What is read of a broken file raises one of these.
DAMAGED = (EOFError, OSError, UnicodeError, zlib.error, lzma.LZMAError, pa.ArrowException)

_MOST_NAMES = 12  # that a message lists


class BadRow(Exception):
    """A row that is no example: where it stands, in which column, and what is wrong there."""

    def __init__(self, where: str, what: str, *, column: str | None = None, broken: bool = False) -> None:
        self.where = where
        self.what = what
        self.column = column
        self.broken = broken  # where the next row begins cannot be told, so that it is never passed over
        super().__init__(where, what)

    def __str__(self) -> str:
        column = "" if self.column is None else f", column {shown(self.column)}"
        return f"{self.where}{column}: {self.what}"


Row = tuple[str, Mapping[str, Any]] | BadRow  # where the row stands, for messages, and what it says


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows to be read once, from first to last; where no names are given, the first row has them."""

    rows: Iterator[Row]
    form: str
    names: tuple[str, ...] = ()
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # names of a column's numbers
    notes: tuple[str, ...] = ()  # what was found out about the file, and should be said
    advice: str = ""  # what else helps where columns of these names are not known


def listed(names: Iterable[str]) -> str:
    """Names for a message, those of a wide table cut short."""
    names = [visible(str(name)) for name in names]
    return ", ".join(names[:_MOST_NAMES]) + (", …" if len(names) > _MOST_NAMES else "") or "nothing"


def damage(error: Exception) -> str:
    """What broke off the reading of a file, and what helps."""
    words = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, EOFError) or "truncated" in words.lower():
        return "the file is cut short: fetch or write it again"
    if isinstance(error, OSError) and error.errno is not None:
        named = "" if error.filename is None else f"{shown(str(error.filename))} "
        return f"{named}cannot be read: {error.strerror}"
    return f"cannot be read: {words}: mend it, or give --format"
