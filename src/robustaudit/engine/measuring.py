"""From a model's answers to measures and their intervals; docs/statistics.md defines each."""

from collections.abc import Iterator
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from robustaudit.engine.answers import Answers, PerExample, per_example
from robustaudit.engine.f1 import macro_f1
from robustaudit.engine.measures import Estimate, Measures, Unit, WorstOfK
from robustaudit.engine.statistics import (
    DIFFERENCE,
    SHARE,
    Floats,
    Integers,
    adjusted,
    grouped,
    newcombe,
    ratio_interval,
    wilson,
)

_BINS = 15  # of confidence, equally wide (Guo et al. 2017)
_EVERY_K = 20  # up to here the curve of worst of k has every k

When = Literal["clean", "perturbed"]


def measure(answers: Answers, unit: Unit | None) -> Measures:
    """The measures over those trials; without a unit they have no intervals."""
    if len(answers) == 0:
        return Measures()
    found = per_example(answers)
    estimates = estimates_of(found, unit)
    correct = found.clean == 1
    change = found.mean(answers.perturbed_probability - answers.clean_probability)
    f1 = macro_f1(answers, found, intervals=unit == "group")
    return Measures(
        clean_accuracy=estimates.clean_accuracy(),
        perturbed_accuracy=estimates.share(found.perturbed),
        drop=estimates.drop(),
        relative_drop=estimates.relative_drop() if found.clean.any() else None,
        flip_rate=estimates.share(found.flipped),
        flip_rate_correct=estimates.share(found.flipped, correct) if correct.any() else None,
        clean_macro_f1=f1.clean,
        perturbed_macro_f1=f1.perturbed,
        probability_change=None if np.isnan(change).any() else estimates.change(change),
        clean_calibration_error=_calibration_error(answers, found, "clean"),
        perturbed_calibration_error=_calibration_error(answers, found, "perturbed"),
        noise=noise_of(answers, unit),
        flip_rate_beyond_noise=flips_beyond_noise(answers, unit),
    )


def noise_of(answers: Answers, unit: Unit | None) -> Estimate | None:
    """How often a clean text that was asked once more had another answer; None where none was."""
    asked = answers.where(answers.again >= 0)
    if len(asked) == 0:
        return None
    found = per_example(asked)
    return estimates_of(found, unit).share(found.mean(asked.contradicted))


def flips_beyond_noise(answers: Answers, unit: Unit | None) -> Estimate | None:
    """How much oftener a perturbed text has another answer than the clean one asked once more."""
    asked = answers.where(answers.again >= 0)
    if len(asked) == 0:
        return None
    found = per_example(asked)
    return estimates_of(found, unit).change(found.flipped - found.mean(asked.contradicted))


def worst_of_k(answers: Answers, unit: Unit | None) -> tuple[WorstOfK, ...]:
    """For each k the chance that none of k draws of an example fails, over the examples with k draws or more.

    Of d draws with f failures, C(d − f, k) / C(d, k) of the choices of k have none (the hypergeometric chance
    of 0): its mean is unbiased.
    """
    if len(answers) == 0:
        return ()
    found = per_example(answers)
    failed = found.trials - np.rint(found.perturbed * found.trials).astype(np.int64)
    return tuple(_curve(found, failed, unit))


def _curve(found: PerExample, failed: Integers, unit: Unit | None) -> Iterator[WorstOfK]:
    for k in _shown_up_to(int(found.trials.max())):
        enough = found.trials >= k
        chosen = np.minimum(k, found.trials)
        chance = np.asarray(stats.hypergeom.pmf(0, found.trials, failed, chosen))
        yield WorstOfK(k, estimates_of(found, unit).worst(chance, enough, k), int(enough.sum()))


def _shown_up_to(most: int) -> list[int]:
    """Every k at first, then 50, 100, 200, 500 and so on, and the last."""
    later = (step * 10**power for power in range(1, len(str(most)) + 1) for step in (1, 2, 5))
    return sorted({*range(1, _EVERY_K + 1), *later, most} & set(range(1, most + 1)))


class Estimates(Protocol):
    """Means over examples with what is known of their intervals."""

    def clean_accuracy(self) -> Estimate: ...
    def share(self, values: Floats, among: NDArray[np.bool_] | None = None) -> Estimate: ...
    def drop(self) -> Estimate: ...
    def relative_drop(self) -> Estimate: ...
    def change(self, values: Floats) -> Estimate: ...
    def worst(self, values: Floats, among: NDArray[np.bool_], k: int) -> Estimate: ...


