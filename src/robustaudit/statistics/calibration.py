"""Calibration: how far a model's confidence is from its accuracy.

docs/statistics.md has the formulas and the error rates of the intervals.
"""

import math
from dataclasses import dataclass

import numpy as np
import scipy  # whose optimize is imported when it is first used
from scipy import special

from robustaudit.core.arrays import Floats, Integers
from robustaudit.statistics.bounds import normal_level
from robustaudit.statistics.intervals import LEVEL, typical_group_size
from robustaudit.statistics.measures import Estimate
from robustaudit.statistics.outcomes import BINS, ExampleOutcomes, TrialOutcomes

_FEWEST = 5.0  # right and wrong answers, in usual groups, that an interval rests on
_NO_SPREAD = 1e-15


@dataclass(frozen=True, slots=True)
class CalibrationErrors:
    """The mean over bins of confidence of (accuracy − mean confidence)², and by how much it rose."""

    clean: Estimate | None = None
    perturbed: Estimate | None = None
    increase: Estimate | None = None


def calibration(answers: TrialOutcomes, found: ExampleOutcomes, *, intervals: bool) -> CalibrationErrors:
    """The squared calibration errors of the outcomes.

    The plain square is biased upwards, the more so the fewer groups there are: each group's product with
    itself is removed (Kumar, Liang and Ma 2019). The mean of products of two groups remains, which may be
    below 0. None if no bin has two groups, or the model gave no probabilities.
    """
    sides = [
        _Side(bins, answers.number, confidence, answers.number * (predicted == answers.label))
        for bins, confidence, predicted in (
            (answers.clean_bin, answers.clean_confidence, answers.clean),
            (answers.perturbed_bin, answers.perturbed_confidence, answers.perturbed),
        )
    ]
    if any(np.isnan(side.confidence).any() for side in sides):
        return CalibrationErrors()
    clean, perturbed = (_Bins.of(side, found) for side in sides)
    if clean is None or perturbed is None:
        return CalibrationErrors()
    bounded = [intervals and _enough(side, found) for side in sides]
    return CalibrationErrors(
        clean.estimate() if bounded[0] else Estimate(clean.error),
        perturbed.estimate() if bounded[1] else Estimate(perturbed.error),
        _rise(clean, perturbed) if all(bounded) else Estimate(perturbed.error - clean.error),
    )


@dataclass(frozen=True, slots=True)
class _Side:
    """Of rows of trials the bin and number, and sums of the confidence and of correct predictions."""

    bins: Integers
    number: Integers
    confidence: Floats
    right: Integers


@dataclass(frozen=True, slots=True)
class _Bins:
    """The squared error over the bins that several groups share, and each group's part in its noise.

    `means` are those of the bins, scaled such that the sum of their squares is the plain square. `residuals`
    has a row for each group: its distance from the mean of each bin, such that the sum of their squares is
    the bias of the plain square.
    """

    error: float
    means: Floats
    residuals: Floats

    @classmethod
    def of(cls, side: _Side, found: ExampleOutcomes) -> "_Bins | None":
        cell = found.group[found.place] * BINS + side.bins

        def by_group(sums: Floats | Integers) -> Floats:
            cells = np.bincount(cell, weights=found.weights * sums, minlength=found.groups * BINS)
            return cells.astype(np.float64).reshape(found.groups, BINS)

        gaps, sizes = by_group(side.right - side.confidence), by_group(side.number)
        several = (sizes > 0).sum(axis=0) > 1
        if not several.any():
            return None
        gaps, sizes = gaps[:, several], sizes[:, several]
        total, size = gaps.sum(axis=0), sizes.sum(axis=0)
        pairs = size**2 - (sizes**2).sum(axis=0)  # of two groups
        share = size / size.sum()
        error = share @ ((total**2 - (gaps**2).sum(axis=0)) / pairs)
        residuals = (gaps - sizes * total / size) * np.sqrt(share / pairs)
        return cls(float(error), total / size * np.sqrt(share), residuals)

    def estimate(self) -> Estimate:
        """The squared error with its 95 % interval; none where no group differs from another."""
        if self.noise < _NO_SPREAD:
            return Estimate(self.error)
        down, up = self.reach()
        return Estimate(self.error, max(self.error - down, min(self.error, 0.0)), min(self.error + up, 1.0))

    @property
    def noise(self) -> float:
        return float((self.residuals**2).sum())

    def reach(self) -> tuple[float, float]:
        """The distances of the bounds from the squared error; the lower bound may be below 0.

        The plain square is about a multiple of a noncentral χ² variable with the two moments of its noise
        (Satterthwaite 1946). The removed bias has noise of its own, which adds to the degrees of freedom;
        Student's t allows for the few groups from which the noise is known.
        """
        noise, squares = self.noise, self.squares
        scale, freedom = squares / noise, noise**2 / squares
        groups = 2 * noise**2 / float(((self.residuals**2).sum(axis=1) ** 2).sum())
        freedom *= 1 + freedom / groups
        level = float(normal_level(LEVEL, groups))
        square = max(self.error / scale + freedom, 0.0)
        low, high = (scale * _noncentrality(square, freedom, chance) for chance in (1 - level, level))
        luck = scale * (float(special.chdtri(freedom, level)) - freedom)  # without any error
        return self.error - low if 0 < low < self.error else max(luck, self.error), high - self.error

    @property
    def squares(self) -> float:
        covariance = self.residuals.T @ self.residuals
        return float((covariance**2).sum())

    @property
    def slopes(self) -> Floats:
        """The first-order influence of each group on the error."""
        slopes: Floats = 2 * self.residuals @ self.means
        return slopes

    @property
    def variance(self) -> float:
        return 2 * self.squares + float((self.slopes**2).sum())


def _rise(clean: _Bins, perturbed: _Bins) -> Estimate:
    """Perturbed less clean: how far bounds are comes together as errors do (Zou 2007), paired by group."""
    rise = perturbed.error - clean.error
    if min(clean.noise, perturbed.noise) < _NO_SPREAD:
        return Estimate(rise)
    shared = float(clean.slopes @ perturbed.slopes) / math.sqrt(clean.variance * perturbed.variance)
    (clean_down, clean_up), (down, up) = clean.reach(), perturbed.reach()

    def together(one: float, other: float) -> float:
        return math.sqrt(max(one**2 + other**2 - 2 * shared * one * other, 0.0))

    low, high = rise - together(down, clean_up), rise + together(up, clean_down)
    return Estimate(rise, max(low, -1.0), min(high, 1.0))


def _noncentrality(square: float, freedom: float, chance: float) -> float:
    """The noncentrality at which a χ² variable is at most `square` with that probability, or 0."""
    if special.chdtr(freedom, square) <= chance:
        return 0.0

    def beyond(noncentrality: float) -> float:
        return float(special.chndtr(square, freedom, noncentrality)) - chance

    most = square
    while beyond(most) > 0:
        most *= 2
    return float(scipy.optimize.brentq(beyond, 0.0, most))


def _enough(side: _Side, found: ExampleOutcomes) -> bool:
    """Whether correct and wrong predictions are frequent enough, both observed and by confidence."""
    usual = float(typical_group_size(np.bincount(found.group).astype(np.float64)))
    claimed, seen = (float(found.weights @ sums) for sums in (side.confidence, side.right))
    examples = len(found.trials)
    return min(claimed, seen, examples - claimed, examples - seen) >= _FEWEST * usual
