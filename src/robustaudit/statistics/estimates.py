"""Figures over examples and their confidence intervals: one construction for tables and for the gate."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Protocol, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from robustaudit.core.arrays import Floats
from robustaudit.statistics.bounds import (
    Bounds,
    TransformedBounds,
    difference_of_means,
    intervals,
    mean_between,
    relative_fall,
)
from robustaudit.statistics.calibration import calibration
from robustaudit.statistics.f1 import macro_f1
from robustaudit.statistics.intervals import GroupSums, Interval, grouped
from robustaudit.statistics.measures import Estimate, IntervalUnit, Measures, WorstOfK
from robustaudit.statistics.outcomes import ExampleOutcomes, TrialOutcomes, per_example

_Record = TypeVar("_Record")


@dataclass(frozen=True, slots=True)
class UnresolvedEstimate(Estimate):
    """An estimate whose interval is still to be found: `with_intervals` finds those of many side by side."""

    bounds: Bounds | None = None

    @property
    def has_interval(self) -> bool:
        return self.bounds is not None


def with_intervals(record: _Record) -> _Record:
    """The same record, list or tuple, with an interval in place of the bounds of each figure in it."""
    found = intervals([figure.bounds for figure in _figures(record) if figure.bounds])
    return cast(_Record, _with(record, iter(found)))


def _figures(record: object) -> Iterator[UnresolvedEstimate]:
    if isinstance(record, UnresolvedEstimate):
        yield record
    for part in _parts(record):
        yield from _figures(part)


def _with(record: object, found: Iterator[Interval]) -> object:
    if isinstance(record, UnresolvedEstimate):
        return Estimate(record.value, *(next(found) if record.bounds else ()))
    parts = [_with(part, found) for part in _parts(record)]
    if isinstance(record, (list, tuple)):
        return type(record)(parts)
    if not is_dataclass(record) or isinstance(record, (type, Estimate)):
        return record
    return replace(record, **{field.name: part for field, part in zip(fields(record), parts, strict=True)})


def _parts(record: object) -> list[Any]:
    if isinstance(record, (list, tuple)):
        return list(record)
    if is_dataclass(record) and not isinstance(record, (type, Estimate)):
        return [getattr(record, field.name) for field in fields(record)]
    return []


class Estimator(Protocol):
    """Means over examples with what bounds them."""

    def clean_accuracy(self) -> UnresolvedEstimate: ...
    def share(self, values: Floats, among: NDArray[np.bool_] | None = None) -> UnresolvedEstimate: ...
    def drop(self) -> UnresolvedEstimate: ...
    def relative_drop(self) -> UnresolvedEstimate: ...
    def change(self, values: Floats) -> UnresolvedEstimate: ...
    def worst(self, values: Floats, among: NDArray[np.bool_], k: int) -> UnresolvedEstimate: ...


def estimator_of(found: ExampleOutcomes, unit: IntervalUnit | None) -> Estimator:
    """The estimator of figures over those examples."""
    return _DrawEstimator(found) if unit == "draw" else _GroupEstimator(found, bounded=unit is not None)


class _GroupEstimator:
    """The bounds speak of further groups."""

    def __init__(self, found: ExampleOutcomes, *, bounded: bool) -> None:
        self._found = found
        self._bounded = bounded

    def clean_accuracy(self) -> UnresolvedEstimate:
        return self.share(self._found.clean)

    def share(self, values: Floats, among: NDArray[np.bool_] | None = None) -> UnresolvedEstimate:
        chosen = slice(None) if among is None else among
        return self._mean(grouped(values[chosen], self._found.group[chosen]), low=0.0)

    def drop(self) -> UnresolvedEstimate:
        return self.change(self._found.drop)

    def change(self, values: Floats) -> UnresolvedEstimate:
        return self._mean(grouped(values, self._found.group), low=-1.0)

    def worst(self, values: Floats, among: NDArray[np.bool_], k: int) -> UnresolvedEstimate:  # noqa: ARG002
        return self.share(values, among)

    def relative_drop(self) -> UnresolvedEstimate:
        found = self._found
        clean, perturbed = grouped(found.clean, found.group), grouped(found.perturbed, found.group)
        fall = relative_fall(clean, perturbed) if self._may_be_bounded(clean) else None
        return UnresolvedEstimate(1 - perturbed.mean / clean.mean, bounds=fall)

    def _mean(self, part: GroupSums, *, low: float) -> UnresolvedEstimate:
        bounds = mean_between(part, low, 1.0) if self._may_be_bounded(part) else None
        return UnresolvedEstimate(part.mean, bounds=bounds)

    def _may_be_bounded(self, part: GroupSums) -> bool:
        return self._bounded and part.groups > 1  # one group has no spread


class _DrawEstimator:
    """Estimates over the draws of one example alone; bounds are for its further draws.

    If each draw has a clean prediction of its own, two shares of draws are compared.
    """

    def __init__(self, found: ExampleOutcomes) -> None:
        self._found = found

    def clean_accuracy(self) -> UnresolvedEstimate:
        return (
            self.share(self._found.clean)
            if self._found.clean_per_trial
            else UnresolvedEstimate(float(self._found.clean[0]))
        )

    def share(self, values: Floats, among: NDArray[np.bool_] | None = None) -> UnresolvedEstimate:  # noqa: ARG002
        return UnresolvedEstimate(float(values[0]), bounds=mean_between(self._draws(values), 0.0, 1.0))

    def worst(self, values: Floats, among: NDArray[np.bool_], k: int) -> UnresolvedEstimate:  # noqa: ARG002
        one = mean_between(self._draws(self._found.perturbed), 0.0, 1.0)
        return UnresolvedEstimate(
            float(values[0]), bounds=TransformedBounds(one, lambda p: p**k, lambda p: p ** (1 / k))
        )

    def drop(self) -> UnresolvedEstimate:
        clean, after = self._found.clean, self._draws(self._found.perturbed)
        value = float(self._found.drop[0])
        if self._found.clean_per_trial:
            return UnresolvedEstimate(value, bounds=difference_of_means(self._draws(clean), after, 0.0, 1.0))
        before = float(clean[0])
        fall = TransformedBounds(
            mean_between(after, 0.0, 1.0), lambda p: before - p, lambda d: before - d, falls=True
        )
        return UnresolvedEstimate(value, bounds=fall)

    def relative_drop(self) -> UnresolvedEstimate:
        if self._found.clean_per_trial:
            return UnresolvedEstimate(float(self._found.drop[0] / self._found.clean[0]))
        return self.drop()  # its clean accuracy is 1, or there is none

    def change(self, values: Floats) -> UnresolvedEstimate:
        return UnresolvedEstimate(float(values[0]))

    def _draws(self, shares: Floats) -> GroupSums:
        """The draws of the example, each a group of its own, of which that share is so."""
        draws = int(self._found.trials[0])
        those = np.arange(draws) < round(float(shares[0]) * draws)
        return GroupSums(those.astype(np.float64), np.ones(draws))


def worst_of(k: int, found: ExampleOutcomes, unit: IntervalUnit | None) -> UnresolvedEstimate:
    """The chance that none of k draws of an example fails, over the examples with k draws or more.

    Of d draws with f failures, C(d − f, k) / C(d, k) of the choices of k have none (the hypergeometric chance
    of 0): its mean is unbiased.
    """
    failed = found.trials - np.rint(found.perturbed * found.trials).astype(np.int64)
    chance = np.ones(len(found.trials))
    for drawn in range(k):
        chance *= np.maximum(found.trials - failed - drawn, 0) / np.maximum(found.trials - drawn, 1)
    chance[chance < _NO_CHANCE] = 0.0
    return estimator_of(found, unit).worst(chance, found.trials >= k, k)


_NO_CHANCE = 1e-15  # of k draws that all are survived; of 1,000 draws it may be too small for a quantile
_EVERY_K = 20  # up to here the curve of worst of k has every k


def measure(
    answers: TrialOutcomes, unit: IntervalUnit | None, found: ExampleOutcomes | None = None
) -> Measures:
    """The measures over those trials, with unresolved intervals; without a unit there are none.

    `found` are the trials folded by example, if they are already.
    """
    if not answers.trials:
        return Measures()
    found = found or per_example(answers)
    figures = estimator_of(found, unit)
    correct = found.clean == 1
    change = found.mean(answers.probability_change)
    brier = answers.brier_change
    calibrated = calibration(answers, found, intervals=unit == "group")
    f1 = macro_f1(answers, found, intervals=unit == "group")
    return Measures(
        clean_accuracy=figures.clean_accuracy(),
        perturbed_accuracy=figures.share(found.perturbed),
        drop=figures.drop(),
        relative_drop=figures.relative_drop() if found.clean.any() else None,
        flip_rate=figures.share(found.flipped),
        attack_success_rate=figures.share(found.flipped, correct) if correct.any() else None,
        clean_macro_f1=f1.clean,
        perturbed_macro_f1=f1.perturbed,
        probability_change=None if np.isnan(change).any() else figures.change(change),
        clean_squared_calibration_error=calibrated.clean,
        perturbed_squared_calibration_error=calibrated.perturbed,
        squared_calibration_error_change=calibrated.increase,
        brier_change=None if brier is None else figures.change(found.mean(brier)),
        noise=noise_of(answers, unit),
        flip_rate_beyond_noise=flips_beyond_noise(answers, unit),
    )


def noise_of(answers: TrialOutcomes, unit: IntervalUnit | None) -> UnresolvedEstimate | None:
    """The share of clean texts whose repeated prediction differs; None if none was repeated."""
    asked = answers.where(answers.clean_repeated >= 0)
    if not asked.trials:
        return None
    found = per_example(asked)
    return estimator_of(found, unit).share(found.mean(asked.number * asked.contradicted))


def flips_beyond_noise(answers: TrialOutcomes, unit: IntervalUnit | None) -> UnresolvedEstimate | None:
    """The flip rate less the share of clean texts whose repeated prediction differs."""
    asked = answers.where(answers.clean_repeated >= 0)
    if not asked.trials:
        return None
    found = per_example(asked)
    return estimator_of(found, unit).change(found.flipped - found.mean(asked.number * asked.contradicted))


def worst_of_k(found: ExampleOutcomes, unit: IntervalUnit | None) -> tuple[WorstOfK, ...]:
    """The worst-of-k accuracy for each k, over the examples with k draws, with unresolved intervals."""
    if len(found.trials) == 0:
        return ()
    return tuple(
        WorstOfK(k, worst_of(k, found, unit), int((found.trials >= k).sum()))
        for k in _shown_up_to(int(found.trials.max()))
    )


def _shown_up_to(most: int) -> list[int]:
    """Every k at first, then 50, 100, 200, 500 and so on, and the last."""
    later = (step * 10**power for power in range(1, len(str(most)) + 1) for step in (1, 2, 5))
    return sorted({*range(1, _EVERY_K + 1), *later, most} & set(range(1, most + 1)))
