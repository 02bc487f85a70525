"""What every reader gives: rows under the names of their columns, or what is wrong with one."""

import io
import lzma
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, cast

import pyarrow as pa

from robustaudit.core.display import short_repr, visible
from robustaudit.core.spelling import option

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
        column = "" if self.column is None else f", column {short_repr(self.column)}"
        return f"{self.where}{column}: {self.what}"


TableRow = tuple[str, Mapping[str, Any]] | BadRow  # where the row stands, for messages, and what it says


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows to be read once, from first to last; where no names are given, the first row has them."""

    rows: Iterator[TableRow]
    form: str
    names: tuple[str, ...] = ()
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # names of a column's numbers
    notes: tuple[str, ...] = ()  # what was found out about the file, and should be said
    advice: str = ""  # what else helps where columns of these names are not known


def listed(names: Iterable[str]) -> str:
    """Names for a message, those of a wide table cut short."""
    names = [visible(str(name)) for name in names]
    return ", ".join(names[:_MOST_NAMES]) + (", …" if len(names) > _MOST_NAMES else "") or "nothing"


def read_error_message(error: Exception) -> str:
    """What broke off the reading of a file, and what helps."""
    words = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, EOFError) or "truncated" in words.lower():
        return "the file is cut short: fetch or write it again"
    if isinstance(error, OSError) and error.errno is not None:
        named = "" if error.filename is None else f"{short_repr(str(error.filename))} "
        return f"{named}cannot be read: {error.strerror}"
    return f"cannot be read: {words}: mend it, or give {option('data_format')}"


MEGABYTE = 10**6
LONGEST_OBJECT = 64 * MEGABYTE  # characters of JSON that are taken in at once

_ALWAYS = 256 * MEGABYTE
_TIMES = 100  # what texts are packed to is seldom less than a twentieth


@dataclass(slots=True)
class SizeLimit:
    """Bytes that data may hold: those given, or else 256 MB, or 100 times its size where that is more."""

    given: int | None = None
    size: int = 0  # bytes of the packed data, as far as it is read
    spent: int = 0

    @property
    def most(self) -> int:
        """How many it may hold."""
        return self.given or max(_ALWAYS, _TIMES * self.size)

    def spend(self, number: int) -> None:
        """Take that many bytes more.

        Raises:
            BadRow: they are too many.
        """
        self.spent += number
        if self.spent > self.most:
            what = f"{self.size:,} bytes hold more than {self.most // MEGABYTE:,} MB unpacked"
            what += f": give {option('max_data_mb')} where that is meant"
            raise BadRow("its content", what, broken=True)


def count_packed(packed: BinaryIO, budget: SizeLimit) -> BinaryIO:
    """A packed stream; what is read of it is its size."""

    def read(number: int) -> bytes:
        part = packed.read(number)
        budget.size += len(part)
        return part

    return cast("BinaryIO", io.BufferedReader(_Read(read)))


def limit_unpacked(unpacked: BinaryIO, budget: SizeLimit) -> BinaryIO:
    """An unpacked stream, of which no more is read than a budget allows."""
    # What came before a file breaks off is still read, so that the line where it does is known.
    some: Callable[[int], bytes] = getattr(unpacked, "read1", unpacked.read)

    def read(number: int) -> bytes:
        part = some(number)
        budget.spend(len(part))
        return part

    return cast("BinaryIO", io.BufferedReader(_Read(read)))


class _Read(io.RawIOBase):
    """A stream of what a function gives."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        part = self._read(len(buffer))
        buffer[: len(part)] = part
        return len(part)
