"""Ratios of sums over groups that are weighed at random: their distribution and its quantiles."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from robustaudit.core.arrays import Floats
from robustaudit.statistics.root_finding import find_roots

MOST_TERMS = 64  # with more of them the saddlepoint alone is as good as exact, and faster
_STEPS = 60
_CLOSE = 1e-8  # of the squared distance from the saddlepoint, in standard deviations
_NEAR = 0.7  # in standard deviations: so far the path keeps from the pole at 0
_NODES, _REACH = 56, 10.0
_STEP = (np.arange(_NODES) + 0.5) * _REACH / _NODES
_AT, _WEIGHTS = np.sinh(_STEP), np.cosh(_STEP) * _REACH / _NODES
_BENDS = 12
_FLAT = 1e-6
_MIDDLE = 1e-4


def probability_above_zero(terms: Floats, number: Floats) -> Floats:
    """The probability that Σ terms·E is above 0, each E a sum of `number` standard exponential variables.

    The last axis is summed over. Few terms are summed by inverting the moment generating function, many by
    the saddlepoint.
    """
    found: Floats = np.asarray(terms.max(axis=-1) > 0, dtype=np.float64)
    mixed = (terms.min(axis=-1) < 0) & (found > 0)
    if mixed.any():
        these = terms[mixed], np.broadcast_to(number, terms.shape)[mixed]
        few = terms.shape[-1] <= MOST_TERMS
        found[mixed] = by_inversion(*these) if few else special.ndtr(normal_score(*these))
    return found


def by_inversion(terms: Floats, number: Floats) -> Floats:
    """The chance, of terms of both signs, by inverting the moment generating function.

    Along a parabola through the saddlepoint that bends as the path of steepest descent does there.
    """
    low, high = 1 / terms.min(axis=-1), 1 / terms.max(axis=-1)
    start = _saddlepoint(terms, number)
    near = _NEAR / np.sqrt(_cumulant(terms, number, start, 2))
    aside = np.where(start < 0, np.maximum(-near, low / 2), np.minimum(near, high / 2))
    start = np.where(np.abs(start) < near, aside, start)
    second = _cumulant(terms, number, start, 2)
    bend = _cumulant(terms, number, start, 3) / (6 * second)
    height = -(number * np.log(1 - start[:, None] * terms)).sum(axis=-1)
    across = _AT / np.sqrt(second)[:, None]
    along = start[:, None] + bend[:, None] * across**2
    modulus = _log_modulus(terms, number, along, across)
    for _ in range(_BENDS):
        (climbs,) = np.nonzero((modulus > height[:, None] + _FLAT).any(axis=-1))
        if not len(climbs):
            break
        bend[climbs] /= 4  # it came near the singularities of other terms
        along[climbs] = start[climbs, None] + bend[climbs, None] * across[climbs] ** 2
        modulus[climbs] = _log_modulus(terms[climbs], number[climbs], along[climbs], across[climbs])
    transform = np.exp(modulus + 1j * _phase(terms, number, along, across))
    slope = (1j + 2 * bend[:, None] * across) * _WEIGHTS / np.sqrt(second)[:, None]
    chance: Floats = (transform / (along + 1j * across) * slope).imag.sum(axis=-1) / np.pi + (start < 0)
    return np.clip(chance, 0.0, 1.0)


def _log_modulus(terms: Floats, number: Floats, along: Floats, across: Floats) -> Floats:
    """Of the moment generating function at points of the plane: real parts along, imaginary ones across."""
    squares = (1 - along[:, None] * terms[..., None]) ** 2 + (across[:, None] * terms[..., None]) ** 2
    modulus: Floats = -0.5 * np.einsum("rt,rtn->rn", number, np.log(squares))
    return modulus


def _phase(terms: Floats, number: Floats, along: Floats, across: Floats) -> Floats:
    angles = np.arctan2(across[:, None] * terms[..., None], 1 - along[:, None] * terms[..., None])
    phase: Floats = np.einsum("rt,rtn->rn", number, angles)
    return phase


def normal_score(terms: Floats, number: Floats) -> Floats:
    """The normal quantile of the probability, for terms of both signs, by the saddlepoint.

    Lugannani and Rice 1980, in the form of Barndorff-Nielsen 1986: within a few percent of a small
    probability.
    """
    at = _saddlepoint(terms, number)
    spread = np.sqrt(_cumulant(terms, number, at, 2))
    exponent = 2 * (number * np.log(1 - at[..., None] * terms)).sum(axis=-1)
    w = np.copysign(np.sqrt(np.maximum(exponent, 0.0)), at)
    middle = np.abs(w) < _MIDDLE  # there the formula is 0 / 0, and skewness all that is left of it
    safe = np.where(middle, 1.0, w)
    corrected = safe + np.log(np.where(middle, 1.0, at * spread / safe)) / safe
    skewness = _cumulant(terms, number, at, 3) / spread**3
    return -np.where(middle, w + skewness / 6, corrected)


def _saddlepoint(terms: Floats, number: Floats) -> Floats:
    """Where the cumulant generating function, −Σ number·log(1 − s·terms), is least, by Newton's method."""
    low, high = 1 / terms.min(axis=-1), 1 / terms.max(axis=-1)
    at: Floats = np.zeros(terms.shape[:-1])
    for _ in range(_STEPS):
        ratio = terms / (1 - at[..., None] * terms)
        weighed = number * ratio
        first, second = weighed.sum(axis=-1), (weighed * ratio).sum(axis=-1)
        at = np.minimum(np.maximum(at - first / second, (at + low) / 2), (at + high) / 2)
        if (first**2 < _CLOSE * second).all():
            break
    return at


