"""How much data may hold once it is unpacked: a few bytes may stand for more than any memory has."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, cast

from robustaudit.datasets.table import BadRow

MEGABYTE = 10**6
LONGEST_OBJECT = 64 * MEGABYTE  # characters of JSON that are taken in at once

_ALWAYS = 256 * MEGABYTE
_TIMES = 100  # what texts are packed to is seldom less than a twentieth


@dataclass(slots=True)
class Budget:
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
            raise BadRow("its content", f"{what}: give --max-data-mb where that is meant", broken=True)


def counted(packed: BinaryIO, budget: Budget) -> BinaryIO:
    """A packed stream; what is read of it is its size."""

    def read(number: int) -> bytes:
        part = packed.read(number)
        budget.size += len(part)
        return part

    return cast("BinaryIO", io.BufferedReader(_Read(read)))


def bounded(unpacked: BinaryIO, budget: Budget) -> BinaryIO:
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
