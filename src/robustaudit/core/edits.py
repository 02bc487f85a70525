"""Edits: apply, compose, trim and diff them; and as columns, for many draws at once."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Self, overload

import numpy as np
import regex
from numpy.typing import NDArray

from robustaudit.core.arrays import Integers
from robustaudit.core.code_points import CodePoints, ranges, split_by_lengths
from robustaudit.core.display import is_hidden
from robustaudit.core.records import Edit

# A list of edits is sorted, its spans do not overlap, and two of them never touch at the same gap.


def apply(text: str, edits: Sequence[Edit]) -> str:
    """The text with its edits made."""
    pieces: list[str] = []
    position = 0
    for edit in edits:
        pieces += (text[position : edit.start], edit.replacement)
        position = edit.stop
    pieces.append(text[position:])
    return "".join(pieces)


def trim(start: int, before: str, after: str) -> Edit:
    """The smallest edit that turns `before`, which begins at `start`, into `after`."""
    shorter = min(len(before), len(after))
    head = 0
    while head < shorter and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < shorter - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    return Edit(start + head, start + len(before) - tail, after[head : len(after) - tail])


def compose(text: str, first: Sequence[Edit], second: Sequence[Edit]) -> tuple[Edit, ...]:
    """The edits of `text` that have the effect of `first`, followed by `second` on its result.

    Spans that overlap or touch become one edit, trimmed to what it changes.
    """
    middle = apply(text, first)
    composed: list[Edit] = []
    growth = 0
    for cluster in _clusters(first, second):
        start = cluster.start - growth
        growth += cluster.growth
        stop = cluster.stop - growth
        inner = [Edit(e.start - cluster.start, e.stop - cluster.start, e.replacement) for e in cluster.second]
        after = apply(middle[cluster.start : cluster.stop], inner)
        if after != text[start:stop]:
            composed.append(trim(start, text[start:stop], after))
    return tuple(composed)


@dataclass(slots=True)
class _Cluster:
    """A span of the text between two lists of edits, with the effect of each."""

    start: int
    stop: int
    growth: int  # code points that the first list added here
    second: list[Edit]


def _clusters(first: Sequence[Edit], second: Sequence[Edit]) -> list[_Cluster]:
    spans: list[_Cluster] = []
    shift = 0
    for edit in first:
        start = edit.start + shift
        growth = len(edit.replacement) - (edit.stop - edit.start)
        spans.append(_Cluster(start, start + len(edit.replacement), growth, []))
        shift += growth
    spans += [_Cluster(edit.start, edit.stop, 0, [edit]) for edit in second]
    merged: list[_Cluster] = []
    for span in sorted(spans, key=lambda span: (span.start, span.stop)):
        if merged and span.start <= merged[-1].stop:
            last = merged[-1]
            last.stop = max(last.stop, span.stop)
            last.growth += span.growth
            last.second += span.second
        else:
            merged.append(span)
    return merged


_PIECE = re.compile(r"\w+|\s+|.", re.DOTALL)


def diff(before: str, after: str) -> tuple[Edit, ...]:
    """Edits that turn one text into the other: of few words and punctuation marks, trimmed."""
    from rapidfuzz.distance import Levenshtein  # noqa: PLC0415  (comes with the extras that need it)

    old, new = (_PIECE.findall(text) for text in (before, after))
    numbers: dict[str, int] = {}
    coded = [[numbers.setdefault(piece, len(numbers)) for piece in pieces] for pieces in (old, new)]
    old_ends, new_ends = _ends(old), _ends(new)
    edits: list[Edit] = []
    a = b = 0
    for block in Levenshtein.opcodes(*coded).as_matching_blocks():
        if (block.a, block.b) != (a, b):
            start, stop = old_ends[a], old_ends[block.a]
            edits.append(trim(start, before[start:stop], after[new_ends[b] : new_ends[block.b]]))
        a, b = block.a + block.size, block.b + block.size
    return tuple(edits)


def _ends(pieces: Sequence[str]) -> list[int]:
    return [0, *accumulate(map(len, pieces))]


_WORD = regex.compile(r"\w+(?:['’]\w+)*")
_JOINS = regex.compile(r"[\w'’]")
_LONGEST = 40  # characters that are shown as one word; in scripts without spaces a run of letters is none
_SEVERAL = 2


def as_words(text: str, edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """The same change for people to read, with whole words where that reads better: `it is→it's` for ` i→'`.

    A word is whole if several letters of it are rewritten, or if it is joined with another or divided. Words
    with characters that hide, and those with several that may look alike, are edited letter by letter.
    """
    words = [found.span() for found in _WORD.finditer(text)]
    clusters: list[tuple[int, int, list[Edit]]] = []
    for edit in edits:
        start, stop = _span_of_words(text, edit, words)
        if clusters and start < clusters[-1][1]:
            first, last, inside = clusters[-1]
            clusters[-1] = min(first, start), max(last, stop), [*inside, edit]
        else:
            clusters.append((start, stop, [edit]))
    shown: list[Edit] = []
    for start, stop, inside in clusters:
        new = apply(text[start:stop], [Edit(e.start - start, e.stop - start, e.replacement) for e in inside])
        whole = _reads_better(text, start, stop, inside) and _is_plain(text[start:stop] + new)
        shown += [Edit(start, stop, new)] if whole and max(stop - start, len(new)) <= _LONGEST else inside
    return tuple(shown)


def _span_of_words(text: str, edit: Edit, words: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The span of an edit with the words that it is in, or joins."""
    put, start, stop = edit.replacement, edit.start, edit.stop
    first, last = (put[:1], put[-1:]) if put else (text[stop : stop + 1], text[max(start - 1, 0) : start])
    before, after = bisect_left(words, (start, 0)) - 1, bisect_left(words, (stop + 1, 0)) - 1
    if before >= 0 and (start < words[before][1] or (start == words[before][1] and _JOINS.match(first))):
        start = words[before][0]
    if after >= 0 and stop < words[after][1] and (words[after][0] < stop or _JOINS.match(last)):
        stop = words[after][1]
    return start, stop


