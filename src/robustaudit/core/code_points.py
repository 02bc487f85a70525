"""Strings as slices of one array of code points, so that thousands are cut and joined at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Points = NDArray[np.uint32]

_SEPARATOR = "\n"


@dataclass(frozen=True, slots=True)
class CodePoints:
    """String i is the code points `points[start[i]:stop[i]]`; slices may lie anywhere and overlap."""

    points: Points
    start: Integers
    stop: Integers

    @classmethod
    def of(cls, strings: Sequence[str]) -> Self:
        """The strings one after the other, with a line feed between any two: no word lies in both."""
        encoded = _SEPARATOR.join(strings).encode("utf-32-le", "surrogatepass")
        lengths = np.fromiter(map(len, strings), dtype=np.int64, count=len(strings))
        stop = np.cumsum(lengths + 1) - 1
        return cls(np.frombuffer(encoded, dtype=np.uint32), stop - lengths, stop)

    @classmethod
    def joined(cls, parts: Sequence["CodePoints"]) -> Self:
        """The strings of all parts, one part after the other."""
        shift = np.cumsum([0, *(len(part.points) for part in parts)])
        start, stop = (
            np.concatenate([getattr(part, side) + by for part, by in zip(parts, shift, strict=False)])
            for side in ("start", "stop")
        )
        return cls(np.concatenate([part.points for part in parts]), start, stop)

    def take(self, places: Integers) -> "CodePoints":
        """The strings at those places, in that order."""
        return CodePoints(self.points, self.start[places], self.stop[places])

    def __len__(self) -> int:
        return len(self.start)

    def __getitem__(self, index: int) -> str:
        return text_of(self.points[self.start[index] : self.stop[index]])

    @property
    def lengths(self) -> Integers:
        return self.stop - self.start

    def strings(self) -> list[str]:
        """The strings themselves, made from those code points alone that lie in one of them."""
        lengths = self.lengths
        return split_by_lengths(self.points.take(ranges(self.start, lengths)), lengths)


def text_of(points: Points) -> str:
    """The code points as one string; lone surrogates stay as they are."""
    return str(np.ascontiguousarray(points).data, "utf-32-le", "surrogatepass")


def split_by_lengths(points: Points, lengths: Integers) -> list[str]:
    """Strings of those lengths that lie one after the other."""
    text = text_of(points)
    return [text[start:stop] for start, stop in pairwise([0, *np.cumsum(lengths).tolist()])]


def ranges(start: Integers, lengths: Integers) -> Integers:
    """The numbers from `start[i]` on, so many as `lengths[i]`, for each i and one after the other."""
    stop = np.cumsum(lengths)
    numbers = np.repeat(start - (stop - lengths), lengths)
    numbers += np.arange(len(numbers))
    return numbers
