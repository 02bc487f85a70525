"""Both tails of the bounds of many simulated runs at once, and of the interval that they replaced."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from robustaudit.core.arrays import Floats, Integers
from robustaudit.statistics.bounds import (
    Bounds,
    effective_degrees_of_freedom,
    mean_between,
    normal_level,
    pseudo_group_size,
    t_p_value,
)
from robustaudit.statistics.intervals import LEVEL, GroupSums
from robustaudit.statistics.ratios import WeighedRatio, probability_above_zero, quantiles

FOR_WIDTHS = 100  # runs
_FAR = (
    0.9  # standard deviations: nearer to 0, the chance of a sum of weighed exponential variables is over 9 %
)
_AT_ONCE = 2000
_CHECKED = 3
_CLOSE = 0.05  # of a p-value: of many kinds it is known by the saddlepoint

SHARE = (1.0, 1.0, 0.0, 0.0)
"""Groups that were added to a share, by their means (Agresti and Coull 1998)."""
DIFFERENCE = (1.0, -1.0)
"""Groups that were added to a paired difference (Bonett and Price 2012)."""

Engine = Callable[[int], Bounds]
"""Of a run the engine's own bounds."""


@dataclass(frozen=True)
class Part:
    """Kinds of groups: what is summed over a group, above and below, and its examples.

    `number` says how many of each kind each run has.
    """

    sums: Floats
    sizes: Floats
    examples: Floats
    number: Integers
    truth: float

    @property
    def added(self) -> Floats:
        """The size of the group that bounds add."""
        return pseudo_group_size(self.examples, self.number)

    @property
    def degrees_of_freedom(self) -> Floats:
        """The degrees of freedom that bounds have."""
        return effective_degrees_of_freedom(self.examples, self.number)

    def groups(self, run: int) -> GroupSums:
        return GroupSums(np.repeat(self.sums, self.number[run]), np.repeat(self.sizes, self.number[run]))

    def p_values(self, end: float, value: float | None = None) -> Floats:
        """Of each run that of a mean beyond a value, the truth if none is given, away from that end.

        Where it is far above any level it is said to be 1.
        """
        value = self.truth if value is None else value
        side = 1 if end > value else -1
        terms = np.broadcast_to(side * (self.sums - value * self.sizes), self.number.shape)
        extra = side * self.added * (end - value)
        mean = self.number @ terms[0] + extra
        spread = np.sqrt(self.number @ terms[0] ** 2 + extra**2)
        found = np.ones(len(extra))
        far = np.flatnonzero(mean < -_FAR * spread)
        for some in np.array_split(far, len(far) // _AT_ONCE + 1) if len(far) else ():
            number, back = np.unique(self.number[some], axis=0, return_inverse=True)
            first = some[np.unique(back, return_index=True)[1]]
            kinds = np.column_stack([np.where(number > 0, terms[0], 0.0), extra[first]])
            found[some] = probability_above_zero(kinds, np.column_stack([number, np.ones(len(number))]))[back]
        return t_p_value(found, self.degrees_of_freedom)

    def errors(self, low: float, high: float, bounds: Engine | None = None) -> tuple[int, int]:
        """In how many runs the lower bound lies above the truth, and the upper one below it.

        Some runs are looked at beside the engine's own p-values.
        """
        found = self.p_values(low), self.p_values(high)
        for run in range(_CHECKED):
            engine = bounds(run) if bounds else mean_between(self.groups(run), low, high)
            for mine, exact in zip(found, (engine.p_above, engine.p_below), strict=True):
                agree(mine[run], exact(self.truth))
        above, below = (int((p < LEVEL).sum()) for p in found)
        return above, below

    def levels(self, level: float) -> Floats:
        """Of each run the level of its quantiles, for bounds of that level on the lower or the upper side."""
        below = normal_level(min(level, 1 - level), self.degrees_of_freedom)
        return below if level < 1 / 2 else 1 - below

    def ends(self, end: float, level: float, runs: int) -> Floats:
        """Of the first runs the bound with a group at that end."""
        ratios = []
        for run, added in enumerate(self.added[:runs]):
            of = self.groups(run)
            ratios.append(WeighedRatio.of(np.append(of.sums, added * end), np.append(of.sizes, added)))
        return quantiles(ratios, self.levels(level)[:runs].tolist())

    def width(self, low: float, high: float) -> float:
        """The median width of the interval, over the first runs."""
        lower, upper = self.ends(low, LEVEL, FOR_WIDTHS), self.ends(high, 1 - LEVEL, FOR_WIDTHS)
        return float(np.median(upper - lower))

    def before(self, means: Sequence[float]) -> "Before":
        """The interval of before, with groups added that have those means."""
        return Before.of(self, means)


@dataclass(frozen=True)
class Before:
    """Student's t with groups added that have those means: the interval that one-sided bounds replaced.

    Two-sided it holds.
    """

    mean: Floats
    error: Floats
    degrees_of_freedom: Floats

    @classmethod
    def of(cls, part: Part, means: Sequence[float]) -> "Before":
        groups = part.number @ (part.sizes > 0)
        usual = (part.number @ part.sizes**2) / (part.number @ part.sizes)
        total = part.number @ part.sizes + len(means) * usual
        mean = (part.number @ part.sums + sum(means) * usual) / total
        residuals = part.sums - mean[:, None] * part.sizes
        squares = (part.number * residuals**2).sum(axis=1)
        squares += sum(((each - mean) * usual) ** 2 for each in means)
        number = groups + len(means)
        return cls(mean, np.sqrt(squares * number / (number - 1)) / total, number - 1)

    @property
    def reach(self) -> Floats:
        return np.asarray(stats.t.ppf(1 - LEVEL, self.degrees_of_freedom) * self.error)

    def p_above(self, value: float) -> Floats:
        return np.asarray(stats.t.sf((self.mean - value) / self.error, self.degrees_of_freedom))

    def errors(self, truth: float) -> tuple[int, int]:
        return int((self.mean - self.reach > truth).sum()), int((self.mean + self.reach < truth).sum())

    def width(self, low: float, high: float) -> float:
        ends = np.minimum(self.mean + self.reach, high) - np.maximum(self.mean - self.reach, low)
        return float(np.median(ends[:FOR_WIDTHS]))


def agree(mine: float, exact: float) -> None:
    """Raise where a p-value is not the engine's; one that is far above any level may be said to be 1."""
    if abs(mine - exact) > _CLOSE * exact and (mine < 1 or exact < LEVEL):
        raise AssertionError(f"a p-value is {exact} to the engine, and {mine} here")
