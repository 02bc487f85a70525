"""Words of texts, and letters of words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from robustaudit.core.arrays import Integers
from robustaudit.core.code_points import CodePoints, Points, ranges, text_of
from robustaudit.perturbations.characters import (
    COMPLEX,
    LETTER,
    MARK,
    OTHER,
    UNSPACED,
    any_unspaced,
    kinds_of,
)
from robustaudit.perturbations.segmentation import CHARACTERS, Segmenter, clusters, cut_unspaced

Fingerprints: TypeAlias = NDArray[np.uint64]
"""The first eight letters of each word as one number, whatever their case."""

_SEEN = 8
_CURLY = ord("’")
_LAST_ASCII = 0x7F
_HASH_BITS = 14
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_LOWER = np.uint64(0x2020202020202020)  # the bit that capitals lack
_FIRST_LETTERS = np.array([(1 << 8 * letters) - 1 for letters in range(_SEEN + 1)], dtype=np.uint64)


@dataclass(frozen=True, slots=True, eq=False)
class WordFingerprints:
    """Fingerprints of words, sorted, with their hashes."""

    outlines: Fingerprints
    hashes: NDArray[np.bool_]

    @classmethod
    def of(cls, words: Iterable[str]) -> Self:
        """The fingerprints of ASCII words."""
        encoded = [word.encode("ascii") for word in words]
        letters = b"".join(word[:_SEEN].ljust(_SEEN, b"\0") for word in encoded)
        lengths = np.array(list(map(len, encoded)), dtype=np.int64)
        outlines = np.unique(_masked(np.frombuffer(letters, dtype="<u8"), lengths))
        hashes = np.zeros(1 << _HASH_BITS, dtype=np.bool_)
        hashes[_hash(outlines)] = True
        return cls(outlines, hashes)

    def find(self, outlines: Fingerprints) -> Integers:
        """The positions of those that are in the vocabulary."""
        # Most words are none of it, and their hash says so sooner than a search.
        likely = np.flatnonzero(self.hashes.take(_hash(outlines)))
        found = outlines[likely]
        alike = np.append(self.outlines, np.uint64(0))[np.searchsorted(self.outlines, found)] == found
        return np.compress(alike, likely)


def fingerprints(points: Points, begin: Integers, end: Integers) -> tuple[Fingerprints, Integers]:
    """The fingerprint of each span, with ’ as ', and the positions of characters that cannot be in one."""
    letters = np.zeros(len(points) + _SEEN, dtype=np.uint8)
    np.copyto(letters[:-_SEEN], points, casting="unsafe")
    wide = np.flatnonzero(points > _LAST_ASCII)
    curly = points[wide] == _CURLY
    letters[wide[curly]] = ord("'")
    # Eight letters read as one number, wherever they begin.
    eights = np.ndarray((len(points) + 1,), dtype="<u8", buffer=letters, strides=(1,))
    return _masked(eights[begin], end - begin), wide[~curly]


def _masked(eights: NDArray[np.uint64], lengths: Integers) -> Fingerprints:
    outlines: Fingerprints = (eights | _LOWER) & _FIRST_LETTERS.take(lengths, mode="clip")
    return outlines


def _hash(outlines: Fingerprints) -> Integers:
    hashes: Integers = (outlines * _GOLDEN >> np.uint64(64 - _HASH_BITS)).view(np.int64)
    return hashes


# A word is a run of letters, digits, combining marks and ' ’ - _ * @, without the last six at its
# ends. In scripts without spaces a segmenter cuts them.

_SPACE = ord(" ")


def graphemes(word: str) -> Sequence[str]:
    """The letters of a word as a reader counts them (Unicode UAX #29, extended grapheme clusters)."""
    return word if word.isascii() else clusters(word)


