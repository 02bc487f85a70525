"""Every token sequence that sets of edits make of a text, as paths through a lattice.

A text is cut into chunks at the model's separators, next to which its tokens do not depend on what stands
beyond. Edits of different chunks then change different tokens. An edit whose site reaches over a separator
joins chunks; so do edits that share a chunk.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from math import prod
from typing import NamedTuple

import numpy as np

from robustaudit.core.arrays import Integers
from robustaudit.core.edits import apply
from robustaudit.core.records import Edit
from robustaudit.models.linear_text import LinearText, Tokens
from robustaudit.perturbations import SingleEdits

_MOST_SETS = 50_000  # sets of edits within joined chunks that are tried for one text
_SIGMA, _LOOKED_ACROSS = "Σ", frozenset("'.:^`")  # the one letter in lower case by what is around it


class Arc(NamedTuple):
    """The tokens of chunks `start` to `stop` (half-open) after some edits, given by their positions."""

    start: int
    stop: int
    tokens: Tokens
    edits: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TokenLattice:
    """The arcs by their first chunk; each path from the first chunk to the end is a text.

    Of the arcs over some chunks that have the same tokens, it has one of fewest edits. It has every text of
    at most `complete` edits; with more, some that edit joined chunks are left out: they are too many.
    """

    arcs: tuple[tuple[Arc, ...], ...]
    complete: int


class _Site(NamedTuple):
    """A site with the chunks `first` to `last` that it touches, and the positions of its edits."""

    first: int
    last: int
    start: int
    stop: int
    edits: list[int]


@dataclass(frozen=True, slots=True)
class _Chunks:
    """A text, and where its chunks begin and end; the first and last reach to the ends of the text."""

    text: str
    begin: Integers
    end: Integers

    @classmethod
    def of(cls, text: str, separators: frozenset[str]) -> "_Chunks":
        spans = [found.span() for found in _chunk_pattern(separators).finditer(text)] or [(0, 0)]
        begin, end = np.array(spans, dtype=np.int64).T.copy()
        begin[0], end[-1] = 0, len(text)
        return cls(text, begin, end)

    def __len__(self) -> int:
        return len(self.begin)

    def touched(self, start: Integers, stop: Integers) -> tuple[list[int], list[int]]:
        """The first and the last chunk that each span may change the tokens of."""
        first = np.searchsorted(self.begin, start, side="right") - 1
        last = np.searchsorted(self.end, stop, side="left")
        return np.minimum(first, last).tolist(), np.maximum(first, last).tolist()


@cache
def _chunk_pattern(separators: frozenset[str]) -> re.Pattern[str]:
    return re.compile(f"[^{re.escape(''.join(sorted(separators)))}]+")


class _EditColumns(NamedTuple):
    """The edits of one text as lists, and the chunks that the site of each touches."""

    start: list[int]
    stop: list[int]
    new: list[str]
    first: list[int]
    last: list[int]


def token_lattice(text: str, edits: SingleEdits, model: LinearText, *, most_edits: int) -> TokenLattice:
    """The lattice of all sets of at most that many edits of one text, whose single edits are given."""
    columns = edits.edits
    separators = model.separators
    if _SIGMA in text or (columns.replacement.points == ord(_SIGMA)).any():
        separators -= _LOOKED_ACROSS
    chunks = _Chunks.of(text, separators)
    begin, end = chunks.begin.tolist(), chunks.end.tolist()
    listed = _EditColumns(
        columns.start.tolist(),
        columns.stop.tolist(),
        columns.replacement.strings(),
        *chunks.touched(edits.site_start, edits.site_stop),
    )
    found: dict[tuple[int, int, Tokens], tuple[int, ...]] = {
        (chunk, chunk, model.tokens(text[low:high])): ()
        for chunk, (low, high) in enumerate(zip(begin, end, strict=True))
    }
    for row, (low, high, new, one, other) in enumerate(zip(*listed, strict=True)):
        tokens = model.tokens(text[begin[one] : low] + new + text[high : end[other]])
        found.setdefault((one, other, tokens), (row,))
    sites = _sites(edits, listed)
    complete = most_edits
    tried = 0
    for number, sets in enumerate(_joined(sites, most_edits), start=2):
        tried += sum(prod(len(site.edits) for site in chosen) for chosen in sets)
        if tried > _MOST_SETS:
            complete = number - 1
            break
        for chosen in sets:
            one, other = chosen[0].first, max(site.last for site in chosen)
            low, part = begin[one], text[begin[one] : end[other]]
            in_order = sorted(chosen, key=lambda site: (site.start, site.stop))
            for rows in product(*(site.edits for site in in_order)):
                changes = [
                    Edit(listed.start[row] - low, listed.stop[row] - low, listed.new[row]) for row in rows
                ]
                found.setdefault((one, other, model.tokens(apply(part, changes))), rows)
    arcs: list[list[Arc]] = [[] for _ in begin]
    for (one, other, tokens), rows in found.items():
        arcs[one].append(Arc(one, other + 1, tokens, rows))
    return TokenLattice(tuple(map(tuple, arcs)), complete)


def _sites(edits: SingleEdits, listed: _EditColumns) -> list[_Site]:
    """The sites of the edits, sorted by their first chunk."""
    rows: dict[tuple[int, int, int, int], list[int]] = {}
    spans = zip(listed.first, listed.last, edits.site_start.tolist(), edits.site_stop.tolist(), strict=True)
    for row, span in enumerate(spans):
        rows.setdefault(span, []).append(row)
    return [_Site(*span, those) for span, those in sorted(rows.items())]


def _joined(sites: Sequence[_Site], most: int) -> Iterator[list[tuple[_Site, ...]]]:
    """The sets of two sites, of three, and so on, that do not overlap, and whose chunks are joined."""
    sets: list[tuple[tuple[_Site, ...], int, int]] = [
        ((site,), site.last, place) for place, site in enumerate(sites)
    ]
    for _ in range(1, most):
        larger: list[tuple[tuple[_Site, ...], int, int]] = []
        for chosen, reach, place in sets:
            for later in range(place + 1, len(sites)):
                site = sites[later]
                if site.first > reach or len(larger) > _MOST_SETS:
                    break
                if not any(_overlap(site, other) for other in chosen):
                    larger.append(((*chosen, site), max(reach, site.last), later))
        if not larger:
            return
        sets = larger
        yield [chosen for chosen, _, _ in sets]


def _overlap(one: _Site, other: _Site) -> bool:
    spans = (one.start, one.stop), (other.start, other.stop)
    return spans[0] == spans[1] or (one.start < other.stop and other.start < one.stop)
