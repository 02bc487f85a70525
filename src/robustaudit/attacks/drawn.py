"""Draws of an attack: texts as strings, edits as columns, objects for those who look at them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import overload

import numpy as np
from numpy.typing import NDArray

from robustaudit.core.codes import Integers, ranges
from robustaudit.core.edits import EditColumns, apply, compose
from robustaudit.core.records import Edit, Perturbed


@dataclass(frozen=True, eq=False)
class Drawn(Sequence[Perturbed]):
    """Draw i made `texts[i]` of `originals[i]` by the `rounds` from `bounds[i]` to `bounds[i + 1]`.

    A round is the edits of one part of a sequence, on the text that the part before it left.
    """

    originals: Sequence[str]
    texts: Sequence[str]
    bounds: Integers
    rounds: EditColumns

    def __len__(self) -> int:
        return len(self.texts)

    @overload
    def __getitem__(self, index: int) -> Perturbed: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Perturbed]: ...
    def __getitem__(self, index: int | slice) -> Perturbed | Sequence[Perturbed]:
        if isinstance(index, slice):
            return [self[draw] for draw in range(len(self))[index]]
        draw = range(len(self))[index]
        return Perturbed(self.originals[draw], self.texts[draw], self.edits[draw], self._rounds(draw))

    def _rounds(self, draw: int) -> tuple[tuple[Edit, ...], ...]:
        return tuple(self.rounds[self.bounds[draw] : self.bounds[draw + 1]])

    @property
    def changed(self) -> NDArray[np.bool_]:
        return np.diff(self.edits.bounds) > 0

    @cached_property
    def edits(self) -> EditColumns:
        """The rounds of each draw composed into edits of its original; none where the text is as it was."""
        single = len(self.rounds) == len(self)
        first = self.rounds if single else self.rounds.take(self.bounds[:-1])
        undone = first.may_cancel
        undone[undone] = [
            self.texts[draw] == self.originals[draw] for draw in np.flatnonzero(undone).tolist()
        ]
        entangled = np.flatnonzero((np.diff(self.bounds) > 1) | first.touching | undone)
        if not len(entangled):
            return first
        composed = EditColumns.of([self._composed(draw) for draw in entangled.tolist()])
        order = np.arange(len(self))
        order[entangled] = len(self) + np.arange(len(entangled))
        return EditColumns.joined((first, composed)).take(order)

    def _composed(self, draw: int) -> tuple[Edit, ...]:
        original = current = self.originals[draw]
        edits: tuple[Edit, ...] = ()
        for part in self._rounds(draw):
            edits = compose(original, edits, part)
            current = apply(current, part)
        # Parts of a sequence may undo each other, far apart in a text that repeats itself.
        return edits if current != original else ()

    def take(self, draws: Integers) -> "Drawn":
        """Those draws, in that order."""
        sizes = np.diff(self.bounds)[draws]
        return Drawn(
            [self.originals[draw] for draw in draws.tolist()],
            [self.texts[draw] for draw in draws.tolist()],
            np.append(0, np.cumsum(sizes)),
            self.rounds.take(ranges(self.bounds[draws], sizes)),
        )


def side_by_side(parts: Sequence[Drawn]) -> Drawn:
    """The draws of all parts, one part after the other."""
    sizes = np.concatenate([np.diff(part.bounds) for part in parts])
    return Drawn(
        [original for part in parts for original in part.originals],
        [text for part in parts for text in part.texts],
        np.append(0, np.cumsum(sizes)),
        EditColumns.joined([part.rounds for part in parts]),
    )


def in_turn(parts: Sequence[Drawn]) -> Drawn:
    """One draw after the other of each part, on what the draw of the part before it left."""
    joined = side_by_side(parts)
    order = np.arange(len(joined)).reshape(len(parts), -1).T.ravel()
    taken = joined.take(order)
    return Drawn(parts[0].originals, parts[-1].texts, taken.bounds[:: len(parts)], taken.rounds)
