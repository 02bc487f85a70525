"""Strings as slices of one array of code points, so that thousands are cut and joined at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray

from robustaudit.core.arrays import Integers

Points = NDArray[np.uint32]

_SEPARATOR = "\n"
_BITS = 21  # that hold each code point, and one more
_IN_A_NUMBER = 3  # code points, so that 63 bits are enough


@dataclass(frozen=True, slots=True)
class CodePoints:
    """String i is the code points `points[start[i]:stop[i]]`; slices may lie anywhere and overlap."""

    points: Points
    start: Integers
    stop: Integers

    @classmethod
    def of(cls, strings: Sequence[str]) -> Self:
        """The strings joined by line feeds, so that no word spans two of them."""
        encoded = _SEPARATOR.join(strings).encode("utf-32-le", "surrogatepass")
        lengths = np.fromiter(map(len, strings), dtype=np.int64, count=len(strings))
        stop = np.cumsum(lengths + 1) - 1
        return cls(np.frombuffer(encoded, dtype=np.uint32), stop - lengths, stop)

    @classmethod
    def joined(cls, parts: Sequence["CodePoints"]) -> Self:
        """The strings of all parts, in order."""
        shift = np.cumsum([0, *(len(part.points) for part in parts)])
        start, stop = (
            np.concatenate([getattr(part, side) + by for part, by in zip(parts, shift, strict=False)])
            for side in ("start", "stop")
        )
        return cls(np.concatenate([part.points for part in parts]), start, stop)

    def take(self, indices: Integers) -> "CodePoints":
        """The strings at these indices, in this order."""
        return CodePoints(self.points, self.start[indices], self.stop[indices])

    def __len__(self) -> int:
        return len(self.start)

    def __getitem__(self, index: int) -> str:
        return text_of(self.points[self.start[index] : self.stop[index]])

    @property
    def lengths(self) -> Integers:
        return self.stop - self.start

    def strings(self) -> list[str]:
        """All strings; code points outside of the slices are not decoded."""
        lengths = self.lengths
        return split_by_lengths(self.points.take(ranges(self.start, lengths)), lengths)

    def numbered(self) -> Integers:
        """A number for each string, the same for equal ones alone; most need no Python string."""
        lengths = self.lengths
        number = np.zeros(len(self), dtype=np.int64)
        for place in range(_IN_A_NUMBER):
            rows = np.flatnonzero(lengths > place)
            point = self.points[self.start[rows] + place].astype(np.int64)
            number[rows] |= (point + 1) << (_BITS * place)
        long = np.flatnonzero(lengths > _IN_A_NUMBER)
        seen: dict[str, int] = {}
        strings = self.take(long).strings()
        number[long] = [-1 - seen.setdefault(string, len(seen)) for string in strings]
        return number


def text_of(points: Points) -> str:
    """The code points as one string; lone surrogates stay as they are."""
    return str(np.ascontiguousarray(points).data, "utf-32-le", "surrogatepass")


def split_by_lengths(points: Points, lengths: Integers) -> list[str]:
    """Consecutive strings of the given lengths."""
    text = text_of(points)
    return [text[start:stop] for start, stop in pairwise([0, *np.cumsum(lengths).tolist()])]


def ranges(start: Integers, lengths: Integers) -> Integers:
    """The concatenation of `arange(start[i], start[i] + lengths[i])` over all i."""
    stop = np.cumsum(lengths)
    numbers = np.repeat(start - (stop - lengths), lengths)
    numbers += np.arange(len(numbers))
    return numbers
