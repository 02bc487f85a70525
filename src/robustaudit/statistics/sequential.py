"""A sequential test of whether a drop is above a threshold, by betting: valid whenever it stops.

docs/statistics.md explains the test and its error. The bets are those of Waudby-Smith and Ramdas (2024,
doi:10.1093/jrsssb/qkad009), spread over a grid ("diversified Kelly betting").
"""

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import scipy  # whose optimize is imported when it is first used
from numpy.typing import NDArray
from scipy import special

from robustaudit.core import spelling
from robustaudit.core.arrays import Floats
from robustaudit.core.errors import UserError
from robustaudit.core.validation import check_between
from robustaudit.statistics.intervals import grouped
from robustaudit.statistics.outcomes import TrialOutcomes, per_example

Side = Literal["above", "below"]
Outcome = Literal["passed", "failed", "inconclusive"]

BETS: Floats = 0.99 * 2.0 ** (-np.arange(11) / 2)
"""The shares of their capital that eleven gamblers put on each group, 99 % to 3 %; none can lose it all."""

_EDGE = 1e-9  # drops of exactly -1 and 1 have no bet against them


@dataclass(frozen=True, slots=True, kw_only=True)
class SequentialTest:
    """A sequential test: threshold, error of the whole audit, and the numbers of groups at which it looks.

    Raises:
        UserError: a number is out of range.
    """

    max_drop: float
    alpha: float = 0.05
    first_round: int = 20
    growth: float = 1.2

    def __post_init__(self) -> None:
        check_max_drop(self.max_drop)
        check_between(spelling.named("alpha"), self.alpha, 0, 0.5)

    def looks(self, groups: int) -> list[int]:
        """The numbers of groups after which the evidence is weighed, the last being all of them."""
        looks = [min(self.first_round, groups)]
        while looks[-1] < groups:
            looks.append(min(math.ceil(looks[-1] * self.growth), groups))
        return looks

    def as_json(self) -> dict[str, Any]:
        return {
            "max_drop": self.max_drop,
            "alpha": self.alpha,
            "first_round": self.first_round,
            "growth": self.growth,
        }


@dataclass(frozen=True, slots=True)
class SequentialResult:
    """The conclusion on the drop of a model under an attack, and its cost.

    The drop and its bounds weigh groups alike; each bound errs with at most the error of one cell, at
    whatever round it is read.
    """

    model: str
    attack: str
    outcome: Outcome
    groups: int
    examples: int
    trials: int
    model_calls: int
    drop: float | None
    drop_low: float
    drop_high: float


@dataclass(frozen=True, slots=True)
class GroupDrops:
    """Drops by group, as columns of one length.

    `drop` is the mean drop over the group's examples, 0 for one with no changed trial; `changed` the share of
    its examples that have a changed trial.
    """

    drop: Floats
    changed: Floats

    @property
    def mean(self) -> float | None:
        """The drop, each group weighing alike; None if no trial changed its text."""
        changed = float(self.changed.sum())
        return float(self.drop.sum()) / changed if changed else None


def group_drops(trials: TrialOutcomes) -> GroupDrops:
    """The drops of the groups of those trials of one model under one attack, no-ops included."""
    changed = trials.where(trials.changed)
    found, asked = per_example(changed), per_example(trials)
    lost = 1.0 * (changed.clean == changed.label) - (changed.perturbed == changed.label)
    place = np.searchsorted(asked.names, found.names)[found.group]
    sums = grouped(found.mean(changed.number * lost), place, groups=asked.groups)
    size = np.bincount(asked.group)
    return GroupDrops(sums.sums / size, sums.sizes / size)


def cell_alpha(alpha: float, *, models: int, attacks: int) -> float:
    """The error of one model under one attack, such that all together have at most `alpha` (Bonferroni)."""
    return alpha / (models * attacks)


def check_max_drop(value: float) -> float:
    """Return a threshold that a drop can be on both sides of."""
    if not 0 <= value < 1:
        field = spelling.named("max_drop")
        raise UserError(f"{field} must be a share from 0 to below 1, such as 0.05, got {value:g}")
    return value


def log_growth(groups: GroupDrops, threshold: float, side: Side) -> Floats:
    """The growth of each gambler's capital by each group, as logarithms of shape (bets, groups).

    Bets on a drop `above` the threshold do not gain on average unless it is above; and likewise `below`.
    """
    excess = groups.drop - threshold * groups.changed
    stake = excess / (1 + threshold) if side == "above" else -excess / (1 - threshold)
    growth: Floats = np.log1p(np.outer(BETS, stake))
    return growth


def log_wealth(growth: Floats, counts: Floats | NDArray[np.integer]) -> Floats:
    """The logarithm of the gamblers' mean capital after `counts` (last axis: of each group)."""
    wealth: Floats = special.logsumexp(counts @ growth.T, axis=-1) - math.log(len(BETS))
    return wealth


def evidence(groups: GroupDrops, threshold: float, side: Side) -> float:
    """The logarithm of the evidence (an e-value) for a drop on that side of the threshold."""
    return float(log_wealth(log_growth(groups, threshold, side), np.ones(len(groups.drop))))


def decide(groups: GroupDrops, threshold: float, *, alpha: float) -> Outcome:
    """The conclusion from the groups so far; over all looks it is wrong with probability at most `alpha`."""
    if evidence(groups, threshold, "above") >= -math.log(alpha):
        return "failed"
    return "passed" if evidence(groups, threshold, "below") >= -math.log(alpha) else "inconclusive"


def bounds(groups: GroupDrops, *, alpha: float) -> tuple[float, float]:
    """Confidence bounds of the drop; each errs with probability at most `alpha` over all looks.

    `decide` returns "failed" if the lower one reaches the threshold, "passed" if the upper one does.
    """
    return _bound(groups, "above", alpha), _bound(groups, "below", alpha)


def fewest_groups(threshold: float, *, alpha: float) -> int | None:
    """The number of changed groups after which a drop of 0 is known to pass; None if no number suffices."""
    if threshold == 0:
        return None
    growth = log_growth(GroupDrops(np.zeros(1), np.ones(1)), threshold, "below")

    def lacking(number: int) -> bool:
        return float(log_wealth(growth, np.array([float(number)]))) < -math.log(alpha)

    few, enough = 0, 1
    while lacking(enough):
        few, enough = enough, 2 * enough
    while enough - few > 1:
        middle = (few + enough) // 2
        few, enough = (middle, enough) if lacking(middle) else (few, middle)
    return enough


def _bound(groups: GroupDrops, side: Side, alpha: float) -> float:
    """Evidence falls as the threshold nears the drop from either side, so that it is bounded by one root."""

    def surplus(threshold: float) -> float:
        return evidence(groups, threshold, side) + math.log(alpha)

    far, near = (-1 + _EDGE, 1 - _EDGE) if side == "above" else (1 - _EDGE, -1 + _EDGE)
    if surplus(far) < 0:
        return float(np.sign(far))
    return float(scipy.optimize.brentq(surplus, far, near))
