"""Ratios of sums over groups that are weighed at random: their distribution and its quantiles."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special
from scipy.optimize import elementwise

from robustaudit.engine.inversion import MOST_TERMS, by_inversion, chance_above_zero, normal_score
from robustaudit.engine.statistics import Floats

_EDGE = 1e-12  # of the range: nearer to its end is the end
_CLOSE = 1e-6  # how near the saddlepoint's quantile is found, before it is made exact
_STEPS = 2
_SIZES = (0, 8, 16, 32, MOST_TERMS, np.inf)
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class WeighedRatio:
    """Σ tops·E / Σ bottoms·E, where each E is a sum of so many standard exponential variables.

    Divided by their sum, such variables are weights with a flat Dirichlet distribution.
    """

    tops: Floats
    bottoms: Floats
    number: Floats

    @classmethod
    def of(cls, tops: ArrayLike, bottoms: ArrayLike) -> Self:
        """The ratio over groups of those sums, each with a weight of its own; groups alike count together."""
        both = np.asarray(tops, dtype=np.float64) + 1j * np.asarray(bottoms, dtype=np.float64)
        kinds, number = np.unique(both[both != 0], return_counts=True)
        return cls(kinds.real.copy(), kinds.imag.copy(), number.astype(np.float64))

    @property
    def key(self) -> tuple[bytes, ...]:
        """What is the same of ratios that are alike."""
        return self.tops.tobytes(), self.bottoms.tobytes(), self.number.tobytes()

    def chance_above(self, value: float) -> float:
        return float(chance_above_zero(self.tops - value * self.bottoms, self.number))

    def chance_at_least(self, value: float) -> float:
        """The same but where all groups have that very value: then it is 1."""
        is_constant = (self.tops == value * self.bottoms).all()
        return 1.0 if is_constant else self.chance_above(value)


def quantiles(ratios: Sequence[WeighedRatio], levels: Sequence[float]) -> Floats:
    """Of each ratio the quantile of that level; those that are alike are found once."""
    keys = [(ratio.key, level) for ratio, level in zip(ratios, levels, strict=True)]
    alike = {key: (ratio, level) for key, ratio, level in zip(keys, ratios, levels, strict=True)}
    found: dict[tuple[tuple[bytes, ...], float], float] = {}
    # Of like size side by side, so that little is computed for padding.
    for fewer, most in pairwise(_SIZES):
        batch = [key for key, (ratio, _) in alike.items() if fewer < len(ratio.tops) <= most]
        for start in range(0, len(batch), _AT_ONCE):
            some = batch[start : start + _AT_ONCE]
            ends = _quantiles([alike[key][0] for key in some], np.array([alike[key][1] for key in some]))
            found |= zip(some, ends.tolist(), strict=True)
    return np.array([found[key] for key in keys])


def _quantiles(ratios: Sequence[WeighedRatio], levels: Floats) -> Floats:
    tops, bottoms, number = _side_by_side(ratios)
    ends = tops / bottoms
    low, high = ends.min(axis=-1), ends.max(axis=-1)
    width, goal = high - low, special.ndtri(1 - levels)

    def score(at: Floats, rows: NDArray[np.int64]) -> Floats:
        return normal_score(tops[rows] - at[..., None] * bottoms[rows], number[rows])

    def beyond(at: Floats, rows: NDArray[Any]) -> Floats:
        those = rows.astype(np.int64)  # SciPy makes numbers of one kind of them
        return score(at, those) - goal[those]

    rows = np.flatnonzero(width > 0)
    found: Floats = low.copy()
    if not len(rows):
        return found
    edge = _EDGE * width[rows]
    bracket = low[rows] + edge, high[rows] - edge
    near = elementwise.find_root(
        beyond,
        bracket,
        args=(rows,),
        tolerances={"xatol": _CLOSE if tops.shape[-1] <= MOST_TERMS else 0.0},
    )
    inside = near.success
    above = score(bracket[1], rows) > goal[rows]
    found[rows] = np.where(inside, near.x, np.where(above, high[rows], low[rows]))
    if tops.shape[-1] > MOST_TERMS:
        return found
    rows = rows[inside]
    edge = _EDGE * width[rows]
    least, most = low[rows] + edge, high[rows] - edge
    for _ in range(_STEPS):  # Newton's, with the saddlepoint's slope
        at, step = found[rows], 1e-5 * width[rows]
        here = special.ndtri(_chance(tops, bottoms, number, at, rows))
        before, after = np.maximum(at - step, least), np.minimum(at + step, most)
        slope = (score(after, rows) - score(before, rows)) / (after - before)
        found[rows] = np.clip(at - (here - goal[rows]) / slope, least, most)
    return found


def _chance(tops: Floats, bottoms: Floats, number: Floats, at: Floats, rows: NDArray[np.int64]) -> Floats:
    return by_inversion(tops[rows] - at[..., None] * bottoms[rows], number[rows])


def _side_by_side(ratios: Sequence[WeighedRatio]) -> tuple[Floats, Floats, Floats]:
    """Their kinds in rows of one length, filled up with the first kind, none of which is added."""
    most = max(len(ratio.tops) for ratio in ratios)

    def filled(values: Floats, fill: float) -> Floats:
        return np.append(values, np.full(most - len(values), fill))

    return (
        np.stack([filled(ratio.tops, ratio.tops[0]) for ratio in ratios]),
        np.stack([filled(ratio.bottoms, ratio.bottoms[0]) for ratio in ratios]),
        np.stack([filled(ratio.number, 0.0) for ratio in ratios]),
    )
