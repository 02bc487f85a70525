"""How far a model's confidence is from its accuracy.

docs/statistics.md has the formulas, and says how often the intervals are wrong.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from robustaudit.engine.answers import PerExample
from robustaudit.engine.measures import Estimate
from robustaudit.engine.statistics import LEVEL, Floats, usual_size

_BINS = 15  # of confidence, equally wide (Guo et al. 2017)
_FEWEST = 5.0  # right and wrong answers, in usual groups, that an interval rests on
_NO_SPREAD = 1e-15


def squared_calibration_error(
    confidence: Floats, right: NDArray[np.bool_], found: PerExample, *, interval: bool
) -> Estimate | None:
    """The mean over bins of confidence of (accuracy − mean confidence)², without bias.

    The plain square is too large, the more so the fewer groups there are: each group's product with itself is
    taken off (Kumar, Liang and Ma 2019). The mean of products of two groups is left, which may fall below 0.
    None where no bin has two groups.
    """
    if np.isnan(confidence).any():
        return None
    bins = _Bins.of(confidence, right, found)
    if bins is None:
        return None
    enough = interval and _enough(confidence, right, found)
    low, high = bins.interval() if enough else (None, None)
    return Estimate(bins.error, low, high)


@dataclass(frozen=True, slots=True)
class _Bins:
    """Of the bins that several groups share: the squared error, and what each group adds to its noise.

    `residuals` has a row for each group: how far it is from the mean of each bin, such that the sum of their
    squares is what the plain square is too large by.
    """

    error: float
    residuals: Floats

    @classmethod
    def of(cls, confidence: Floats, right: NDArray[np.bool_], found: PerExample) -> "_Bins | None":
        group = found.group[found.place]
        bins = np.minimum((confidence * _BINS).astype(np.int64), _BINS - 1)

        def by_group(weights: Floats) -> Floats:
            cells = np.bincount(group * _BINS + bins, weights=weights, minlength=found.groups * _BINS)
            return cells.astype(np.float64).reshape(found.groups, _BINS)

        gaps, sizes = by_group(found.weights * (right - confidence)), by_group(found.weights)
        several = (sizes > 0).sum(axis=0) > 1
        if not several.any():
            return None
        gaps, sizes = gaps[:, several], sizes[:, several]
        total, size = gaps.sum(axis=0), sizes.sum(axis=0)
        pairs = size**2 - (sizes**2).sum(axis=0)  # of two groups
        share = size / size.sum()
        error = share @ ((total**2 - (gaps**2).sum(axis=0)) / pairs)
        residuals = (gaps - sizes * total / size) * np.sqrt(share / pairs)
        return cls(float(error), residuals)

    def interval(self) -> tuple[float, float] | tuple[None, None]:
        """The 95 % interval; none where no group differs from another.

        The plain square is about a multiple of a noncentral χ² variable with the two moments of its noise
        (Satterthwaite 1946). What is taken off has noise of its own, which adds to the degrees of freedom;
        Student's t allows for the few groups that the noise is known from.
        """
        covariance = self.residuals.T @ self.residuals
        noise, squares = float(np.trace(covariance)), float((covariance**2).sum())
        if noise < _NO_SPREAD:
            return None, None
        scale, freedom = squares / noise, noise**2 / squares
        groups = 2 * noise**2 / float(((self.residuals**2).sum(axis=1) ** 2).sum())
        freedom *= 1 + freedom / groups
        level = float(special.ndtr(special.stdtrit(groups, LEVEL)))
        square = max(self.error / scale + freedom, 0.0)
        low, high = (scale * _noncentrality(square, freedom, chance) for chance in (1 - level, level))
        return min(low, self.error), high


def _noncentrality(square: float, freedom: float, chance: float) -> float:
    """That of the χ² distribution in which so small a square has such a chance; 0 where none has."""
    if special.chdtr(freedom, square) <= chance:
        return 0.0

    def beyond(noncentrality: float) -> float:
        return float(special.chndtr(square, freedom, noncentrality)) - chance

    most = square
    while beyond(most) > 0:
        most *= 2
    return float(optimize.brentq(beyond, 0.0, most))


def _enough(confidence: Floats, right: NDArray[np.bool_], found: PerExample) -> bool:
    """Whether neither right nor wrong answers are rare, those seen and those that the confidence claims."""
    usual = float(usual_size(np.bincount(found.group).astype(np.float64)))
    claimed, seen = (float(found.weights @ shares) for shares in (confidence, right))
    examples = len(found.trials)
    return min(claimed, seen, examples - claimed, examples - seen) >= _FEWEST * usual
