"""Intervals and tests of means over examples, with the group as the unit.

docs/statistics.md has the formulas and the reasons for them. Arrays may have leading axes: simulations
compute many runs at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from robustaudit.core.arrays import Floats, Integers

CONFIDENCE = 0.95
LEVEL = (1 - CONFIDENCE) / 2
"""The error of either bound of an interval, and the level of every one-sided test."""

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class AdjustedMean:
    """A mean with some groups added, its standard error, and the degrees of freedom of that."""

    mean: Floats
    error: Floats
    degrees_of_freedom: Integers

    def reach(self) -> Floats:
        """How far the 95 % interval goes to either side."""
        return np.asarray(-special.stdtrit(self.degrees_of_freedom, LEVEL) * self.error)


@dataclass(frozen=True, slots=True)
class GroupSums:
    """Sums over the examples of each group, and their numbers.

    The last axis is that of the groups; a group without examples does not count.
    """

    sums: Floats
    sizes: Floats

    @property
    def groups(self) -> int:
        return int((self.sizes > 0).sum())

    @property
    def mean(self) -> float:
        return float(self.sums.sum() / self.sizes.sum())


def grouped(
    values: ArrayLike, group: Integers, *, groups: int = 0, weights: Floats | None = None
) -> GroupSums:
    """Sums of examples by group, numbered from 0, for at least `groups` groups.

    Each example weighs 1 unless weights are given.
    """
    each = np.asarray(values, dtype=np.float64)
    weights = np.ones(len(each)) if weights is None else weights
    sums, sizes = (np.bincount(group, weights=of, minlength=groups) for of in (each * weights, weights))
    return GroupSums(sums.astype(np.float64), sizes.astype(np.float64))


def typical_group_size(sizes: Floats) -> Floats:
    """How large the group of a usual example is, from the sizes of groups on the last axis: Σn²/Σn."""
    usual: Floats = (sizes**2).sum(axis=-1) / sizes.sum(axis=-1)
    return usual


def with_pseudo_groups(part: GroupSums, means: Sequence[float]) -> GroupSums:
    """The same with groups added that have those means, each as large as the group of a usual example.

    Where sizes differ that is more than the usual group: few large ones would else outweigh what is added.
    """
    usual = typical_group_size(part.sizes)[..., None]
    sizes = np.broadcast_to(usual, (*usual.shape[:-1], len(means)))
    return GroupSums(
        np.concatenate([part.sums, usual * np.asarray(means)], axis=-1),
        np.concatenate([part.sizes, sizes], axis=-1),
    )


def combined(parts: Sequence[GroupSums], weights: Sequence[float]) -> AdjustedMean:
    """A weighted sum of means (ratios of sums) over the same groups, with its linearised standard error.

    The influences of a group on all means are added before they are squared, so that means over the same
    groups are paired, and those over different groups independent.
    """
    number = np.any([part.sizes > 0 for part in parts], axis=0).sum(axis=-1)
    least = np.min([(part.sizes > 0).sum(axis=-1) for part in parts], axis=0)
    mean: Floats = np.zeros(number.shape)
    residuals: Floats = np.zeros(parts[0].sums.shape)
    for part, weight in zip(parts, weights, strict=True):
        total = part.sizes.sum(axis=-1)
        of_part = part.sums.sum(axis=-1) / total
        mean = mean + weight * of_part
        residuals = residuals + weight * (part.sums - of_part[..., None] * part.sizes) / total[..., None]
    error = np.sqrt((residuals**2).sum(axis=-1) * number / (number - 1))
    return AdjustedMean(mean, error, least - 1)


def linearised(parts: Sequence[GroupSums], weights: Sequence[float]) -> GroupSums:
    """The influence of each group on a weighted sum of means over the same groups, as values of one mean.

    The influences of a group on all means are added, so that means over the same groups are paired.
    """
    whole = float(np.mean([part.sizes.sum() for part in parts]))
    sizes = np.mean([part.sizes / part.sizes.sum() for part in parts], axis=0) * whole
    value = sum(weight * part.mean for part, weight in zip(parts, weights, strict=True))
    beyond = sum(
        weight * (part.sums - part.mean * part.sizes) / part.sizes.sum()
        for part, weight in zip(parts, weights, strict=True)
    )
    return GroupSums(np.asarray(beyond * whole + value * sizes), sizes)


def holm(p_values: ArrayLike) -> Floats:
    """AdjustedMean p-values (Holm 1979): the smallest times their number, the next times one less, and so on.

    The last axis is that of the tests.
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, axis=-1, kind="stable")
    steps = np.take_along_axis(p, order, axis=-1) * np.arange(p.shape[-1], 0, -1)
    made = np.empty_like(p)
    np.put_along_axis(made, order, np.minimum(np.maximum.accumulate(steps, axis=-1), 1.0), axis=-1)
    return made
