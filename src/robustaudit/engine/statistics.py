"""Inference on drops: means of per-example means, intervals with the group as the unit.

docs/statistics.md has the formulas and says why these were chosen.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

CONFIDENCE = 0.95

Interval = tuple[float, float]

Unit = Literal["group", "draw"]
"""What an interval takes for independent."""


@dataclass(frozen=True, slots=True)
class PerExample:
    """Means over the trials of each example, as columns of one length: its group and what the model did."""

    group: NDArray[np.int64]
    trials: NDArray[np.int64]
    clean: NDArray[np.float64]
    perturbed: NDArray[np.float64]
    flipped: NDArray[np.float64]

    @property
    def drop(self) -> NDArray[np.float64]:
        return self.clean - self.perturbed


def per_example(
    example: NDArray[np.int64],
    group: NDArray[np.int64],
    *,
    clean: NDArray[np.bool_],
    perturbed: NDArray[np.bool_],
    flipped: NDArray[np.bool_],
) -> PerExample:
    """Fold trials (columns of one length; whether the model was right, and changed its mind) by example."""
    _, first, place, counts = np.unique(example, return_index=True, return_inverse=True, return_counts=True)

    def mean(column: NDArray[np.bool_]) -> NDArray[np.float64]:
        return np.bincount(place, weights=column) / counts

    return PerExample(group[first], counts, mean(clean), mean(perturbed), mean(flipped))


def drop_interval(examples: PerExample, *, unit: Unit = "group") -> Interval | None:
    """The 95 % interval of the mean drop; None where there is nothing to estimate its spread from.

    It speaks of further groups; or, of one example alone, of further draws of that example.
    """
    if unit == "draw":
        return _draws_interval(
            float(examples.clean[0]), float(examples.perturbed[0]), int(examples.trials[0])
        )
    _, place = np.unique(examples.group, return_inverse=True)
    sizes = np.bincount(place).astype(np.float64)
    sums = np.bincount(place, weights=examples.drop).astype(np.float64)
    return _groups_interval(sums, sizes) if len(sizes) > 1 else None


def _groups_interval(sums: NDArray[np.float64], sizes: NDArray[np.float64]) -> Interval:
    """The adjusted interval of Bonett and Price (2012, doi:10.3102/1076998611411915) for paired proportions.

    One group is added that drops wholly and one that rises wholly, so that groups that all agree still leave
    room for doubt; then the ratio of the groups' sums of drops (`sums`) to their numbers of examples
    (`sizes`) has its linearised standard error and Student's t.
    """
    typical = sizes.mean()
    sums = np.append(sums, [typical, -typical])
    sizes = np.append(sizes, [typical, typical])
    n = len(sizes)
    mean = sums.sum() / sizes.sum()
    residuals = (sums - mean * sizes) / sizes.mean()
    error = np.sqrt((residuals**2).sum() / (n * (n - 1)))
    reach = float(stats.t.ppf((1 + CONFIDENCE) / 2, n - 1) * error)
    return max(float(mean) - reach, -1.0), min(float(mean) + reach, 1.0)


def _draws_interval(clean: float, perturbed: float, draws: int) -> Interval:
    """Wilson's interval (1927) for the share of draws got right, taken from the clean answer."""
    right = round(perturbed * draws)
    share = stats.binomtest(right, draws).proportion_ci(confidence_level=CONFIDENCE, method="wilson")
    return clean - float(share.high), clean - float(share.low)
