"""Figures over several attacks: drops by severity, and errors relative to a baseline model's."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from robustaudit.attacks import NamedAttack
from robustaudit.core.arrays import Floats
from robustaudit.runs.outcome_counts import ByDraw
from robustaudit.runs.plan import Plan
from robustaudit.statistics.bounds import mean_between
from robustaudit.statistics.estimates import UnresolvedEstimate, estimator_of
from robustaudit.statistics.intervals import GroupSums, combined, grouped, linearised, with_pseudo_groups
from robustaudit.statistics.measures import Estimate, RelativeErrorSummary, SeverityCurve
from robustaudit.statistics.outcomes import ExampleOutcomes, TrialOutcomes, per_example

Cells = Mapping[tuple[str, str], ExampleOutcomes]
"""The changed trials of each model and attack, where there are any."""

Asked = Mapping[tuple[str, str], tuple[ByDraw, TrialOutcomes]]
"""The trials with predictions of each model and attack: the changed ones by draw, and all counted."""

_Both = tuple[ExampleOutcomes, ExampleOutcomes]


def severity_curves(plan: Plan, cells: Cells) -> Iterator[SeverityCurve]:
    """A curve for each model and attack with two severities or more; its intervals are unresolved."""
    for model in plan.models:
        for base, attacks in _by_base(plan):
            levels = sorted(
                (attack.severity, cells[model.name, attack.label])
                for attack in attacks
                if attack.severity is not None and (model.name, attack.label) in cells
            )
            if len(levels) > 1:
                yield _curve(plan, model.name, base, dict(levels))


def _curve(plan: Plan, model: str, base: str, levels: Mapping[int, ExampleOutcomes]) -> SeverityCurve:
    unit = plan.interval_unit
    drops = [estimator_of(found, unit).drop() for found in levels.values()]
    weights = trapezoids(list(levels))
    value = float(np.dot(weights, [drop.value for drop in drops]))
    area = UnresolvedEstimate(value)
    if all(drop.has_interval for drop in drops) and unit == "group":
        parts = [_by_group(plan, found, found.drop) for found in levels.values()]
        area = UnresolvedEstimate(value, bounds=mean_between(linearised(parts, weights), -1.0, 1.0))
    return SeverityCurve(model, base, tuple(levels), tuple(drops), area)


def trapezoids(severities: Sequence[int]) -> list[float]:
    """The weight of each drop in the mean height of a curve that begins at 0 for severity 0."""
    edges = np.array([0, *severities, severities[-1]], dtype=np.float64)
    weights: list[float] = ((edges[2:] - edges[:-2]) / 2 / severities[-1]).tolist()
    return weights


def summaries(plan: Plan, asked: Asked) -> Iterator[RelativeErrorSummary]:
    """For each other model its errors as a share of the baseline model's (Hendrycks and Dietterich 2019)."""
    baseline = plan.baseline_model
    if baseline is None:
        return
    for model in plan.models:
        if model.name != baseline and (bases := _answered_by_both(plan, asked, model.name, baseline)):
            yield RelativeErrorSummary(model.name, baseline, len(bases), relative_error(plan, bases))


def _answered_by_both(plan: Plan, asked: Asked, model: str, baseline: str) -> list[list[_Both]]:
    """The changed trials with predictions of both models, by attack and severity."""
    bases = (
        [both for each in attacks if (both := _both(asked, each.label, model, baseline))]
        for _, attacks in _by_base(plan)
    )
    return [severities for severities in bases if severities]


def _both(asked: Asked, attack: str, model: str, baseline: str) -> _Both | None:
    both = changed_in_both(asked, attack, (model, baseline))
    return (per_example(both[0]), per_example(both[1])) if both else None


def changed_in_both(
    asked: Asked, attack: str, models: tuple[str, str]
) -> tuple[TrialOutcomes, TrialOutcomes] | None:
    """The outcomes of two models on the changed trials with predictions of both, for the same examples.

    Classes other than the true one are not told apart. None if there are no such trials.
    """
    if any((model, attack) not in asked for model in models):
        return None
    (ours, known), (theirs, _) = (asked[model, attack] for model in models)
    shared = (ours >= 0) & (theirs >= 0)
    if not shared.any():
        return None
    return _counted(ours, shared, known), _counted(theirs, shared, known)


def _counted(by_draw: ByDraw, shared: NDArray[np.bool_], known: TrialOutcomes) -> TrialOutcomes:
    """The shared trials of one model, with groups and labels as they are known of its examples."""
    counts = np.stack([((by_draw == right) & shared).sum(axis=0) for right in range(4)])
    right, example = np.nonzero(counts)
    group, label = np.zeros((2, by_draw.shape[1]), dtype=np.int64)
    group[known.example], label[known.example] = known.group, known.label
    label = label[example]
    return TrialOutcomes.of_classes(
        example=example,
        group=group[example],
        label=label,
        clean=np.where(right & 1, label, -1),
        perturbed=np.where(right & 2, label, -1),
        number=counts[right, example],
    )


def relative_error(plan: Plan, bases: Sequence[Sequence[_Both]]) -> Estimate | None:
    """The mean over attacks of the ratio of errors, summed over severities; its interval is its log's."""

    def errors(side: int) -> list[list[GroupSums]]:
        return [
            [_by_group(plan, both[side], 1 - both[side].perturbed) for both in severities]
            for severities in bases
        ]

    ours, theirs = errors(0), errors(1)
    below = np.array([sum(part.mean for part in parts) for parts in theirs])
    if not below.all():
        return None
    value = float(np.mean([sum(part.mean for part in parts) for parts in ours] / below))
    if plan.interval_unit != "group" or min(part.groups for parts in ours for part in parts) < 2:  # noqa: PLR2004
        return Estimate(value)
    # As for a difference, a group is added in which only the one errs, and one in which only the other does.
    ours = [[with_pseudo_groups(part, (1.0, 0.0)) for part in parts] for parts in ours]
    theirs = [[with_pseudo_groups(part, (0.0, 1.0)) for part in parts] for parts in theirs]
    parts, slopes, middle = [], [], 0.0
    for mine, other in zip(ours, theirs, strict=True):
        above, under = (sum(part.mean for part in each) for each in (mine, other))
        parts += [*mine, *other]
        slopes += [1 / under] * len(mine) + [-above / under**2] * len(other)
        middle += above / under
    found = combined(parts, slopes)
    reach = np.exp(found.reach() / middle)
    return Estimate(value, float(middle / len(bases) / reach), float(middle / len(bases) * reach))


def _by_base(plan: Plan) -> Iterator[tuple[str, list[NamedAttack]]]:
    """The attacks of the plan by what they are without a severity, in the order of the plan."""
    for base in dict.fromkeys(attack.base for attack in plan.attacks):
        yield base, [attack for attack in plan.attacks if attack.base == base]


def _by_group(plan: Plan, found: ExampleOutcomes, values: Floats) -> GroupSums:
    return grouped(values, found.names[found.group], groups=len(plan.groups))
