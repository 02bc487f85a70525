"""How a figure goes with another among cases that are alike otherwise."""

import numpy as np
from numpy.typing import ArrayLike

from robustaudit.core.arrays import Floats, Integers
from robustaudit.statistics.intervals import GroupSums, combined
from robustaudit.statistics.measures import Estimate


def slope_within(x: ArrayLike, y: ArrayLike, stratum: Integers, group: Integers) -> Estimate | None:
    """By how much y changes with one more of x among cases of one stratum (least squares).

    Both are taken from their means in the stratum, so that nothing that its cases share plays a part. The
    interval is Student's t with the group as the unit; None where x varies within the strata of fewer than
    two groups.
    """
    own_x, own_y = (_from_means(np.asarray(each, dtype=np.float64), stratum) for each in (x, y))
    sums, sizes = (np.bincount(group, weights=each).astype(np.float64) for each in (own_x * own_y, own_x**2))
    some = sizes > 0
    if some.sum() < 2:  # noqa: PLR2004  (one group has no spread)
        return None
    found = combined([GroupSums(sums[some], sizes[some])], [1.0])
    value, reach = float(found.mean), float(found.reach())
    return Estimate(value, value - reach, value + reach)


def _from_means(values: Floats, stratum: Integers) -> Floats:
    number = np.bincount(stratum)
    means = np.bincount(stratum, weights=values) / np.maximum(number, 1)
    distances: Floats = values - means[stratum]
    distances[np.abs(distances) < 1e-12] = 0.0  # noqa: PLR2004  (rounding error)
    return distances
