"""Filters: how many texts of the positive class are caught, at a share of false alarms, before and after.

Each interval holds quantiles over random weights of groups, in which the threshold is found anew from the
clean negatives. Each bound adds a group of each class at the end of the range that is worse for it, and takes
the worse of two thresholds, as a further negative may lie above all others or below. docs/filters.md has the
reasons and the error rates.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from robustaudit.core.arrays import Floats, Integers
from robustaudit.statistics.bounds import pseudo_group_size
from robustaudit.statistics.intervals import LEVEL
from robustaudit.statistics.measures import Estimate

_DRAWS = 1_000
_AT_ONCE = 4_000_000  # weights in memory
_DIGITS = 9  # what is later depends on the machine
ROC_ALARMS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
"""The shares of false alarms at which a ROC curve is given."""


@dataclass(frozen=True, slots=True)
class TextScores:
    """Texts of one class as columns of one length: score, position of the group, and weight.

    A score is the probability of the positive class, or 1 and 0 for the predicted class. The trials of an
    example share a weight of one.
    """

    score: Floats
    group: Integers
    weight: Floats

    def of(self, score: Floats) -> "TextScores":
        """The same texts with other scores."""
        return TextScores(score, self.group, self.weight)

    @property
    def total(self) -> float:
        return float(self.weight.sum())

    def above(self, threshold: float) -> float:
        """The share that scores above it."""
        return float(self.weight[self.score > threshold].sum()) / self.total


@dataclass(frozen=True, slots=True)
class FilterTrials:
    """The trials of a filter under one attack: positives and negatives, each clean and perturbed."""

    clean_positives: TextScores
    positives: TextScores
    clean_negatives: TextScores
    negatives: TextScores

    @property
    def caught_twice(self) -> TextScores:
        """The positives with the lower of both scores: above a threshold where both are."""
        return self.positives.of(np.minimum(self.clean_positives.score, self.positives.score))


@dataclass(frozen=True, slots=True)
class FilterFigures:
    """What a filter catches of the positive class, and its false alarms, on clean and on perturbed texts.

    `evasion` is the share of the caught texts that are not caught when perturbed; None where none is caught.
    The areas are those under the ROC curves, of which `roc` has points: the share of false alarms, and what
    is caught there of clean and of perturbed texts.
    """

    caught: Estimate
    caught_after: Estimate
    evasion: Estimate | None
    alarms: Estimate
    alarms_after: Estimate
    area: Estimate
    area_after: Estimate
    roc: tuple[tuple[float, float, float], ...]


def threshold_of(negatives: TextScores, alarms: float) -> float:
    """The least score of a clean negative that at most that share of them, each by its weight, exceed."""
    order = np.argsort(-negatives.score, kind="stable")
    heavier = np.cumsum(negatives.weight[order])
    exceeding = int((heavier <= alarms * heavier[-1] * (1 + 1e-12)).sum())
    return -np.inf if exceeding == len(order) else float(negatives.score[order[exceeding]])


def filter_figures(trials: FilterTrials, calibrating: TextScores, alarms: float | None) -> FilterFigures:
    """The figures at the threshold that gives that share of false alarms on `calibrating`, clean negatives.

    Without a share the scores are decisions, 1 or 0.
    """
    threshold = 0.5 if alarms is None else threshold_of(calibrating, alarms)
    ends = _Ends(trials, calibrating, alarms)
    caught, both = trials.clean_positives.above(threshold), trials.caught_twice.above(threshold)
    return FilterFigures(
        caught=ends.estimate(caught, "caught"),
        caught_after=ends.estimate(trials.positives.above(threshold), "caught_after"),
        evasion=ends.estimate(1 - both / caught, "evasion") if caught else None,
        alarms=ends.estimate(trials.clean_negatives.above(threshold), "alarms"),
        alarms_after=ends.estimate(trials.negatives.above(threshold), "alarms_after"),
        area=ends.estimate(_area(trials.clean_positives, trials.clean_negatives), "area"),
        area_after=ends.estimate(_area(trials.positives, trials.negatives), "area_after"),
        roc=() if alarms is None else tuple(_roc(trials)),
    )


def _roc(trials: FilterTrials) -> Iterator[tuple[float, float, float]]:
    for share in ROC_ALARMS:
        before, after = (threshold_of(of, share) for of in (trials.clean_negatives, trials.negatives))
        yield share, trials.clean_positives.above(before), trials.positives.above(after)


def _area(positives: TextScores, negatives: TextScores) -> float:
    """The chance that a positive scores above a negative; a tie counts half."""
    order = np.argsort(negatives.score, kind="stable")
    below = np.append(0.0, np.cumsum(negatives.weight[order]))
    won = positives.weight @ sum(below[place] for place in _places(positives, negatives.score[order]))
    return float(won / 2 / positives.total / negatives.total)


def _places(positives: TextScores, ascending: Floats) -> list[Integers]:
    """How many of those scores lie below each positive, and how many do not lie above it."""
    return [np.searchsorted(ascending, positives.score, side=side) for side in ("left", "right")]


class _Ends:
    """The lower and upper ends of each figure, draw by draw."""

    def __init__(self, trials: FilterTrials, calibrating: TextScores, alarms: float | None) -> None:
        self._low: dict[str, list[Floats]] = {}
        self._high: dict[str, list[Floats]] = {}
        of_all = (trials.positives, trials.negatives, calibrating)
        groups = int(max(each.group.max(initial=-1) for each in of_all)) + 1
        columns = groups + max(len(each.score) for each in of_all)
        generator = np.random.default_rng(0)  # the same answers have the same interval
        some = max(_AT_ONCE // columns, 1)
        for start in range(0, _DRAWS, some):
            number = min(some, _DRAWS - start)
            drawn = _Draw(generator.standard_exponential((number, groups + 3)))
            self._add(trials, drawn, *drawn.thresholds(calibrating, alarms))

    def estimate(self, value: float, name: str) -> Estimate:
        """The value between the quantiles of its ends."""
        low, high = (np.concatenate(of[name]) for of in (self._low, self._high))
        ends = float(np.quantile(low, LEVEL)), float(np.quantile(high, 1 - LEVEL))
        return Estimate(value, min(round(ends[0], _DIGITS), value), max(round(ends[1], _DIGITS), value))

    def _add(self, trials: FilterTrials, drawn: "_Draw", least: Floats, most: Floats) -> None:
        shares: dict[str, tuple[TextScores, int]] = {
            "caught": (trials.clean_positives, 0),
            "caught_after": (trials.positives, 0),
            "alarms": (trials.clean_negatives, 1),
            "alarms_after": (trials.negatives, 1),
        }
        for name, (scores, added) in shares.items():
            above = drawn.above(scores)
            total, more = above.total, drawn.added(scores, added)
            self._keep(name, above(most) / (total + more), (above(least) + more) / (total + more))
        self._keep("evasion", *self._evasion(trials, drawn, (least, most)))
        self._keep("area", *drawn.areas(trials.clean_positives, trials.clean_negatives))
        self._keep("area_after", *drawn.areas(trials.positives, trials.negatives))

    def _evasion(
        self, trials: FilterTrials, drawn: "_Draw", thresholds: tuple[Floats, Floats]
    ) -> tuple[Floats, Floats]:
        """It neither rises nor falls with the threshold: the worse of both, 0 and 1 where none is caught."""
        caught, twice = drawn.above(trials.clean_positives), drawn.above(trials.caught_twice)
        more = drawn.added(trials.positives, 0)
        pairs = [(caught(at), twice(at)) for at in thresholds]
        low = np.min([(one - both) / (one + more) for one, both in pairs], axis=0)
        high = np.max([(one - both + more) / (one + more) for one, both in pairs], axis=0)
        return low, high

    def _keep(self, name: str, low: Floats, high: Floats) -> None:
        self._low.setdefault(name, []).append(low)
        self._high.setdefault(name, []).append(high)


class _Draw:
    """Exponential weights of groups, a row for each draw; the last three columns are of added groups."""

    def __init__(self, weights: Floats) -> None:
        self._weights = weights

    def added(self, scores: TextScores, place: int) -> Floats:
        """The weights of a group added to those texts: 0 for positives, 1 for negatives, 2 for clean ones."""
        sizes = np.bincount(scores.group, scores.weight).astype(np.float64)
        size = float(pseudo_group_size(sizes[sizes > 0], np.ones(int((sizes > 0).sum()))))
        return self._weights[:, place - 3] * size

    def of(self, scores: TextScores) -> Floats:
        """The weights of those texts."""
        weights: Floats = self._weights[:, scores.group] * scores.weight
        return weights

    def above(self, scores: TextScores) -> "_Above":
        order = np.argsort(-scores.score, kind="stable")
        return _Above(
            -scores.score[order],
            _running(self.of(TextScores(scores.score[order], scores.group[order], scores.weight[order]))),
        )

    def thresholds(self, negatives: TextScores, alarms: float | None) -> tuple[Floats, Floats]:
        """Those of each draw if one more negative lay below all others, and if it lay above."""
        if alarms is None:
            same = np.full(len(self._weights), 0.5)
            return same, same
        order = np.argsort(-negatives.score, kind="stable")
        scores = np.append(negatives.score[order], -np.inf)
        above = self.above(negatives)
        more = self.added(negatives, 2)
        allowed = alarms * (above.total + more)
        least, most = (
            scores[(above.running[:, 1:] <= left[:, None]).sum(axis=1)] for left in (allowed, allowed - more)
        )
        return least, np.where(allowed < more, np.inf, most)

    def areas(self, positives: TextScores, negatives: TextScores) -> tuple[Floats, Floats]:
        """The area under the ROC curve with a further text of each class at the worst places, or the best."""
        order = np.argsort(negatives.score, kind="stable")
        ascending = TextScores(negatives.score[order], negatives.group[order], negatives.weight[order])
        below, weights = _running(self.of(ascending)), self.of(positives)
        won: Floats = sum(
            np.einsum("ij,ij->i", weights, below[:, place]) for place in _places(positives, ascending.score)
        ) / np.float64(2)
        one, other = weights.sum(axis=1), below[:, -1]
        more, further = self.added(positives, 0), self.added(negatives, 1)
        pairs = (one + more) * (other + further)
        return won / pairs, (won + more * (other + further) + further * one) / pairs


@dataclass(frozen=True, slots=True)
class _Above:
    """Of texts in falling order of score, negated, the running sums of their weights in each draw."""

    falling: Floats
    running: Floats

    def __call__(self, thresholds: Floats) -> Floats:
        """The weight above the threshold of each draw."""
        number = np.searchsorted(self.falling, -thresholds, side="left")
        found: Floats = self.running[np.arange(len(thresholds)), number]
        return found

    @property
    def total(self) -> Floats:
        total: Floats = self.running[:, -1]
        return total


def _running(weights: Floats) -> Floats:
    return np.concatenate([np.zeros((len(weights), 1)), np.cumsum(weights, axis=1)], axis=1)