def estimates_of(found: PerExample, unit: Unit | None) -> Estimates:
    """What makes estimates of means over those examples."""
    return _OfDraws(found) if unit == "draw" else _OfGroups(found, intervals=unit is not None)


class _OfGroups:
    """The intervals speak of further groups."""

    def __init__(self, found: PerExample, *, intervals: bool) -> None:
        self._found = found
        self._intervals = intervals

    def clean_accuracy(self) -> Estimate:
        return self.share(self._found.clean)

    def share(self, values: Floats, among: NDArray[np.bool_] | None = None) -> Estimate:
        return self._mean(values, among, added=SHARE, least=0.0)

    def drop(self) -> Estimate:
        return self._mean(self._found.drop, None, added=DIFFERENCE, least=-1.0)

    def change(self, values: Floats) -> Estimate:
        return self._mean(values, None, added=DIFFERENCE, least=-1.0)

    def worst(self, values: Floats, among: NDArray[np.bool_], k: int) -> Estimate:  # noqa: ARG002
        return self.share(values, among)

    def relative_drop(self) -> Estimate:
        found = self._found
        clean, perturbed = grouped(found.clean, found.group), grouped(found.perturbed, found.group)
        value = 1 - perturbed.mean / clean.mean
        ratio = ratio_interval(clean, perturbed) if self._intervals else None
        return Estimate(value, 1 - ratio[1], 1 - ratio[0]) if ratio else Estimate(value)

    def _mean(
        self, values: Floats, among: NDArray[np.bool_] | None, *, added: tuple[float, ...], least: float
    ) -> Estimate:
        chosen = slice(None) if among is None else among
        value = float(values[chosen].mean())
        part = grouped(values[chosen], self._found.group[chosen])
        if not self._intervals or part.groups < 2:  # noqa: PLR2004  (one group has no spread)
            return Estimate(value)
        return Estimate(value, *adjusted(part, added).interval(least, 1.0))


class _OfDraws:
    """Of one example alone: the intervals speak of its further draws.

    Where each draw has a clean answer of its own, two shares of draws are compared.
    """

    def __init__(self, found: PerExample) -> None:
        self._draws = int(found.trials[0])
        self._found = found

    def clean_accuracy(self) -> Estimate:
        return self.share(self._found.clean) if self._found.own else Estimate(float(self._found.clean[0]))

    def share(self, values: Floats, among: NDArray[np.bool_] | None = None) -> Estimate:  # noqa: ARG002
        return self.worst(values, None, 1)

    def worst(self, values: Floats, among: NDArray[np.bool_] | None, k: int) -> Estimate:  # noqa: ARG002
        low, high = wilson(
            round(float(self._found.perturbed[0] if k > 1 else values[0]) * self._draws), self._draws
        )
        return Estimate(float(values[0]), low**k, high**k)

    def drop(self) -> Estimate:
        if self._found.own:
            shares = (self._found.clean, self._found.perturbed)
            before, after = (round(float(share[0]) * self._draws) for share in shares)
            return Estimate(float(self._found.drop[0]), *newcombe(before, after, self._draws))
        low, high = wilson(round(float(self._found.perturbed[0]) * self._draws), self._draws)
        clean = float(self._found.clean[0])
        return Estimate(float(self._found.drop[0]), clean - high, clean - low)

    def relative_drop(self) -> Estimate:
        if self._found.own:
            return Estimate(float(self._found.drop[0] / self._found.clean[0]))
        return self.drop()  # its clean accuracy is 1, or there is none

    def change(self, values: Floats) -> Estimate:
        return Estimate(float(values[0]))


def _calibration_error(answers: Answers, found: PerExample, when: When) -> Estimate | None:
    """The expected calibration error: the mean distance of confidence and accuracy, by bins of confidence."""
    confidence = answers.clean_confidence if when == "clean" else answers.perturbed_confidence
    if np.isnan(confidence).any():
        return None
    right = (answers.clean if when == "clean" else answers.perturbed) == answers.label
    gaps = found.weights * (right - confidence)
    bins = np.minimum((confidence * _BINS).astype(np.int64), _BINS - 1)
    return Estimate(float(np.abs(np.bincount(bins, weights=gaps)).sum() / len(found.trials)))
