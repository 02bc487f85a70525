"""What an interval says of a threshold; docs/gate.md has the formulas and says why these were chosen."""

import math

from scipy import stats

from robustaudit.engine.gate.rules import AT
from robustaudit.engine.measures import Estimate
from robustaudit.engine.statistics import CONFIDENCE

LEVEL = (1 - CONFIDENCE) / 2
"""A one-sided p-value under this is what shows something: one side of a 95 % interval."""

_MOST = 10**8  # further trials: beyond that, "how many" is no help


def shows(p_value: float) -> bool:
    """Whether a one-sided p-value shows something; one of an interval that ends at the threshold does not."""
    return p_value < LEVEL * (1 - AT)


def p_values(estimate: Estimate, threshold: float, *, groups: int) -> tuple[float, float] | None:
    """One-sided p-values that a figure is above a threshold and below it; None where it has no interval.

    They are read off the interval, as a Student's t of its reach towards the threshold: above is under
    `LEVEL` exactly where the interval lies above the threshold, below where it lies below.
    """
    distance = _distance(estimate, threshold, groups)
    if distance is None:
        return None
    return float(stats.t.sf(distance, groups - 1)), float(stats.t.cdf(distance, groups - 1))


def trials_needed(
    estimate: Estimate, threshold: float, *, groups: int, trials: int, level: float
) -> int | None:
    """The further trials with which a figure that stays where it is would be shown beyond a threshold.

    Intervals narrow with the root of the trials. None where the figure lies on the threshold, or so near
    that no such number would help.
    """
    distance = _distance(estimate, threshold, groups)
    if not distance:
        return None
    wanted = float(stats.t.isf(level, groups - 1)) / distance
    further = trials * (wanted**2 - 1)
    return max(_rounded_up(further), 1) if further < _MOST else None


def _distance(estimate: Estimate, threshold: float, groups: int) -> float | None:
    """How many standard errors the figure lies above the threshold."""
    if estimate.low is None or estimate.high is None or groups < 2:  # noqa: PLR2004  (one group has no spread)
        return None
    gap = estimate.value - threshold
    if abs(gap) <= AT:
        return 0.0
    reach = estimate.value - estimate.low if gap > 0 else estimate.high - estimate.value
    # A figure at the end of what it can be has no reach that way, and no threshold lies there.
    return float(stats.t.isf(LEVEL, groups - 1)) * gap / reach if reach > 0 else 0.0


def _rounded_up(number: float) -> int:
    """To two digits: it is a forecast."""
    digit: int = 10 ** max(len(str(int(number))) - 2, 0)
    return math.ceil(number / digit) * digit
