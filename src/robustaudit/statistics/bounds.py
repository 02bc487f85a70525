"""One-sided tests and confidence bounds for means of bounded values over groups (Gaffke 2005).

docs/statistics.md has the formulas, the reasons for them, and their error rates.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy import special

from robustaudit.core.arrays import Floats, Integers
from robustaudit.statistics.intervals import LEVEL, GroupSums, Interval
from robustaudit.statistics.ratios import WeighedRatio, quantiles

FULL = 1e12
"""Degrees of freedom that are as good as any number."""
_POWER = 2.5  # with 2, bounds of few large groups do not hold; with 3 they are wider
_FARTHEST = -8.0  # standard deviations: beyond, chances are lost beside 1
_ROUNDS, _AT_ONCE = 4, 40
_DIGITS = 9  # of a bound: what is beside it changes only later ones


class Bounds(Protocol):
    """Bounds for a true figure: one-sided p-values against thresholds, and confidence bounds at a level."""

    def p_above(self, threshold: float) -> float:
        """The p-value against a figure of `threshold` or less: under a level where `lower` is above it."""
        ...

    def p_below(self, threshold: float) -> float:
        """The p-value against a figure of `threshold` or more: under a level where `upper` is below it."""
        ...

    def lower(self, level: float = LEVEL) -> float:
        """The bound that lies above the true figure with a chance of `level` at most."""
        ...

    def upper(self, level: float = LEVEL) -> float:
        """The bound that lies below the true figure with a chance of `level` at most."""
        ...


def p_differs(bounds: Bounds, value: float = 0.0) -> float:
    """The two-sided p-value against a figure of that value."""
    return min(1.0, 2 * min(bounds.p_above(value), bounds.p_below(value)))


def interval(bounds: Bounds) -> Interval:
    """The 95 % confidence interval: both bounds, each at 2.5 %."""
    (found,) = intervals([bounds])
    return found


def intervals(several: Sequence[Bounds]) -> list[Interval]:
    """The 95 % confidence interval of each; those of weighed groups are found side by side."""
    inner = [each.of if isinstance(each, TransformedBounds) else each for each in several]
    weighed = [of for of in inner if isinstance(of, RatioBounds)]
    sides = [side for of in weighed for side in (of.low, of.high)]
    levels = [level for of in weighed for level in (of.at(LEVEL), 1 - of.at(LEVEL))]
    ends = iter(quantiles(sides, levels).tolist())
    pairs = [
        (next(ends), next(ends)) if isinstance(of, RatioBounds) else (of.lower(), of.upper()) for of in inner
    ]
    found = [
        each.mapped(pair) if isinstance(each, TransformedBounds) else pair
        for each, pair in zip(several, pairs, strict=True)
    ]
    return [(round(low, _DIGITS), round(high, _DIGITS)) for low, high in found]


@dataclass(frozen=True, slots=True)
class RatioBounds:
    """A ratio of sums over groups: each bound is a quantile of one of two weighted ratios.

    Levels are those of Student's t with these degrees of freedom.
    """

    low: WeighedRatio
    high: WeighedRatio
    degrees_of_freedom: float = FULL

    def p_above(self, threshold: float) -> float:
        return float(t_p_value(1 - self.low.chance_above(threshold), self.degrees_of_freedom))

    def p_below(self, threshold: float) -> float:
        return float(t_p_value(self.high.chance_at_least(threshold), self.degrees_of_freedom))

    def lower(self, level: float = LEVEL) -> float:
        return float(quantiles([self.low], [self.at(level)])[0])

    def upper(self, level: float = LEVEL) -> float:
        return float(quantiles([self.high], [1 - self.at(level)])[0])

    def at(self, level: float) -> float:
        """The level at which quantiles are to be taken for bounds of that level."""
        return float(normal_level(level, self.degrees_of_freedom))


def normal_level(level: Floats | float, freedom: Floats | float) -> Floats:
    """The level that a variance which is known would have where Student's t has that level."""
    score = special.stdtrit(np.asarray(freedom, dtype=np.float64), np.asarray(level, dtype=np.float64))
    return np.asarray(special.ndtr(np.maximum(score, _FARTHEST)))


def t_p_value(p_value: Floats | float, freedom: Floats | float) -> Floats:
    """The p-value of Student's t of a normal one, which is that of a variance that is known."""
    score = special.ndtri(np.asarray(p_value, dtype=np.float64))
    return np.asarray(special.stdtr(np.asarray(freedom, dtype=np.float64), score))


def pseudo_group_size(sizes: Floats, number: Floats | Integers) -> Floats:
    """The size of the pseudo-group that is added to groups of those sizes and numbers: (Σn^2.5 / Σn)^(2/3).

    With few large groups this is near their size: they may have come out well by luck, and a group of typical
    size would not count next to them.
    """
    return np.asarray((number @ sizes**_POWER / (number @ sizes)) ** (1 / (_POWER - 1)))


