"""Macro F1 before and after, with intervals over groups that are weighed at random."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from robustaudit.core.arrays import Floats, Integers
from robustaudit.statistics.intervals import LEVEL, Interval
from robustaudit.statistics.measures import Estimate
from robustaudit.statistics.outcomes import ExampleOutcomes, TrialOutcomes

_DRAWS = 4000
_AT_ONCE = 2_000_000  # weights in memory
_DIGITS = 9  # what is later depends on the machine
_ALIKE_DIGITS = 12  # of the shares of an example's draws in a group: thirds add up in any order


@dataclass(frozen=True, slots=True)
class MacroF1:
    """Over the classes that the examples have, on the clean and on the perturbed texts."""

    clean: Estimate
    perturbed: Estimate


def macro_f1(answers: TrialOutcomes, found: ExampleOutcomes, *, intervals: bool) -> MacroF1:
    """Macro F1 where an example's trials share its weight of one."""
    return MacroF1(
        _macro_f1(answers.clean, answers, found, intervals=intervals),
        _macro_f1(answers.perturbed, answers, found, intervals=intervals),
    )


def _macro_f1(
    predicted: Integers, answers: TrialOutcomes, found: ExampleOutcomes, *, intervals: bool
) -> Estimate:
    label, group = answers.label, found.group[found.place]
    weights = answers.number * found.weights

    def by_group(of_class: NDArray[np.bool_]) -> Floats:
        sums: Floats = np.bincount(group, weights * of_class, found.groups).astype(np.float64)
        return sums.round(_ALIKE_DIGITS)

    classes = np.unique(label)
    counts = _Counts(
        truly=np.stack([by_group(label == c) for c in classes]),
        named=np.stack([by_group(predicted == c) for c in classes]),
        hits=np.stack([by_group((predicted == c) & (label == c)) for c in classes]),
    )
    value = float(counts.scores.mean())
    if not intervals or found.groups < 2:  # noqa: PLR2004  (one group has no spread)
        return Estimate(value)
    low, high = (round(end, _DIGITS) for end in _interval(*counts.key))
    return Estimate(value, min(low, value), max(high, value))


@dataclass(frozen=True, slots=True)
class _Counts:
    """Of each class (rows) and group: how many examples are so, are named so, and are both."""

    truly: Floats
    named: Floats
    hits: Floats

    @property
    def key(self) -> tuple[int, bytes, bytes, bytes]:
        """The number of classes and what is counted of them, to be read again by `_interval`."""
        return len(self.hits), self.truly.tobytes(), self.named.tobytes(), self.hits.tobytes()

    @property
    def bottoms(self) -> Floats:
        return self.named + self.truly

    @property
    def scores(self) -> Floats:
        """Of each class its F1: twice the hits, over those named so and those that are so."""
        scores: Floats = 2 * self.hits.sum(axis=1) / self.bottoms.sum(axis=1)
        return scores

    def interval(self) -> Interval:
        """Quantiles over random weights of groups, with wrong or correct examples added.

        docs/statistics.md gives their number and the reason. They are one more group, weighted like the
        others.
        """
        scores, sizes, totals = self.scores, self._sizes(), self.bottoms.sum(axis=1)
        wrong = sizes * _spread(scores * sizes / totals, 2.0)  # such an example counts against two classes
        right = sizes * np.minimum(_spread((1 - scores) * sizes / totals, 1.0) + scores, 1.0)
        # Of a class met once nobody can say how rare it is beside what is wrongly taken for it.
        known = ((self.truly > 0).sum(axis=1) > 1) | (self.named <= self.hits).all(axis=1)
        hits, bottoms = self._weighed()
        added = -np.log((np.arange(_DRAWS) + 0.5) / _DRAWS)[:, None]
        low = 2 * hits * known / (bottoms + wrong * added)
        high = 2 * (hits + right * added) / (bottoms + 2 * right * added)
        return (
            float(np.quantile(low.mean(axis=1), LEVEL)),
            float(np.quantile(high.mean(axis=1), 1 - LEVEL)),
        )

    def _sizes(self) -> Floats:
        """Of each class how many examples of a group may well be it, or be taken for it: √(Σn³/Σn)."""

        def large(sizes: Floats) -> Floats:
            root: Floats = np.sqrt((sizes**3).sum(axis=1) / sizes.sum(axis=1))
            return root

        return np.maximum(large(self.truly), large(self.bottoms - self.hits))

    def _weighed(self) -> tuple[Floats, Floats]:
        """Of each draw (rows) the classes' hits and bottoms, where each group has an exponential weight."""
        sums = np.concatenate([self.hits, self.bottoms])
        kinds, number = np.unique(sums, axis=1, return_counts=True)
        generator = np.random.default_rng(0)  # the same answers have the same interval
        some = max(_AT_ONCE // len(number), 1)
        weighed = [
            generator.standard_gamma(number, (min(some, _DRAWS - start), len(number))) @ kinds.T
            for start in range(0, _DRAWS, some)
        ]
        hits, bottoms = np.split(np.concatenate(weighed), 2, axis=1)
        return hits, bottoms


@lru_cache(maxsize=128)  # the clean texts are the same under each attack that changes all of them
def _interval(classes: int, *counts: bytes) -> Interval:
    truly, named, hits = (np.frombuffer(each).reshape(classes, -1) for each in counts)
    return _Counts(truly, named, hits).interval()


def _spread(gains: Floats, total: float) -> Floats:
    """So much in all, spread over the classes by what each gains: at most 1, and 0 where none does."""
    order = np.argsort(-gains, kind="stable")
    left = np.cumsum(gains[order][::-1])[::-1]
    spread: Floats = np.zeros(len(gains))
    for c, rest in zip(order, left, strict=True):
        spread[c] = min(1.0, gains[c] / rest * total) if rest > 0 else 0.0
        total -= spread[c]
    return spread