def _cumulant(terms: Floats, number: Floats, at: Floats, order: int) -> Floats:
    """A derivative of the cumulant generating function."""
    ratio = terms / (1 - at[..., None] * terms)
    powers = math.prod([ratio] * order)
    found: Floats = math.factorial(order - 1) * (number * powers).sum(axis=-1)
    return found


_EDGE = 1e-12  # of the range: nearer to its end is the end
_NEAR_ENOUGH = 1e-6  # how near the saddlepoint's quantile is found, before it is made exact
_NEWTON_STEPS = 2
_SIZES = (0, 8, 16, 32, MOST_TERMS, np.inf)
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class WeighedRatio:
    """Σ tops·E / Σ bottoms·E, where each E is the sum of `number` standard exponential variables.

    Divided by their sum, such variables are weights with a flat Dirichlet distribution.
    """

    tops: Floats
    bottoms: Floats
    number: Floats

    @classmethod
    def of(cls, tops: ArrayLike, bottoms: ArrayLike) -> Self:
        """The ratio over groups of those sums, each with its own weight; equal groups count together."""
        both = np.asarray(tops, dtype=np.float64) + 1j * np.asarray(bottoms, dtype=np.float64)
        kinds, number = np.unique(both[both != 0], return_counts=True)
        return cls(kinds.real.copy(), kinds.imag.copy(), number.astype(np.float64))

    @property
    def key(self) -> tuple[bytes, ...]:
        """A key that equal ratios share."""
        return self.tops.tobytes(), self.bottoms.tobytes(), self.number.tobytes()

    def chance_above(self, value: float) -> float:
        return float(probability_above_zero(self.tops - value * self.bottoms, self.number))

    def chance_at_least(self, value: float) -> float:
        """The same but where all groups have that very value: then it is 1."""
        is_constant = (self.tops == value * self.bottoms).all()
        return 1.0 if is_constant else self.chance_above(value)


def quantiles(ratios: Sequence[WeighedRatio], levels: Sequence[float]) -> Floats:
    """The quantile of each ratio at its level; equal ones are computed once."""
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

    rows = np.flatnonzero(width > 0)
    found: Floats = low.copy()
    if not len(rows):
        return found
    edge = _EDGE * width[rows]
    least, most = low[rows] + edge, high[rows] - edge
    near = find_roots(
        lambda at, places: score(at, rows[places]) - goal[rows[places]],
        least,
        most,
        near=_NEAR_ENOUGH if tops.shape[-1] <= MOST_TERMS else 0.0,
    )
    inside = ~np.isnan(near)
    above = score(most, rows) > goal[rows]
    found[rows] = np.where(inside, near, np.where(above, high[rows], low[rows]))
    if tops.shape[-1] > MOST_TERMS:
        return found
    rows, least, most = rows[inside], least[inside], most[inside]
    for _ in range(_NEWTON_STEPS):  # Newton's, with the saddlepoint's slope
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