def _reads_better(text: str, start: int, stop: int, edits: Sequence[Edit]) -> bool:
    if len(edits) > 1:
        return all(edit.replacement.isascii() for edit in edits)
    (edit,) = edits
    removed, put = text[edit.start : edit.stop], edit.replacement
    if (start, stop) == (edit.start, edit.stop):
        return False
    rewritten = bool(removed and put) and max(len(removed), len(put)) >= _SEVERAL
    return rewritten or any(map(str.isspace, removed + put)) or len(_WORD.findall(text, start, stop)) > 1


def _is_plain(text: str) -> bool:
    return not any(map(is_hidden, text))


def escape_marks(piece: str, specials: str = "{}", *, before_mark: bool = True) -> str:
    r"""A piece of a text between the marks of its edits, such that no character of it passes for a mark.

    A special character gets a backslash, and backslashes before it, or before a mark, are doubled: `\{`.
    """
    piece = re.sub(rf"(\\*)([{specials}])", r"\1\1\\\2", piece)
    return re.sub(r"(\\+)$", r"\1\1", piece) if before_mark else piece


@dataclass(frozen=True, slots=True, eq=False)
class EditColumns(Sequence[tuple[Edit, ...]]):
    """Edits of many draws; those of draw i are from `bounds[i]` to `bounds[i + 1]`, sorted and disjoint."""

    bounds: Integers
    start: Integers
    stop: Integers
    replacement: CodePoints

    @classmethod
    def of(cls, draws: Sequence[Sequence[Edit]]) -> Self:
        bounds = np.cumsum([0, *map(len, draws)])
        edits = [edit for draw in draws for edit in draw]
        start, stop = (
            np.array([getattr(e, side) for e in edits], dtype=np.int64) for side in ("start", "stop")
        )
        return cls(bounds, start, stop, CodePoints.of([edit.replacement for edit in edits]))

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
        """The draw that each edit belongs to."""
        return np.repeat(np.arange(len(self)), np.diff(self.bounds))

    @property
    def touching(self) -> NDArray[np.bool_]:
        """Which draws have adjacent edits."""
        draw, found = self.draw, np.zeros(len(self), dtype=np.bool_)
        found[draw[1:][(self.start[1:] <= self.stop[:-1]) & (draw[1:] == draw[:-1])]] = True
        return found

    @property
    def may_cancel(self) -> NDArray[np.bool_]:
        """Which draws may leave the text unchanged: they add as much as they remove, elsewhere."""
        growth = self.replacement.lengths - (self.stop - self.start)
        found = np.zeros(len(self), dtype=np.bool_)
        if len(growth) and growth.min() < 0 < growth.max():
            draw = self.draw
            found[draw[growth != 0]] = True
            found &= np.bincount(draw, growth, minlength=len(self)) == 0
        return found

    @property
    def characters(self) -> Integers:
        """Characters that each edit changes: the longer of old and new, so 1 for `a→b`, `a→` and `→b`."""
        changed: Integers = np.maximum(self.stop - self.start, self.replacement.lengths)
        return changed

    @classmethod
    def joined(cls, parts: Sequence["EditColumns"]) -> Self:
        """The draws of all parts, in order."""
        sizes = np.concatenate([np.diff(part.bounds) for part in parts])
        start, stop = (np.concatenate([getattr(part, side) for part in parts]) for side in ("start", "stop"))
        replacement = CodePoints.joined([part.replacement for part in parts])
        return cls(np.append(0, np.cumsum(sizes)), start, stop, replacement)

    def take(self, draws: Integers) -> "EditColumns":
        """These draws, in this order."""
        sizes = np.diff(self.bounds)[draws]
        places = ranges(self.bounds[draws], sizes)
        bounds = np.append(0, np.cumsum(sizes))
        return EditColumns(bounds, self.start[places], self.stop[places], self.replacement.take(places))


def share_of_characters(texts: CodePoints, rows: Integers, edits: EditColumns) -> NDArray[np.float64]:
    """For each draw, the characters that its edits change over the length of its text `rows[i]`.

    Like a character error rate it counts insertions and may exceed 1. Edits are composed on the text, and
    trimmed. An empty text counts as one character.
    """
    changed = np.bincount(edits.draw, edits.characters, minlength=len(rows))
    return changed / np.maximum(texts.lengths[rows], 1)


def splice(originals: Sequence[str], texts: CodePoints, rows: Integers, edits: EditColumns) -> list[str]:
    """For each draw, text `rows[i]` with its edits made; the very same string if there are none."""
    changed = np.flatnonzero(np.diff(edits.bounds))
    if len(changed) == len(rows):
        return _spliced(texts, rows, edits)
    bounds = np.append(0, edits.bounds[1:][changed])
    those = EditColumns(bounds, edits.start, edits.stop, edits.replacement)
    new = list(originals)
    for draw, text in zip(changed.tolist(), _spliced(texts, rows[changed], those), strict=True):
        new[draw] = text
    return new


def _spliced(texts: CodePoints, rows: Integers, edits: EditColumns) -> list[str]:
    draw, bounds, draws = edits.draw, edits.bounds, np.arange(len(rows))
    # Kept stretches of the text and replacements alternate: n edits leave n + 1 stretches.
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
    return split_by_lengths(points, np.diff(np.cumsum(stop - start)[last], prepend=0))
