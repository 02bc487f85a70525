"""What a run shows of a threshold; docs/gate.md has the formulas and says why these were chosen."""

import math
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import TypeAlias

import pyarrow as pa
from scipy import special

from robustaudit.gate.rules import AT, Measure, Rule
from robustaudit.runs.noise import freed
from robustaudit.runs.result import Result, Row
from robustaudit.runs.slices import inside
from robustaudit.statistics.estimates import Figure, Figures, figures_of, worst_of
from robustaudit.statistics.intervals import LEVEL
from robustaudit.statistics.measures import Estimate
from robustaudit.statistics.measuring import flips_beyond_noise
from robustaudit.statistics.outcomes import PerExample, answers_of, changed_trials, per_example

PValues: TypeAlias = tuple[float, float]
"""One-sided: that a figure is above a threshold, and that it is below."""
Evidence: TypeAlias = Callable[[Rule, Row], PValues | None]
"""The p-values of the figure that a rule reads in a row; None where nothing bounds it."""

_MOST = 10**8  # further trials: beyond that, "how many" is no help

_FIGURES: Mapping[Measure, Callable[[Figures, PerExample], Figure]] = MappingProxyType(
    {
        "max_drop": lambda figures, _: figures.drop(),
        "min_accuracy": lambda figures, found: figures.share(found.perturbed),
        "max_flip_rate": lambda figures, found: figures.share(found.flipped),
        "max_relative_drop": lambda figures, _: figures.relative_drop(),
    }
)


def shows(p_value: float) -> bool:
    """Whether a one-sided p-value shows something; one of an interval that ends at the threshold does not."""
    return p_value < LEVEL * (1 - AT)


def of_trials(result: Result, trials: pa.Table, members: pa.Table) -> Evidence:
    """The evidence of a run's trials: its p-values are of the bounds that make the intervals of its rows.

    Of a model that is noisy all flips count for "below", but those of an attack alone for "above".
    """
    retests = {found.model: found for found in result.retests}
    cell_of = cache(lambda model, attack: changed_trials(trials, model, attack))

    def p_values(rule: Rule, row: Row) -> PValues | None:
        cell = cell_of(row.model, row.attack)
        if row.slice is not None:
            cell = inside(cell, row.slice, members)
        examples, groups = (sorted(map(str, set(cell[name].to_pylist()))) for name in ("example", "group"))
        answers = answers_of(cell, examples=examples, groups=groups)
        answers = freed(answers, retests.get(row.model), row.interval_unit)
        found = per_example(answers)
        if rule.k is not None:
            return beyond(worst_of(rule.k, found, row.interval_unit), rule.threshold)
        figure = _FIGURES[rule.measure](figures_of(found, row.interval_unit), found)
        shown = beyond(figure, rule.threshold)
        without = flips_beyond_noise(answers, row.interval_unit) if rule.measure == "max_flip_rate" else None
        if shown is None or without is None:
            return shown
        above, _ = beyond(without, rule.threshold) or (1.0, 1.0)
        return max(above, shown[0]), shown[1]

    return p_values


def beyond(figure: Figure, threshold: float) -> PValues | None:
    """One-sided p-values that a figure is above a threshold and below it; None where nothing bounds it."""
    if figure.bounds is None:
        return None
    return figure.bounds.p_above(threshold), figure.bounds.p_below(threshold)


def trials_needed(estimate: Estimate, threshold: float, *, trials: int, level: float) -> int | None:
    """The further trials with which a figure that stays where it is would be shown beyond a threshold.

    Intervals narrow with the root of the trials. None where the figure lies on the threshold, or so near
    that no such number would help.
    """
    if estimate.low is None or estimate.high is None:
        return None
    gap = estimate.value - threshold
    reach = estimate.value - estimate.low if gap > 0 else estimate.high - estimate.value
    if abs(gap) <= AT or not reach:  # at the end of what it can be a figure has no reach beyond
        return None
    wanted = float(special.ndtri(level) / special.ndtri(LEVEL)) * reach / gap
    further = trials * (wanted**2 - 1)
    return max(_rounded_up(further), 1) if further < _MOST else None


def _rounded_up(number: float) -> int:
    """To two digits: it is a forecast."""
    digit: int = 10 ** max(len(str(int(number))) - 2, 0)
    return math.ceil(number / digit) * digit