def effective_degrees_of_freedom(sizes: Floats, number: Floats | Integers) -> Floats:
    """The degrees of freedom of a variance over groups of those sizes and numbers (Satterthwaite 1946).

    Those lacking to groups of equal size are not counted: for these the bounds hold as they are.
    """
    lacking = number @ sizes**4 / (number @ sizes**2) ** 2 - 1 / (number @ (sizes > 0))
    return np.asarray(1 / np.maximum(lacking, 1 / FULL))


def mean_between(part: GroupSums, low: float, high: float) -> RatioBounds:
    """The mean over examples of values between `low` and `high`.

    Each bound adds one group at that end of the range and weighs the groups at random: of values 0 and 1, a
    group each, that is Clopper and Pearson's.
    """
    some = part.sizes > 0
    sums, sizes = part.sums[some], part.sizes[some]
    added, freedom = _of_sizes(sizes)
    low_end, high_end = (
        WeighedRatio.of(np.append(sums, added * end), np.append(sizes, added)) for end in (low, high)
    )
    return RatioBounds(low_end, high_end, freedom)


def _of_sizes(sizes: Floats) -> tuple[float, float]:
    each = np.ones(len(sizes))
    return float(pseudo_group_size(sizes, each)), float(effective_degrees_of_freedom(sizes, each))


def relative_fall(before: GroupSums, after: GroupSums) -> "TransformedBounds":
    """Bounds for 1 − after / before, of two means of shares over the same examples.

    They follow from after / (before + after), which has ends; the pseudo-group is correct only after, or only
    before.
    """
    added, freedom = _of_sizes(after.sizes[after.sizes > 0])
    both = before.sums + after.sums
    low, high = (
        WeighedRatio.of(np.append(after.sums, added * end), np.append(both, added)) for end in (0.0, 1.0)
    )
    return TransformedBounds(
        RatioBounds(low, high, freedom),
        to=lambda share: 1 - share / (1 - share) if share < 1 else -math.inf,
        back=lambda fall: (1 - fall) / (2 - fall),
        falls=True,
    )


@dataclass(frozen=True, slots=True)
class DifferenceBounds:
    """The difference of two means over groups of their own, first minus second.

    How far each bound is from its figure comes together as errors do (Zou and Donner 2008).
    """

    first: RatioBounds
    second: RatioBounds
    means: tuple[float, float]

    def p_above(self, threshold: float) -> float:
        return _level(lambda levels: self._bounds(1, levels) - threshold)

    def p_below(self, threshold: float) -> float:
        return _level(lambda levels: threshold - self._bounds(-1, levels))

    def lower(self, level: float = LEVEL) -> float:
        return float(self._bounds(1, np.array([level]))[0])

    def upper(self, level: float = LEVEL) -> float:
        return float(self._bounds(-1, np.array([level]))[0])

    def _bounds(self, side: int, levels: Floats) -> Floats:
        """The lower bounds at those levels, or for a side of −1 the upper ones."""
        low, high = (self.first, self.second) if side > 0 else (self.second, self.first)
        ratios = [low.low] * len(levels) + [high.high] * len(levels)
        below, above = ([of.at(level) for level in levels.tolist()] for of in (low, high))
        ends = quantiles(ratios, [*below, *(1 - level for level in above)]).reshape(2, -1)
        means = np.array(self.means if side > 0 else self.means[::-1])
        reach = np.hypot(*(ends - means[:, None]))
        bounds: Floats = self.means[0] - self.means[1] - side * reach
        return bounds


@dataclass(frozen=True, slots=True)
class TransformedBounds:
    """A figure that is a monotone function of another, which `back` gives for it."""

    of: Bounds
    to: Callable[[float], float]
    back: Callable[[float], float]
    falls: bool = False

    def mapped(self, ends: Interval) -> Interval:
        """The interval, from that of the other figure."""
        low, high = map(self.to, ends)
        return (high, low) if self.falls else (low, high)

    def p_above(self, threshold: float) -> float:
        return (self.of.p_below if self.falls else self.of.p_above)(self.back(threshold))

    def p_below(self, threshold: float) -> float:
        return (self.of.p_above if self.falls else self.of.p_below)(self.back(threshold))

    def lower(self, level: float = LEVEL) -> float:
        return self.to((self.of.upper if self.falls else self.of.lower)(level))

    def upper(self, level: float = LEVEL) -> float:
        return self.to((self.of.lower if self.falls else self.of.upper)(level))


def difference_of_means(first: GroupSums, second: GroupSums, low: float, high: float) -> DifferenceBounds:
    """The difference of two means over groups of their own, of values between `low` and `high`."""
    return DifferenceBounds(
        mean_between(first, low, high), mean_between(second, low, high), (first.mean, second.mean)
    )


def _level(beyond: Callable[[Floats], Floats]) -> float:
    """The level at which bounds reach a threshold; 0.5 where none does."""
    low, high = _FARTHEST, 0.0
    for _ in range(_ROUNDS):
        scores = np.linspace(low, high, _AT_ONCE)
        reaches = beyond(special.ndtr(scores)) >= 0
        if not reaches[-1] or reaches[0]:
            break
        first = int(np.argmax(reaches))
        low, high = float(scores[first - 1]), float(scores[first])
    return float(special.ndtr(low if reaches[0] else high))
