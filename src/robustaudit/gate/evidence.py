"""Evidence of a run for or against a threshold; docs/gate.md has the formulas and the reasons for them."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
import pyarrow as pa
from scipy import special

from robustaudit.gate.baseline import Baseline, BaselineAttack, BaselineRow
from robustaudit.gate.draw_outcomes import ExampleDraws, changed, pair_with_baseline
from robustaudit.gate.rules import AT, Measure, Rule
from robustaudit.gate.verdict import BaselineComparison
from robustaudit.models import Form
from robustaudit.runs.comparison import LEAST_SHARED
from robustaudit.runs.outcome_counts import CountedTrials, NamedExamples
from robustaudit.runs.repeat_check import ignoring_noise
from robustaudit.runs.result import Result, Row, Slice
from robustaudit.runs.slices import in_slice
from robustaudit.runs.stored_run import Shards
from robustaudit.statistics.bounds import Bounds, difference_of_means, mean_between
from robustaudit.statistics.estimates import (
    Estimator,
    UnresolvedEstimate,
    estimator_of,
    flips_beyond_noise,
    worst_of,
)
from robustaudit.statistics.intervals import LEVEL, GroupSums
from robustaudit.statistics.measures import Estimate, IntervalUnit
from robustaudit.statistics.outcomes import (
    ExampleOutcomes,
    TrialOutcomes,
    changed_trials,
    outcomes_of,
    per_example,
    with_predictions,
)

PValues: TypeAlias = tuple[float, float]
"""One-sided: that a figure is above a threshold, and that it is below."""
Evidence: TypeAlias = Callable[[Rule, Row], PValues | None]
"""The p-values of the figure that a rule reads in a row; None where nothing bounds it."""

_MOST = 10**8  # further trials: beyond that, "how many" is no help

_FIGURES: Mapping[Measure, Callable[[Estimator, ExampleOutcomes], UnresolvedEstimate]] = MappingProxyType(
    {
        "max_drop": lambda figures, _: figures.drop(),
        "min_accuracy": lambda figures, found: figures.share(found.perturbed),
        "max_flip_rate": lambda figures, found: figures.share(found.flipped),
        "max_relative_drop": lambda figures, _: figures.relative_drop(),
    }
)


def is_significant(p_value: float) -> bool:
    """Whether a one-sided p-value shows something; one of an interval that ends at the threshold does not."""
    return p_value < LEVEL * (1 - AT)


def trials_evidence(result: Result, shards: Shards, members: pa.Table) -> Evidence:
    """The evidence of a run's trials: its p-values are of the bounds that make the intervals of its rows.

    Of a model that is noisy all flips count for "below", but those of an attack alone for "above".
    """
    retests = {found.model: found for found in result.retests}
    cells = {(row.model, row.attack): place for place, row in enumerate(result.rows)}
    counted = cache(lambda: _changed_trials(cells, shards, of_one_example=result.plan["examples"] == 1))

    @cache
    def folded(
        model: str, attack: str, part: Slice | None, unit: IntervalUnit | None
    ) -> tuple[TrialOutcomes, ExampleOutcomes]:
        found, examples = counted()
        answers, _ = found.of(cells[model, attack], group=examples.group, label=examples.label)
        if part is not None:
            answers = answers.where(in_slice(examples.table, part, members)[answers.example])
        answers = ignoring_noise(answers, retests.get(model), unit)
        return answers, per_example(answers)

    def p_values(rule: Rule, row: Row) -> PValues | None:
        answers, found = folded(row.model, row.attack, row.slice, row.interval_unit)
        if rule.k is not None:
            return p_values_against(worst_of(rule.k, found, row.interval_unit), rule.threshold)
        figure = _FIGURES[rule.measure](estimator_of(found, row.interval_unit), found)
        shown = p_values_against(figure, rule.threshold)
        without = flips_beyond_noise(answers, row.interval_unit) if rule.measure == "max_flip_rate" else None
        if shown is None or without is None:
            return shown
        above, _ = p_values_against(without, rule.threshold) or (1.0, 1.0)
        return max(above, shown[0]), shown[1]

    return p_values


def _changed_trials(
    cells: Mapping[tuple[str, str], int], shards: Shards, *, of_one_example: bool
) -> tuple[CountedTrials, NamedExamples]:
    """The trials whose text changed, by the number of a model and attack, and their examples."""
    counted, examples = CountedTrials(of_one_example=of_one_example), NamedExamples()
    for shard in shards():
        for (model, attack), place in cells.items():
            if len(cell := changed_trials(with_predictions(shard), model, attack)):
                example = examples.places(cell)
                counted.add(place, outcomes_of(cell, example=example, group=np.zeros_like(example)))
    return counted, examples


def p_values_against(figure: UnresolvedEstimate, threshold: float) -> PValues | None:
    """One-sided p-values that a figure is above a threshold and below it; None where nothing bounds it."""
    if figure.bounds is None:
        return None
    return figure.bounds.p_above(threshold), figure.bounds.p_below(threshold)


def trials_needed(estimate: Estimate, threshold: float, *, trials: int, level: float) -> int | None:
    """The further trials after which a figure, if it stays, is significantly beyond or within a threshold.

    Intervals narrow with the square root of the trials; those of a figure that nothing has moved yet, such as
    a drop of 0 without any flip, with the trials themselves (1 − level^(1/n) for n groups). None if the
    figure lies on the threshold, or so near that the number would be useless.
    """
    if estimate.low is None or estimate.high is None:
        return None
    if estimate.value == 0 < min(threshold, estimate.high) and estimate.low in (0, -estimate.high):
        groups, wanted = (math.log(LEVEL) / math.log1p(-end) for end in (estimate.high, threshold))
        further = trials * (wanted * math.log(level) / math.log(LEVEL) / groups - 1)
        return max(_rounded_up(further), 1) if further < _MOST else None
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


_FELL = 1e-9  # a fall in a sum of shares that is none of floating point


@dataclass(frozen=True, slots=True)
class Regression:
    """By how much the accuracy under attack fell; `groups_fallen`: in which groups, where trials are paired.

    `examples` are those of the side that has fewer.
    """

    figure: UnresolvedEstimate
    examples: int
    groups_fallen: tuple[str, ...] | None
    comparison: BaselineComparison

    @property
    def too_few_shared(self) -> bool:
        """Whether further trials of the run would not help, as the baseline has no more of them."""
        found = self.comparison
        return found.pairing == "other trials" or found.shared < LEAST_SHARED * found.trials[1]


def regression(
    baseline: Baseline,
    drawn: Sequence[ExampleDraws],
    row: Row,
    expression: str,
    *,
    digest: str | None,
    draws: float,
    form: Form | None = None,
    interval: bool = True,
) -> Regression | None:
    """How far a row's accuracy under attack fell from the baseline's; None if the baseline has no such row.

    `drawn` are the row's draws; `digest` is the model's, None if it does not stand for what the model
    predicts; `form` is the one that it was in; `draws` are those of an example. Trials that both have are
    paired by group, if there are enough; otherwise the two are compared as independent. A sequential run has
    no interval.
    """
    known = baseline.find(row.model, row.attack, expression)
    if known is None or not any(changed(each.marks) for each in drawn):
        return None
    sides = pair_with_baseline(list(_kept(*known)), drawn)
    same = sides.groups is not None
    each = baseline.trials / baseline.examples, draws
    by_share = not same and each[0] != each[1] and (sides.before.partly or sides.after.partly)
    before, after = (side.accuracy(by_share=by_share) for side in (sides.before, sides.after))
    value = before.mean - after.mean
    groups = min(before.groups, after.groups)
    groups_fallen: tuple[str, ...] | None = None
    if sides.groups is not None:
        groups_fallen = tuple(sides.groups[place] for place in _where_less(after, before))
        bounds: Bounds = mean_between(GroupSums(before.sums - after.sums, after.sizes), -1.0, 1.0)
    else:
        bounds = difference_of_means(before, after, 0.0, 1.0)
    return Regression(
        figure=UnresolvedEstimate(value, bounds=bounds if interval and groups > 1 else None),
        examples=min(len(side.marks) for side in (sides.before, sides.after)),
        groups_fallen=groups_fallen,
        comparison=BaselineComparison(
            pairing="same trials" if same else "other trials",
            trials=sides.trials,
            shared=sides.shared,
            draws=each,
            by_share=by_share,
            differing=_differing(sides.before.marks, sides.after.marks) if same else None,
            same_model=known[1].digest == digest,
            forms=(known[1].form, form),
        ),
    )


def _differing(before: Iterable[str], after: Iterable[str]) -> int:
    """In how many draws of the same examples the marks differ."""
    pairs = zip(before, after, strict=True)
    return sum(then != now for both in pairs for then, now in zip(*both, strict=True))


def _where_less(after: GroupSums, before: GroupSums) -> list[int]:
    places: list[int] = np.flatnonzero(before.sums - after.sums > _FELL).tolist()
    return places


def _kept(attack: BaselineAttack, row: BaselineRow) -> Iterator[tuple[int, str, str]]:
    """Of each example the number of its group, its digest, and the marks of its draws."""
    for number, (digests, marks) in enumerate(zip(attack.examples.split(), row.draws.split(), strict=True)):
        for digest, mark in zip(digests.split("/"), marks.split("/"), strict=True):
            yield number, digest, mark
