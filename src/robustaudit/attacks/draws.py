"""Draws of an attack: texts as strings, edits as columns, and `PerturbedText` objects on demand."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import overload

import numpy as np
from numpy.typing import NDArray

from robustaudit.core.arrays import Integers
from robustaudit.core.code_points import ranges
from robustaudit.core.edits import EditColumns, apply, compose
from robustaudit.core.records import Edit, PerturbedText


@dataclass(frozen=True, eq=False)
class DrawnTexts(Sequence[PerturbedText]):
    """Perturbed texts: the steps from `bounds[i]` to `bounds[i + 1]` make `texts[i]` of `originals[i]`.

    A step holds the edits of one attack of a sequence, on the text that the attack before it left.
    """

    originals: Sequence[str]
    texts: Sequence[str]
    bounds: Integers
    edits_by_step: EditColumns

    def __len__(self) -> int:
        return len(self.texts)

    @overload
    def __getitem__(self, index: int) -> PerturbedText: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[PerturbedText]: ...
    def __getitem__(self, index: int | slice) -> PerturbedText | Sequence[PerturbedText]:
        if isinstance(index, slice):
            return [self[draw] for draw in range(len(self))[index]]
        draw = range(len(self))[index]
        return PerturbedText(self.originals[draw], self.texts[draw], self.edits[draw], self._steps(draw))

    def _steps(self, draw: int) -> tuple[tuple[Edit, ...], ...]:
        return tuple(self.edits_by_step[self.bounds[draw] : self.bounds[draw + 1]])

    @property
    def changed(self) -> NDArray[np.bool_]:
        return np.diff(self.edits.bounds) > 0

    @cached_property
    def edits(self) -> EditColumns:
        """The edits that turn each original into its text, all steps composed; none if it is unchanged."""
        single = len(self.edits_by_step) == len(self)
        first = self.edits_by_step if single else self.edits_by_step.take(self.bounds[:-1])
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
        for part in self._steps(draw):
            edits = compose(original, edits, part)
            current = apply(current, part)
        # Steps may undo each other at different positions of a text that repeats itself.
        return edits if current != original else ()

    def take(self, draws: Integers) -> "DrawnTexts":
        """The given draws, in that order."""
        sizes = np.diff(self.bounds)[draws]
        return DrawnTexts(
            [self.originals[draw] for draw in draws.tolist()],
            [self.texts[draw] for draw in draws.tolist()],
            np.append(0, np.cumsum(sizes)),
            self.edits_by_step.take(ranges(self.bounds[draws], sizes)),
        )


def concatenate(parts: Sequence[DrawnTexts]) -> DrawnTexts:
    """The draws of all parts in one, one part after the other."""
    sizes = np.concatenate([np.diff(part.bounds) for part in parts])
    return DrawnTexts(
        [original for part in parts for original in part.originals],
        [text for part in parts for text in part.texts],
        np.append(0, np.cumsum(sizes)),
        EditColumns.joined([part.edits_by_step for part in parts]),
    )


def chain_draws(parts: Sequence[DrawnTexts]) -> DrawnTexts:
    """The draws of a sequence from those of its steps, each of which edits the texts of the one before."""
    joined = concatenate(parts)
    order = np.arange(len(joined)).reshape(len(parts), -1).T.ravel()
    taken = joined.take(order)
    return DrawnTexts(parts[0].originals, parts[-1].texts, taken.bounds[:: len(parts)], taken.edits_by_step)