class Words:
    """The words of a batch as columns of one length, in the order of the texts.

    `text` is a word's row in the batch, `start` and `stop` its code points there, `begin` and `end` its code
    points in the batch, `form` its place in `forms`, the distinct words.
    """

    def __init__(self, codes: CodePoints, segmenter: Segmenter = CHARACTERS) -> None:
        self.points = codes.points
        self._kinds = kinds_of(codes.points)
        runs = cut_unspaced(self.points, self._kinds, *_runs(self._kinds), segmenter=segmenter)
        self.begin, self.end = _without_edges(self._kinds, *runs)
        self.bounds = np.searchsorted(self.begin, np.append(codes.start, len(codes.points)))
        self.text = np.repeat(np.arange(len(codes)), np.diff(self.bounds))
        offset = codes.start[self.text]
        self.start, self.stop = self.begin - offset, self.end - offset

    def __len__(self) -> int:
        return len(self.text)

    @property
    def codes(self) -> CodePoints:
        return CodePoints(self.points, self.begin, self.end)

    @cached_property
    def composed(self) -> Integers:
        """The words, few in most scripts, with a letter that may have several code points."""
        return self.holding(np.flatnonzero(self._kinds & COMPLEX != 0))

    def holding(self, positions: Integers) -> Integers:
        """The words that contain any of these code points."""
        if not len(positions) or not len(self):
            return np.zeros(0, dtype=np.int64)
        words = np.searchsorted(self.begin, positions, side="right") - 1
        return np.unique(words[(words >= 0) & (positions < self.end[words])])

    @cached_property
    def unspaced(self) -> Integers:
        """The words that begin with a letter of a script without spaces."""
        if not any_unspaced(self._kinds):
            return np.zeros(0, dtype=np.int64)
        return np.flatnonzero(self._kinds[self.begin] & UNSPACED)

    @cached_property
    def space_separated(self) -> str:
        """The batch with spaces for all other characters: to split it is the fastest way to many words."""
        inside = np.zeros(len(self.points) + 1, dtype=np.int8)
        inside[self.begin] = 1
        inside[self.end] = -1
        np.cumsum(inside, out=inside)
        return text_of(np.where(inside[:-1], self.points, np.uint32(_SPACE)))

    @cached_property
    def strings(self) -> list[str]:
        """The words themselves."""
        if (self.begin[1:] == self.end[:-1]).any():
            return self.codes.strings()
        return self.space_separated.split()

    def resembling(self, vocabulary: WordFingerprints, *, among: Integers | None = None) -> Integers:
        """The words, of all or some, that may be in a vocabulary in any case: all that are, few others."""
        outlines, unclear = self._outlines
        if among is None:
            found = vocabulary.find(outlines)
        else:
            found = among[vocabulary.find(outlines[among])]
            unclear = np.intersect1d(unclear, among, assume_unique=True)
        return np.union1d(found, unclear) if len(unclear) else found

    @cached_property
    def _outlines(self) -> tuple[Fingerprints, Integers]:
        """The fingerprint of each word, and the words without one since they are not ASCII."""
        outlines, wide = fingerprints(self.points, self.begin, self.end)
        return outlines, self.holding(wide)

    @property
    def form(self) -> Integers:
        return self._distinct[0]

    @property
    def forms(self) -> Sequence[str]:
        return self._distinct[1]

    @cached_property
    def _distinct(self) -> tuple[Integers, Sequence[str]]:
        positions = _DistinctStrings()
        form = np.fromiter(map(positions.__getitem__, self.strings), dtype=np.int64, count=len(self))
        return form, tuple(positions)


class _DistinctStrings(dict[str, int]):
    """The index of each string among the distinct ones, in order of first occurrence."""

    def __missing__(self, string: str) -> int:
        place = self[string] = len(self)
        return place


def _runs(kinds: NDArray[np.uint8]) -> tuple[Integers, Integers]:
    """Starts and ends of the runs of word characters."""
    inside = np.zeros(len(kinds) + 2, dtype=np.bool_)
    np.equal(kinds & OTHER, 0, out=inside[1:-1])
    edges = np.flatnonzero(inside[1:] != inside[:-1])
    return edges[::2].copy(), edges[1::2].copy()


def _without_edges(kinds: NDArray[np.uint8], begin: Integers, end: Integers) -> tuple[Integers, Integers]:
    """Runs from the first letter to the last with its diacritics; runs without a letter are dropped."""
    ragged = np.flatnonzero(kinds[begin] & kinds[end - 1] & LETTER == 0)
    if not len(ragged):
        return begin, end
    positions = ranges(begin[ragged], end[ragged] - begin[ragged])
    letters = positions[kinds[positions] & LETTER != 0]
    bare = positions[kinds[positions] & MARK == 0]
    first = np.searchsorted(letters, begin[ragged])
    behind = np.searchsorted(letters, end[ragged])
    lettered = behind > first
    mended = ragged[lettered]
    last = letters[behind[lettered] - 1]
    begin[mended] = letters[first[lettered]]
    after = np.append(bare, len(kinds))[np.searchsorted(bare, last + 1)]
    end[mended] = np.minimum(after, end[mended])
    kept = np.delete(np.arange(len(begin)), ragged[~lettered])
    return begin[kept], end[kept]


class TextBatch:
    """Texts that are perturbed together; their words are found once."""

    def __init__(self, texts: Sequence[str], *, segmenter: Segmenter = CHARACTERS) -> None:
        self.texts = texts
        self.segmenter = segmenter

    @cached_property
    def codes(self) -> CodePoints:
        return CodePoints.of(self.texts)

    @cached_property
    def words(self) -> Words:
        return Words(self.codes, self.segmenter)

    @cached_property
    def word_counts(self) -> NDArray[np.int64]:
        """The number of words of each text, shape (n_texts,)."""
        return np.diff(self.words.bounds)
