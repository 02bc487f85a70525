"""Tables, which all readers return: rows by column, or what is wrong with a row; and limits of their size."""

import io
import lzma
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, cast

import pyarrow as pa

from robustaudit.core.display import short_repr, visible
from robustaudit.core.spelling import option

# Exceptions of reading a damaged file.
DAMAGED = (EOFError, OSError, UnicodeError, zlib.error, lzma.LZMAError, pa.ArrowException)

_MOST_NAMES = 12  # in a message


class InvalidRow(Exception):
    """An invalid row: its position, the column, and what is wrong."""

    def __init__(self, where: str, what: str, *, column: str | None = None, broken: bool = False) -> None:
        self.where = where
        self.what = what
        self.column = column
        self.broken = broken  # never skipped, as the next row cannot be found
        super().__init__(where, what)

    def __str__(self) -> str:
        column = "" if self.column is None else f", column {short_repr(self.column)}"
        return f"{self.where}{column}: {self.what}"


TableRow = tuple[str, Mapping[str, Any]] | InvalidRow  # the position of the row, for messages, and its values


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows to be read once; without `names`, the rows have them."""

    rows: Iterator[TableRow]
    format: str
    names: tuple[str, ...] = ()
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # class names by column
    notes: tuple[str, ...] = ()  # to report, such as a guessed delimiter
    text: str | None = None  # the column of texts, unless another is given
    label: str | None = None  # that of labels
    hint: str = ""  # further advice if columns are unknown


def listed(names: Iterable[str]) -> str:
    """Names for a message, at most a dozen."""
    names = [visible(str(name)) for name in names]
    return ", ".join(names[:_MOST_NAMES]) + (", …" if len(names) > _MOST_NAMES else "") or "nothing"


def read_error_message(error: Exception) -> str:
    """The message for an exception of reading a damaged file."""
    words = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, EOFError) or "truncated" in words.lower():
        return "the file is truncated: fetch or write it again"
    if isinstance(error, OSError) and error.errno is not None:
        named = "" if error.filename is None else f"{short_repr(str(error.filename))} "
        return f"{named}cannot be read: {error.strerror}"
    return f"cannot be read: {words}: fix it, or give {option('data_format')}"


MEGABYTE = 10**6
LONGEST_OBJECT = 64 * MEGABYTE  # characters of JSON that are read at once

_ALWAYS = 256 * MEGABYTE
_TIMES = 100  # compressed texts are seldom less than a twentieth


@dataclass(slots=True)
class SizeLimit:
    """Bytes that data may have unpacked: `given`, or else 256 MB, or 100 times its packed size if more."""

    given: int | None = None
    size: int = 0  # packed bytes read so far
    used: int = 0

    @property
    def most(self) -> int:
        """The limit in bytes."""
        return self.given or max(_ALWAYS, _TIMES * self.size)

    def spend(self, number: int) -> None:
        """Count unpacked bytes.

        Raises:
            InvalidRow: there are too many.
        """
        self.used += number
        if self.used > self.most:
            what = f"{self.size:,} bytes hold more than {self.most // MEGABYTE:,} MB unpacked"
            what += f": give {option('max_data_mb')} where that is meant"
            raise InvalidRow("its content", what, broken=True)


def count_packed(packed: BinaryIO, limit: SizeLimit) -> BinaryIO:
    """A packed stream whose bytes are counted as they are read."""

    def read(number: int) -> bytes:
        part = packed.read(number)
        limit.size += len(part)
        return part

    return cast("BinaryIO", io.BufferedReader(_Read(read)))


def limit_unpacked(unpacked: BinaryIO, limit: SizeLimit) -> BinaryIO:
    """An unpacked stream of limited size."""
    # `read1` still returns what precedes the damage of a file, so that its line is known.
    some: Callable[[int], bytes] = getattr(unpacked, "read1", unpacked.read)

    def read(number: int) -> bytes:
        part = some(number)
        limit.spend(len(part))
        return part

    return cast("BinaryIO", io.BufferedReader(_Read(read)))


class _Read(io.RawIOBase):
    """A stream of the bytes that a function returns."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        part = self._read(len(buffer))
        buffer[: len(part)] = part
        return len(part)
