"""What words look like at a glance, so that a dictionary need not be asked about most of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from robustaudit.core.codes import Integers, Points

Outlines: TypeAlias = NDArray[np.uint64]
"""The first eight letters of each word as one number, whatever their case."""

_SEEN = 8
_CURLY = ord("’")
_LAST_ASCII = 0x7F
_HASH_BITS = 14
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_LOWER = np.uint64(0x2020202020202020)  # the bit that capitals lack
_FIRST_LETTERS = np.array([(1 << 8 * letters) - 1 for letters in range(_SEEN + 1)], dtype=np.uint64)


@dataclass(frozen=True, slots=True, eq=False)
class Vocabulary:
    """The outlines of some words, sorted, and which hashes they have."""

    outlines: Outlines
    hashes: NDArray[np.bool_]

    @classmethod
    def of(cls, words: Iterable[str]) -> Self:
        """A vocabulary of words of ASCII."""
        encoded = [word.encode("ascii") for word in words]
        letters = b"".join(word[:_SEEN].ljust(_SEEN, b"\0") for word in encoded)
        lengths = np.array(list(map(len, encoded)), dtype=np.int64)
        outlines = np.unique(_masked(np.frombuffer(letters, dtype="<u8"), lengths))
        hashes = np.zeros(1 << _HASH_BITS, dtype=np.bool_)
        hashes[_hash(outlines)] = True
        return cls(outlines, hashes)

    def find(self, outlines: Outlines) -> Integers:
        """The places of those that are in the vocabulary."""
        # Most words are none of it, and their hash says so sooner than a search.
        likely = np.flatnonzero(self.hashes.take(_hash(outlines)))
        found = outlines[likely]
        alike = np.append(self.outlines, np.uint64(0))[np.searchsorted(self.outlines, found)] == found
        return np.compress(alike, likely)


def outlines_in(points: Points, begin: Integers, end: Integers) -> tuple[Outlines, Integers]:
    """The outline of each span, ’ taken for ', and the places of characters that have no part in one."""
    letters = np.zeros(len(points) + _SEEN, dtype=np.uint8)
    np.copyto(letters[:-_SEEN], points, casting="unsafe")
    wide = np.flatnonzero(points > _LAST_ASCII)
    curly = points[wide] == _CURLY
    letters[wide[curly]] = ord("'")
    # Eight letters read as one number, wherever they begin.
    eights = np.ndarray((len(points) + 1,), dtype="<u8", buffer=letters, strides=(1,))
    return _masked(eights[begin], end - begin), wide[~curly]


def _masked(eights: NDArray[np.uint64], lengths: Integers) -> Outlines:
    outlines: Outlines = (eights | _LOWER) & _FIRST_LETTERS.take(lengths, mode="clip")
    return outlines


def _hash(outlines: Outlines) -> Integers:
    hashes: Integers = (outlines * _GOLDEN >> np.uint64(64 - _HASH_BITS)).view(np.int64)
    return hashes
