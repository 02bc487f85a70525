"""Edits of many draws as columns; objects are made only of those that somebody looks at."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self, overload

import numpy as np
from numpy.typing import NDArray

from robustaudit.core.codes import Codes, Integers, cut, ranges
from robustaudit.core.records import Edit


@dataclass(frozen=True, slots=True, eq=False)
class EditColumns(Sequence[tuple[Edit, ...]]):
    """The edits of draw i are those from `bounds[i]` to `bounds[i + 1]`, sorted, none over another."""

    bounds: Integers
    start: Integers
    stop: Integers
    replacement: Codes

    @classmethod
    def of(cls, draws: Sequence[Sequence[Edit]]) -> Self:
        bounds = np.cumsum([0, *map(len, draws)])
        edits = [edit for draw in draws for edit in draw]
        start, stop = (
            np.array([getattr(e, side) for e in edits], dtype=np.int64) for side in ("start", "stop")
        )
        return cls(bounds, start, stop, Codes.of([edit.replacement for edit in edits]))

    def __len__(self) -> int:
        return len(self.bounds) - 1

    @overload
    def __getitem__(self, index: int) -> tuple[Edit, ...]: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[tuple[Edit, ...]]: ...
    def __getitem__(self, index: int | slice) -> tuple[Edit, ...] | Sequence[tuple[Edit, ...]]:
        if isinstance(index, slice):
            return [self[draw] for draw in range(len(self))[index]]
        draw = range(len(self))[index]
        edits = range(self.bounds[draw], self.bounds[draw + 1])
        return tuple(Edit(int(self.start[e]), int(self.stop[e]), self.replacement[e]) for e in edits)

    @property
    def draw(self) -> Integers:
        """The draw that each edit is of."""
        return np.repeat(np.arange(len(self)), np.diff(self.bounds))

    @property
    def touching(self) -> NDArray[np.bool_]:
        """Which draws have two edits with nothing between them."""
        draw, found = self.draw, np.zeros(len(self), dtype=np.bool_)
        found[draw[1:][(self.start[1:] <= self.stop[:-1]) & (draw[1:] == draw[:-1])]] = True
        return found

    @property
    def may_cancel(self) -> NDArray[np.bool_]:
        """Which draws may leave a text as it was: they add as much as they remove, not in one place."""
        growth = self.replacement.lengths - (self.stop - self.start)
        found = np.zeros(len(self), dtype=np.bool_)
        if len(growth) and growth.min() < 0 < growth.max():
            draw = self.draw
            found[draw[growth != 0]] = True
            found &= np.bincount(draw, growth, minlength=len(self)) == 0
        return found

    @property
    def characters(self) -> Integers:
        """How many characters each edit changes: those it replaces, and those it removes or inserts beyond.

        That is the longer of what stood there and what stands there: 1 for `a→b`, for `a→` and for `→b`.
        """
        changed: Integers = np.maximum(self.stop - self.start, self.replacement.lengths)
        return changed

    @classmethod
    def joined(cls, parts: Sequence["EditColumns"]) -> Self:
        """The edits of the draws of all parts, one part after the other."""
        sizes = np.concatenate([np.diff(part.bounds) for part in parts])
        start, stop = (np.concatenate([getattr(part, side) for part in parts]) for side in ("start", "stop"))
        replacement = Codes.joined([part.replacement for part in parts])
        return cls(np.append(0, np.cumsum(sizes)), start, stop, replacement)

    def take(self, draws: Integers) -> "EditColumns":
        """The edits of those draws, in that order."""
        sizes = np.diff(self.bounds)[draws]
        places = ranges(self.bounds[draws], sizes)
        bounds = np.append(0, np.cumsum(sizes))
        return EditColumns(bounds, self.start[places], self.stop[places], self.replacement.take(places))


def share_of_characters(texts: Codes, rows: Integers, edits: EditColumns) -> NDArray[np.float64]:
    """For each draw the characters that its edits change, over the characters of its text `rows[i]`.

    As a character error rate it counts insertions and may exceed 1; edits are composed on the text, and cut
    to what differs. A text without characters counts as one of one.
    """
    changed = np.bincount(edits.draw, edits.characters, minlength=len(rows))
    return changed / np.maximum(texts.lengths[rows], 1)


def splice(originals: Sequence[str], texts: Codes, rows: Integers, edits: EditColumns) -> list[str]:
    """For each draw its original, text `rows[i]`, after its edits; the very same string if it has none."""
    changed = np.flatnonzero(np.diff(edits.bounds))
    if len(changed) == len(rows):
        return _spliced(texts, rows, edits)
    bounds = np.append(0, edits.bounds[1:][changed])
    those = EditColumns(bounds, edits.start, edits.stop, edits.replacement)
    new = list(originals)
    for draw, text in zip(changed.tolist(), _spliced(texts, rows[changed], those), strict=True):
        new[draw] = text
    return new


def _spliced(texts: Codes, rows: Integers, edits: EditColumns) -> list[str]:
    draw, bounds, draws = edits.draw, edits.bounds, np.arange(len(rows))
    # What is kept of a text and what is put there take turns: of n edits, n + 1 stretches that are kept.
    put = 2 * np.arange(len(draw)) + draw + 1
    first, last = 2 * bounds[:-1] + draws, 2 * bounds[1:] + draws
    offset = texts.start[rows]
    start, stop = np.empty((2, 2 * len(draw) + len(rows)), dtype=np.int64)
    start[first], stop[last] = offset, texts.stop[rows]
    stop[put - 1] = edits.start + offset[draw]
    start[put + 1] = edits.stop + offset[draw]
    start[put] = edits.replacement.start + len(texts.points)
    stop[put] = edits.replacement.stop + len(texts.points)
    points = np.concatenate((texts.points, edits.replacement.points)).take(ranges(start, stop - start))
    return cut(points, np.diff(np.cumsum(stop - start)[last], prepend=0))
