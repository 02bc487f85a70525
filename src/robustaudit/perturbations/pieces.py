"""Chosen replacements as columns, each cut to what it changes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from robustaudit.core.codes import Codes, Integers


@dataclass(frozen=True, slots=True)
class Pieces:
    """In place of the code points `start[i]` to `stop[i]` of a batch stands `new[i]`."""

    start: Integers
    stop: Integers
    new: Codes


def trimmed(before: Codes, after: Codes) -> Pieces:
    """The smallest edit that turns each span `before` into `after`, as `core.edits.trim` has it for one."""
    shorter = np.minimum(before.lengths, after.lengths)
    head = _agreeing(before, after, shorter)
    tail = _agreeing(before, after, shorter - head, backwards=True)
    new = Codes(after.points, after.start + head, after.stop - tail)
    return Pieces(before.start + head, before.stop - tail, new)


def joined(parts: Sequence[Pieces]) -> Pieces:
    """The pieces of all parts, one part after the other."""
    start, stop = (np.concatenate([getattr(part, side) for part in parts]) for side in ("start", "stop"))
    return Pieces(start, stop, Codes.joined([part.new for part in parts]))


def merged(places: Sequence[Integers], parts: Sequence[Pieces]) -> Pieces:
    """The pieces of all parts, those of part i at `places[i]`."""
    order, pieces = np.argsort(np.concatenate(places)), joined(parts)
    return Pieces(pieces.start[order], pieces.stop[order], pieces.new.take(order))


def _agreeing(one: Codes, other: Codes, most: Integers, *, backwards: bool = False) -> Integers:
    """How many code points two strings share from their start, or from their end: at most `most`."""
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
