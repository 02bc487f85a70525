"""From the trials of a run to its rows."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from robustaudit.attacks import NamedAttack
from robustaudit.core.arrays import Floats
from robustaudit.runs.finding_tests import find, rank
from robustaudit.runs.findings import Finding
from robustaudit.runs.named_classes import class_text
from robustaudit.runs.outcome_counts import ByDraw, MissingTrials, OutcomeCounts
from robustaudit.runs.plan import Plan
from robustaudit.runs.repeat_check import ignoring_noise, with_noise
from robustaudit.runs.result import Correction, FlipCount, Result, Row, Slice
from robustaudit.runs.severity_curves import Asked, severity_curves, summaries
from robustaudit.runs.slices import SliceMembers, slices_of
from robustaudit.runs.trial import Trial
from robustaudit.statistics.estimates import UnresolvedEstimate, measure, with_intervals, worst_of_k
from robustaudit.statistics.intervals import holm
from robustaudit.statistics.measures import Estimate, IntervalUnit
from robustaudit.statistics.outcomes import ExampleOutcomes, TrialOutcomes, per_example


def aggregate(
    plan: Plan, counts: Mapping[str, OutcomeCounts], *, seconds: float, declared: Collection[str] = ()
) -> Result:
    """The result of a run from the trials of each model, models and attacks in the order of the plan.

    `declared` are the columns of slices that the user named before the run began.
    """
    retests = [with_noise(plan, of.repeat_check, of.repeated()) for of in counts.values()]
    parts = list(slices_of(plan.examples, plan.slices, declared, plan.classes))
    cells: dict[tuple[str, str], ExampleOutcomes] = {}
    asked: dict[tuple[str, str], tuple[ByDraw, TrialOutcomes]] = {}
    examples: list[list[Trial]] = []
    rows: list[Row] = []
    slices: list[Row] = []
    for (model, of_model), retest in zip(counts.items(), retests, strict=True):
        for attack in plan.attacks:
            answers, missing = of_model.of(attack.label)
            answers = ignoring_noise(answers, retest, plan.interval_unit)
            asked[model, attack.label] = of_model.by_draw(attack.label), answers
            folded = _Folded.of(answers)
            if folded.changed.trials:
                cells[model, attack.label] = folded.of_changed
            row = _row(model, attack, folded, missing=missing, unit=plan.interval_unit)
            rows.append(replace(row, flip_matrix=_flip_matrix(folded.changed)))
            examples.append(of_model.examples(attack.label))
            slices += _slices(model, attack, answers, parts, missing=missing, unit=plan.interval_unit)
    adjusted, corrections = _correct([*rows, *slices])
    resolved = with_intervals((adjusted, tuple(severity_curves(plan, cells)), tuple(retests)))
    adjusted, curves, repeat_checks = resolved
    rows = adjusted[: len(rows)]
    found, tests = _findings(plan, asked, rows)
    shown = [_shown(row, trials, found) for row, trials in zip(rows, examples, strict=True)]
    return Result(
        plan.as_json(),
        tuple(replace(row, example_trial=trial) for row, trial in zip(rows, shown, strict=True)),
        seconds,
        slices=tuple(adjusted[len(rows) :]),
        curves=curves,
        summaries=tuple(summaries(plan, asked)),
        corrections=corrections,
        retests=repeat_checks,
        smallest_failures=tuple(of.smallest_failures for of in counts.values()),
        findings=found,
        finding_tests=tests,
    )


def _findings(plan: Plan, asked: Asked, rows: Sequence[Row]) -> tuple[tuple[Finding, ...], int]:
    """The findings of a run with intervals over groups, and the number of tests besides those of rows."""
    if plan.interval_unit != "group":
        return (), 0
    found, tests = find(
        asked,
        models=[model.name for model in plan.models],
        attacks=[attack.label for attack in plan.attacks],
        classes={label.number: class_text(plan.classes.name(label.number)) for label in plan.labels},
    )
    if len(plan.classes.names) > 2:  # noqa: PLR2004  (what one class loses, any of the others may have got)
        found = tuple(replace(each, other_label=None) for each in found)
    drops = (
        Finding(
            kind="drop",
            model=row.model,
            attack=row.attack,
            effect=row.drop,
            p_value=row.p_value,
            p_adjusted=row.p_adjusted,
        )
        for row in rows
        if row.significance == "significant"
        and row.drop
        and row.p_value is not None
        and row.p_adjusted is not None
    )
    return tuple(sorted((*found, *drops), key=rank)), tests


def _flip_matrix(changed: TrialOutcomes) -> tuple[FlipCount, ...]:
    pairs, place = np.unique(
        np.stack([changed.clean, changed.perturbed], axis=1), axis=0, return_inverse=True
    )
    number = np.bincount(place.reshape(-1), weights=changed.number, minlength=len(pairs)).astype(np.int64)
    return tuple(
        FlipCount(clean, perturbed, trials)
        for (clean, perturbed), trials in zip(pairs.tolist(), number.tolist(), strict=True)
    )


def _slices(
    model: str,
    attack: NamedAttack,
    answers: TrialOutcomes,
    parts: Sequence[SliceMembers],
    *,
    missing: MissingTrials,
    unit: IntervalUnit | None,
) -> Iterator[Row]:
    for part in parts:
        inside = answers.where(part.members[answers.example])
        missed = missing.where(part.members[missing.example])
        if inside.trials or len(missed.number):
            yield _row(model, attack, _Folded.of(inside), missing=missed, unit=unit, part=part.slice)


@dataclass(frozen=True, slots=True)
class _Folded:
    """Trials, and those whose text changed, each folded by example once."""

    all: TrialOutcomes
    of_all: ExampleOutcomes
    changed: TrialOutcomes
    of_changed: ExampleOutcomes

    @classmethod
    def of(cls, answers: TrialOutcomes) -> "_Folded":
        of_all = per_example(answers)
        if answers.changed.all():
            return cls(answers, of_all, answers, of_all)
        changed = answers.where(answers.changed)
        return cls(answers, of_all, changed, per_example(changed))


def _row(
    model: str,
    attack: NamedAttack,
    folded: _Folded,
    *,
    missing: MissingTrials,
    unit: IntervalUnit | None,
    part: Slice | None = None,
) -> Row:
    answers, changed, found = folded.all, folded.changed, folded.of_changed
    measures = measure(changed, unit, found)
    worst = worst_of_k(found, unit)
    same = changed is answers
    skipped = int(missing.number.sum())
    has_interval = measures.drop is not None and measures.drop.has_interval
    tested = has_interval and unit == "group" and (part is None or part.declared)
    return Row(
        model=model,
        attack=attack.label,
        base=attack.base,
        family=attack.family,
        severity=attack.severity,
        slice=part,
        trials=answers.trials + skipped,
        skipped=skipped,
        no_prediction=int(missing.number[missing.unread].sum()),
        trials_changed=changed.trials,
        changed_share=changed.trials / max(answers.trials, 1),
        examples=len(folded.of_all.trials),
        examples_changed=len(found.trials),
        groups_changed=found.groups,
        edit_share=_mean(changed.edit_share, changed.trials),
        character_share=_mean(changed.character_share, changed.trials),
        flips=changed.count(changed.flipped),
        on_changed=measures,
        on_all=measures if same else measure(answers, unit, folded.of_all),
        worst_of_k=worst,
        worst_of_k_all=worst if same else worst_of_k(folded.of_all, unit),
        interval_unit=unit if has_interval else None,
        p_value=_p_value(measures.drop) if tested else None,
        p_adjusted=None,
        example_trial=None,
    )


def _p_value(drop: Estimate | None) -> float | None:
    return drop.bounds.p_above(0.0) if isinstance(drop, UnresolvedEstimate) and drop.bounds else None


_DIGITS = 12  # what is later depends on which trials are alike


def _mean(sums: Floats, trials: int) -> float | None:
    return round(float(sums.sum() / trials), _DIGITS) if trials and not np.isnan(sums).any() else None


def _correct(rows: Sequence[Row]) -> tuple[list[Row], tuple[Correction, ...]]:
    """Rows with Holm-adjusted p-values; those of all examples and of declared slices are one family."""
    adjusted = list(rows)
    tested = [place for place, row in enumerate(rows) if row.p_value is not None]
    values = holm([rows[place].p_value or 0.0 for place in tested]).tolist()
    for place, value in zip(tested, values, strict=True):
        adjusted[place] = replace(rows[place], p_adjusted=value)
    return adjusted, (Correction(len(tested)),) if tested else ()


def _shown(row: Row, trials: Sequence[Trial], findings: Sequence[Finding]) -> Trial | None:
    """The example of a row: of the true class that the first finding on it is about, else the first one."""
    if not trials:
        return None
    labels = [trial.label for trial in trials]
    found = (
        labels.index(each.label)
        for each in findings
        if each.model == row.model and each.attack in (None, row.attack) and each.label in labels
    )
    return trials[next(found, 0)]
