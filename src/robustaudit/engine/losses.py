"""What each trial of one model under one attack lost, as columns."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from robustaudit.engine.answers import answered
from robustaudit.engine.sequential import Floats, Groups
from robustaudit.engine.statistics import Grouped, grouped


@dataclass(frozen=True, slots=True)
class Losses:
    """Trials as columns of one length: group and example by number, and 1 for a right answer made wrong.

    The drop is −1 for a wrong answer made right, and 0 for all else; `changed` is false for no-ops.
    """

    group: NDArray[np.int64]
    example: NDArray[np.int64]
    changed: NDArray[np.bool_]
    drop: Floats

    def groups(self) -> Groups:
        """What each group showed, in the order in which groups first come."""
        sums, size = self._of_groups()
        return Groups(sums.sums / size, sums.sizes / size)

    def sums(self) -> Grouped:
        """Of each group the drops of its changed examples, and how many these are."""
        return self._of_groups()[0]

    def with_draws(self, draws: int) -> "list[Losses]":
        """The same examples with so many draws of each at the most, in turn: every draw serves as often."""
        _, place, number = np.unique(self.example, return_inverse=True, return_counts=True)
        order = np.argsort(place, kind="stable")
        turn = np.empty(len(order), np.int64)
        turn[order] = np.arange(len(order)) - np.repeat(np.cumsum(number) - number, number)
        if draws >= number.max(initial=0):
            return [self]
        return [self._at((turn - first) % number[place] < draws) for first in range(int(number.max()))]

    def _at(self, these: NDArray[np.bool_]) -> "Losses":
        return Losses(self.group[these], self.example[these], self.changed[these], self.drop[these])

    def _of_groups(self) -> tuple[Grouped, Floats]:
        """The sums over the changed examples of each group, and the sizes of groups with all examples."""
        home = np.empty(self.example.max(initial=-1) + 1, np.int64)
        home[self.example] = self.group
        draws = np.bincount(self.example, self.changed)
        drop = np.bincount(self.example, self.drop * self.changed) / np.maximum(draws, 1)
        size = np.bincount(home).astype(np.float64)
        changed = draws > 0
        return grouped(drop[changed], home[changed], groups=len(size)), size


def losses_of(trials: pa.Table) -> Losses:
    """The columns of the answered trials of one model under one attack, no-ops included."""
    trials = answered(trials)
    label = trials["label"].to_numpy()
    before, after = (
        (trials[f"{when}_prediction"].to_numpy() == label).astype(np.float64)
        for when in ("clean", "perturbed")
    )
    return Losses(
        _codes(trials, "group"), _codes(trials, "example"), trials["changed"].to_numpy(), before - after
    )


def _codes(trials: pa.Table, column: str) -> NDArray[np.int64]:
    """The distinct strings of a column as numbers, in the order in which they first come."""
    codes = trials[column].combine_chunks().dictionary_encode().indices
    return np.asarray(codes, dtype=np.int64)
