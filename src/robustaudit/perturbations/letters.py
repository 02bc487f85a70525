"""Edits of letters as columns, for words whose letters are single code points."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, TypeAlias, final, overload

import numpy as np
from numpy.typing import NDArray

from robustaudit.core.arrays import Integers
from robustaudit.core.code_points import CodePoints, Points
from robustaudit.perturbations.characters import OTHER, kinds_of
from robustaudit.perturbations.words import Words


@dataclass(frozen=True, slots=True)
class TrimmedEdits:
    """`new[i]` replaces the code points `start[i]` to `stop[i]` of a batch."""

    start: Integers
    stop: Integers
    new: CodePoints


def trim_all(before: CodePoints, after: CodePoints) -> TrimmedEdits:
    """The smallest edit that turns each span `before` into `after`, like `core.edits.trim` for one."""
    shorter = np.minimum(before.lengths, after.lengths)
    head = _agreeing(before, after, shorter)
    tail = _agreeing(before, after, shorter - head, backwards=True)
    new = CodePoints(after.points, after.start + head, after.stop - tail)
    return TrimmedEdits(before.start + head, before.stop - tail, new)


def joined(parts: Sequence[TrimmedEdits]) -> TrimmedEdits:
    """The pieces of all parts, one part after the other."""
    start, stop = (np.concatenate([getattr(part, side) for part in parts]) for side in ("start", "stop"))
    return TrimmedEdits(start, stop, CodePoints.joined([part.new for part in parts]))


def merged(positions: Sequence[Integers], parts: Sequence[TrimmedEdits]) -> TrimmedEdits:
    """The pieces of all parts, those of part i at `positions[i]`."""
    order, pieces = np.argsort(np.concatenate(positions)), joined(parts)
    return TrimmedEdits(pieces.start[order], pieces.stop[order], pieces.new.take(order))


def _agreeing(one: CodePoints, other: CodePoints, most: Integers, *, backwards: bool = False) -> Integers:
    """The length of the common prefix, or suffix, of two strings: at most `most`."""
    row = np.repeat(np.arange(len(most)), most)
    begins = np.cumsum(most) - most
    along = np.arange(len(row)) - begins[row]
    mine, theirs = (
        strings.points[strings.stop[row] - 1 - along if backwards else strings.start[row] + along]
        for strings in (one, other)
    )
    differing = np.flatnonzero(mine != theirs)
    first = np.append(differing, len(row))[np.searchsorted(differing, begins)]
    agreeing: Integers = np.minimum(first - begins, most)
    return agreeing


_MOST_WORDS = 1 << 17  # words

Weights: TypeAlias = NDArray[np.float64]


class WeightedStrings(Sequence[str]):
    """Replacements that are drawn in proportion to their weights, which are above 0."""

    __slots__ = ("_strings", "weights")

    def __init__(self, strings: Sequence[str], weights: Sequence[float]) -> None:
        self._strings, self.weights = strings, np.array(weights, dtype=np.float64)

    def __len__(self) -> int:
        return len(self._strings)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        return self._strings[index]


class Options(Sequence[Sequence[str]]):
    """The replacements of each distinct site, counted before any is built."""

    counts: Integers

    @abstractmethod
    def of(self, form: int) -> Sequence[str]:
        """The replacements of a distinct site."""

    def weights(self, form: int) -> Weights:
        """The weight of each replacement of a distinct site, of those that have weights."""
        found = self.of(form)
        return found.weights if isinstance(found, WeightedStrings) else np.zeros(0)

    @final
    def __len__(self) -> int:
        return len(self.counts)

    @overload
    def __getitem__(self, index: int) -> Sequence[str]: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Sequence[str]]: ...
    def __getitem__(self, index: int | slice) -> Sequence[str] | Sequence[Sequence[str]]:
        if isinstance(index, slice):
            return [self.of(form) for form in range(len(self))[index]]
        return self.of(range(len(self))[index])


class WordOptions(Options):
    """The replacements of distinct words."""

    def __init__(self, options: Sequence[Sequence[str]], counts: Integers) -> None:
        self.counts = counts
        self._options = options

    def of(self, form: int) -> Sequence[str]:
        return self._options[form]


class WordCache:
    """A cache of the replacements of words; texts repeat words, so that most are computed once per run."""

    def __init__(self, replacements: Callable[[str], Sequence[str]]) -> None:
        self._replacements = replacements
        self._forget()

    def _forget(self) -> None:
        self._forms = _DistinctWords(self._replacements)
        self._counts = np.zeros(1, dtype=np.int64)

    def look_up(self, words: Sequence[str]) -> tuple[Integers, WordOptions]:
        """The index of each word among the distinct ones, and the replacements of each distinct word."""
        if len(self._forms) > _MOST_WORDS:
            self._forget()
        form = np.fromiter(map(self._forms.__getitem__, words), dtype=np.int64, count=len(words))
        new = self._forms.options[len(self._counts) :]
        if new:
            self._counts = np.append(self._counts, list(map(len, new)))
        return form, WordOptions(self._forms.options, self._counts)


class _DistinctWords(dict[str, int]):
    """The position of each word among the options; words without replacements share the first."""

    def __init__(self, replacements: Callable[[str], Sequence[str]]) -> None:
        super().__init__()
        self.replacements = replacements
        self.options: list[Sequence[str]] = [()]

    def __missing__(self, word: str) -> int:
        found = self.replacements(word)
        self[word] = len(self.options) if found else 0
        if found:
            self.options.append(found)
        return self[word]


_ALL_POINTS = 0x110000
_MOST_LETTERS = 1 << 14  # letters


class LetterEdits(Protocol):
    """The edits of a word at each of its letters, which depend on `span` letters from there on."""

    span: int
    shortest: int  # letters of a word that may be edited, in scripts with spaces

    def counts(self, points: Points) -> NDArray[np.integer]:
        """The number of edits at each code point, taken as a letter of a word that continues after it."""

    def needs_fallback(self, points: Points) -> Integers:
        """Positions of letters whose words need the string interface."""

    def pieces(self, points: Points, at: Integers, end: Integers, chosen: Integers) -> TrimmedEdits:
        """The chosen edits at the code points `at`, in words that end at `end`, reduced like `trim`."""


class LetterTable:
    """The replacements of each letter, computed once per letter."""

    span = 1

    def __init__(self, choices: Callable[[str], Sequence[str]], *, shortest: int) -> None:
        self.shortest = shortest
        self.choices = lru_cache(maxsize=_MOST_LETTERS)(choices)
        self._counts = np.zeros(_ALL_POINTS, dtype=np.uint16)  # one more than there are; 0 if not asked yet
        self._first = np.zeros(_ALL_POINTS, dtype=np.int32)
        self._awkward = np.zeros(_ALL_POINTS, dtype=np.bool_)
        self._any_awkward = False
        self._pieces = trim_all(CodePoints.of(()), CodePoints.of(()))

    def counts(self, points: Points) -> NDArray[np.integer]:
        counts = self._counts.take(points)
        if not counts.all():
            self._learn(np.unique(points[counts == 0]))
            counts = self._counts.take(points)
        return counts - np.uint16(1)

    def needs_fallback(self, points: Points) -> Integers:
        return np.flatnonzero(self._awkward.take(points)) if self._any_awkward else np.zeros(0, np.int64)

    def pieces(self, points: Points, at: Integers, end: Integers, chosen: Integers) -> TrimmedEdits:
        known = self._pieces
        place = self._first.take(points[at]) + chosen
        start, stop = at + known.start[place], at + known.stop[place]
        return _slid(TrimmedEdits(start, stop, known.new.take(place)), points, end)

    def _learn(self, points: Points) -> None:
        letters = points[kinds_of(points) & OTHER == 0]
        choices = [self.choices(chr(letter)) for letter in letters.tolist()]
        counts = np.fromiter(map(len, choices), dtype=np.int64, count=len(choices))
        row = np.repeat(np.arange(len(letters)), counts)
        found = trim_all(
            CodePoints(letters, row, row + 1), CodePoints.of([new for each in choices for new in each])
        )
        found = TrimmedEdits(found.start - row, found.stop - row, found.new)
        self._first[letters] = len(self._pieces.start) + np.cumsum(counts) - counts
        self._pieces = joined((self._pieces, found))
        awkward = letters[row[(found.start == found.stop) & (found.new.lengths > 1)]]
        self._awkward[awkward] = True
        self._any_awkward |= len(awkward) > 0
        self._counts[points] = 1
        self._counts[letters] = counts + 1


class SwapEdits:
    """Swaps of two unequal neighbouring letters."""

    span = 2
    shortest = 2

    def counts(self, points: Points) -> NDArray[np.integer]:
        counts = np.zeros(len(points), dtype=np.uint8)
        np.not_equal(points[:-1], points[1:], out=counts[:-1].view(np.bool_))
        return counts

    def needs_fallback(self, points: Points) -> Integers:  # noqa: ARG002
        return np.zeros(0, dtype=np.int64)

    def pieces(self, points: Points, at: Integers, end: Integers, chosen: Integers) -> TrimmedEdits:  # noqa: ARG002
        new = np.stack((points[at + 1], points[at]), axis=1).ravel()
        start = 2 * np.arange(len(at))
        return TrimmedEdits(at, at + 2, CodePoints(new, start, start + 2))


class LetterOptions(Options):
    """The replacements of each word of a batch by one edit of its letters, as strings and as columns.

    `spell` gives strings for the words that columns cannot represent, such as those with a letter of several
    code points.
    """

    def __init__(self, edits: LetterEdits, words: Words, spell: Callable[[str], Sequence[str]]) -> None:
        self._edits, self._words, self._spell = edits, words, spell
        points = words.points
        counts = edits.counts(points)
        self._before = np.zeros(len(points) + 1, dtype=np.int64)
        np.cumsum(counts, out=self._before[1:])
        last = np.maximum(words.end + 1 - edits.span, words.begin)
        self.counts = self._before[last] - self._before[words.begin]
        short = words.end - words.begin < edits.shortest
        short[words.unspaced] = False
        self.counts[short] = 0
        awkward = words.holding(edits.needs_fallback(points))
        self.as_strings = np.union1d(words.composed, awkward) if len(awkward) else words.composed
        found = map(spell, words.codes.take(self.as_strings).strings())
        self._spellings = dict(zip(self.as_strings.tolist(), found, strict=True))
        self.counts[self.as_strings] = list(map(len, self._spellings.values()))

    def of(self, form: int) -> Sequence[str]:
        return self._spell(self._words.codes[form])

    def pieces(self, words: Integers, chosen: Integers) -> TrimmedEdits:
        """The chosen edit of each word."""
        if not len(self.as_strings):
            return self._by_letters(words, chosen)
        spelt = np.isin(words, self.as_strings)
        slow, fast = np.flatnonzero(spelt), np.flatnonzero(~spelt)
        return merged(
            (slow, fast),
            (self._by_words(words[slow], chosen[slow]), self._by_letters(words[fast], chosen[fast])),
        )

    def _by_letters(self, words: Integers, chosen: Integers) -> TrimmedEdits:
        begin, end = self._words.begin[words], self._words.end[words]
        which = self._before[begin] + chosen
        at = np.searchsorted(self._before, which, side="right") - 1
        return self._edits.pieces(self._words.points, at, end, which - self._before[at])

    def _by_words(self, words: Integers, chosen: Integers) -> TrimmedEdits:
        new = [self._spellings[word][k] for word, k in zip(words.tolist(), chosen.tolist(), strict=True)]
        return trim_all(self._words.codes.take(words), CodePoints.of(new))


def _slid(pieces: TrimmedEdits, points: Points, end: Integers) -> TrimmedEdits:
    """The same edits, with one that only inserts or deletes a letter moved after equal letters."""
    start, stop, new = pieces.start, pieces.stop, pieces.new
    inserts, deletes = start == stop, new.start == new.stop
    letter = points[np.minimum(start, end - 1)]
    letter[inserts] = new.points[new.start[inserts]]
    followed = (stop < end) & (points.take(stop, mode="clip") == letter)
    moving = np.flatnonzero(followed & (inserts | deletes))
    if len(moving):
        others = np.append(np.flatnonzero(points[1:] != points[:-1]) + 1, len(points))
        behind = np.minimum(others[np.searchsorted(others, stop[moving], side="right")], end[moving])
        start[moving] += behind - stop[moving]
        stop[moving] = behind
    return pieces
