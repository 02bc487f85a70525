"""Intervals and tests of means over examples, with the group as the unit.

docs/statistics.md has the formulas and says why these were chosen. Arrays may have leading axes:
simulations put one run beside the other.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

CONFIDENCE = 0.95
LEVEL = (1 - CONFIDENCE) / 2
"""The error of either bound of an interval, and the level of every one-sided test."""
_QUANTILE = (1 + CONFIDENCE) / 2

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Interval = tuple[float, float]

SHARE = (1.0, 1.0, 0.0, 0.0)
"""Groups added to a share: two of which all is so, two of which nothing is (Agresti and Coull 1998)."""
DIFFERENCE = (1.0, -1.0)
"""Groups added to a paired difference: one that drops wholly, one that rises (Bonett and Price 2012)."""


@dataclass(frozen=True, slots=True)
class Adjusted:
    """A mean with some groups added, its standard error, and the degrees of freedom of that."""

    mean: Floats
    error: Floats
    freedom: Integers

    def reach(self) -> Floats:
        """How far the 95 % interval goes to either side."""
        return np.asarray(stats.t.ppf(_QUANTILE, self.freedom) * self.error)

    def bounds(self) -> tuple[Floats, Floats]:
        return self.mean - self.reach(), self.mean + self.reach()

    def interval(self, low: float = -np.inf, high: float = np.inf) -> Interval:
        """The 95 % interval, cut to what the mean can be."""
        lower, upper = self.bounds()
        return max(float(lower), low), min(float(upper), high)

    def p_above_zero(self) -> Floats:
        """The p-value against a mean of 0 or less; under 0.025 exactly where the interval lies above 0."""
        return np.asarray(stats.t.sf(self.mean / self.error, self.freedom))

    def p_not_zero(self) -> Floats:
        return np.asarray(2 * stats.t.sf(np.abs(self.mean / self.error), self.freedom))


@dataclass(frozen=True, slots=True)
class Grouped:
    """What is averaged, summed over the examples of each group, and how many examples that are.

    The last axis is that of the groups; a group without examples is none.
    """

    sums: Floats
    sizes: Floats

    @property
    def groups(self) -> int:
        return int((self.sizes > 0).sum())

    @property
    def mean(self) -> float:
        return float(self.sums.sum() / self.sizes.sum())


def grouped(values: ArrayLike, group: Integers, *, groups: int = 0, weights: Floats | None = None) -> Grouped:
    """Values of examples by their groups, which are numbered from 0; there are at least so many groups.

    Each example weighs 1, where no weights are given.
    """
    each = np.asarray(values, dtype=np.float64)
    weights = np.ones(len(each)) if weights is None else weights
    sums, sizes = (np.bincount(group, weights=of, minlength=groups) for of in (each * weights, weights))
    return Grouped(sums.astype(np.float64), sizes.astype(np.float64))


def usual_size(sizes: Floats) -> Floats:
    """How large the group of a usual example is, from the sizes of groups on the last axis: Σn²/Σn."""
    usual: Floats = (sizes**2).sum(axis=-1) / sizes.sum(axis=-1)
    return usual


EITHER_IS_RIGHT = ((1.0, 0.0), (0.0, 1.0))
"""Groups added to two accuracies: one in which only the one is right, and one in which only the other is."""


def with_added(part: Grouped, means: Sequence[float]) -> Grouped:
    """The same with groups added that have those means, each as large as the group of a usual example.

    Where sizes differ that is more than the usual group: few large ones would else outweigh what is added.
    """
    usual = usual_size(part.sizes)[..., None]
    sizes = np.broadcast_to(usual, (*usual.shape[:-1], len(means)))
    return Grouped(
        np.concatenate([part.sums, usual * np.asarray(means)], axis=-1),
        np.concatenate([part.sizes, sizes], axis=-1),
    )


def adjusted(part: Grouped, means: Sequence[float]) -> Adjusted:
    """The mean over examples, with groups added that have those means."""
    return combined([with_added(part, means)], [1.0])


def combined(parts: Sequence[Grouped], weights: Sequence[float]) -> Adjusted:
    """A weighted sum of means (ratios of sums) over the same groups; its error is linearised.

    What a group is to one mean and to another comes together before it is squared, so that means over the
    same groups are paired, and those over different groups independent.
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
    return Adjusted(mean, error, least - 1)


def ratio_interval(clean: Grouped, perturbed: Grouped) -> Interval | None:
    """The 95 % interval of the perturbed mean over the clean one (Fieller 1954), None where it has no end.

    With the groups of `DIFFERENCE` added: it leaves 1 out exactly where that of the drop leaves 0 out.
    """
    clean, perturbed = with_added(clean, (1.0, 0.0)), with_added(perturbed, (0.0, 1.0))
    below, above = combined([clean], [1.0]), combined([perturbed], [1.0])
    both = combined([clean, perturbed], [1.0, -1.0])
    t2 = float(stats.t.ppf(_QUANTILE, both.freedom)) ** 2
    v_clean, v_perturbed = float(below.error) ** 2, float(above.error) ** 2
    covariance = (v_clean + v_perturbed - float(both.error) ** 2) / 2
    c, p = float(below.mean), float(above.mean)
    a, b, constant = c * c - t2 * v_clean, p * c - t2 * covariance, p * p - t2 * v_perturbed
    if a <= 0:
        return None
    reach = np.sqrt(max(b * b - a * constant, 0.0))
    return max((b - reach) / a, 0.0), (b + reach) / a


def wilson(successes: int, number: int) -> Interval:
    """Wilson's interval (1927) for a share of independent draws."""
    share = stats.binomtest(successes, number).proportion_ci(confidence_level=CONFIDENCE, method="wilson")
    return float(share.low), float(share.high)


def newcombe(first: int, second: int, number: int) -> Interval:
    """Newcombe's interval (1998, method 10) for a share of so many draws less that of as many others."""
    shares = first / number, second / number
    (low1, high1), (low2, high2) = (wilson(successes, number) for successes in (first, second))
    value = shares[0] - shares[1]
    below = math.hypot(shares[0] - low1, high2 - shares[1])
    above = math.hypot(high1 - shares[0], shares[1] - low2)
    return value - below, value + above


def holm(p_values: ArrayLike) -> Floats:
    """Adjusted p-values (Holm 1979): the smallest times their number, the next times one less, and so on.

    The last axis is that of the tests.
    """
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, axis=-1, kind="stable")
    steps = np.take_along_axis(p, order, axis=-1) * np.arange(p.shape[-1], 0, -1)
    made = np.empty_like(p)
    np.put_along_axis(made, order, np.minimum(np.maximum.accumulate(steps, axis=-1), 1.0), axis=-1)
    return made
