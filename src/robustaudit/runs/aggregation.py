"""From the trials of a run to its rows."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from robustaudit.attacks import NamedAttack
from robustaudit.core.arrays import Floats, Integers
from robustaudit.runs.finding_tests import find, rank
from robustaudit.runs.findings import Finding
from robustaudit.runs.named_classes import class_text
from robustaudit.runs.plan import Plan
from robustaudit.runs.repeat_check import ignoring_noise, with_noise
from robustaudit.runs.result import (
    Correction,
    FlipCount,
    RepeatCheck,
    Result,
    Row,
    Slice,
)
from robustaudit.runs.severity_curves import Asked, severity_curves, summaries
from robustaudit.runs.slices import SliceMembers, slices_of
from robustaudit.runs.trial import Trial, trial_at
from robustaudit.statistics.estimates import UnresolvedEstimate, measure, with_intervals, worst_of_k
from robustaudit.statistics.intervals import holm
from robustaudit.statistics.measures import Estimate, IntervalUnit
from robustaudit.statistics.outcomes import (
    ExampleOutcomes,
    TrialOutcomes,
    outcomes_of,
    per_example,
    positions_in,
    with_predictions,
)


def aggregate(
    plan: Plan,
    trials: pa.Table,
    *,
    seconds: float,
    declared: Collection[str] = (),
    retests: Sequence[RepeatCheck] = (),
) -> Result:
    """The result of a run from its trials, models and attacks in the order of the plan.

    `declared` are the columns of slices that the user named before the run began; `retests` are the repeat
    checks of the models.
    """
    of_models = {model.name: _of_model(model.name, trials) for model in plan.models}
    retests = [with_noise(plan, found, of_models[found.model]) for found in retests]
    of_retests = {found.model: found for found in retests}
    parts = list(slices_of(plan.examples, plan.slices, declared, plan.classes))
    cells: dict[tuple[str, str], ExampleOutcomes] = {}
    asked: dict[tuple[str, str], tuple[Integers, TrialOutcomes]] = {}
    examples: list[pa.Table] = []
    rows: list[Row] = []
    slices: list[Row] = []
    for model, attack, cell in _cells(plan, of_models):
        given = with_predictions(cell)
        missing = _missing(cell, plan.example_ids)
        answers = outcomes_of(given, examples=plan.example_ids, groups=plan.groups)
        answers = ignoring_noise(answers, of_retests.get(model), plan.interval_unit)
        asked[model, attack.label] = given["trial"].to_numpy(), answers
        folded = _Folded.of(answers)
        if len(folded.changed):
            cells[model, attack.label] = folded.of_changed
        row = _row(model, attack, folded, missing=missing, unit=plan.interval_unit)
        rows.append(replace(row, flip_matrix=_flip_matrix(folded.changed)))
        examples.append(_of_each_class(given))
        slices += _slices(model, attack, answers, parts, missing=missing, unit=plan.interval_unit)
    adjusted, corrections = _correct([*rows, *slices])
    adjusted, curves, retests = with_intervals((adjusted, tuple(severity_curves(plan, cells)), retests))
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
        retests=tuple(retests),
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
    pairs, number = np.unique(
        np.stack([changed.clean, changed.perturbed], axis=1), axis=0, return_counts=True
    )
    return tuple(
        FlipCount(clean, perturbed, trials)
        for (clean, perturbed), trials in zip(pairs.tolist(), number.tolist(), strict=True)
    )


@dataclass(frozen=True, slots=True)
class _Missing:
    """Skipped trials: example positions, and whether only the reply to the perturbed text named no class."""

    example: Integers
    unread: NDArray[np.bool_]

    def where(self, chosen: NDArray[np.bool_]) -> "_Missing":
        return _Missing(self.example[chosen], self.unread[chosen])


def _missing(trials: pa.Table, examples: Sequence[str]) -> _Missing:
    skipped = trials.filter(pc.is_valid(trials["error"]))
    silent = pc.equal(skipped["outcome"], pa.scalar("no answer"))
    unread = pc.and_(silent, pc.is_valid(skipped["clean_prediction"]))
    return _Missing(positions_in(skipped["example"], examples), np.asarray(unread, dtype=bool))


def _of_model(model: str, trials: pa.Table) -> pa.Table:
    return trials.filter(pc.equal(trials["model"], pa.scalar(model)))


def _cells(plan: Plan, of_models: Mapping[str, pa.Table]) -> Iterator[tuple[str, NamedAttack, pa.Table]]:
    for model, of_model in of_models.items():
        for attack in plan.attacks:
            yield model, attack, of_model.filter(pc.equal(of_model["attack"], pa.scalar(attack.label)))


def _slices(
    model: str,
    attack: NamedAttack,
    answers: TrialOutcomes,
    parts: Sequence[SliceMembers],
    *,
    missing: "_Missing",
    unit: IntervalUnit | None,
) -> Iterator[Row]:
    for part in parts:
        inside = answers.where(part.members[answers.example])
        missed = missing.where(part.members[missing.example])
        if len(inside) or len(missed.example):
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
    missing: "_Missing",
    unit: IntervalUnit | None,
    part: Slice | None = None,
) -> Row:
    answers, changed, found = folded.all, folded.changed, folded.of_changed
    measures = measure(changed, unit, found)
    worst = worst_of_k(found, unit)
    same = changed is answers
    has_interval = measures.drop is not None and measures.drop.has_interval
    tested = has_interval and unit == "group" and (part is None or part.declared)
    return Row(
        model=model,
        attack=attack.label,
        base=attack.base,
        family=attack.family,
        severity=attack.severity,
        slice=part,
        trials=len(answers) + len(missing.example),
        skipped=len(missing.example),
        no_prediction=int(missing.unread.sum()),
        trials_changed=len(changed),
        changed_share=len(changed) / max(len(answers), 1),
        examples=len(folded.of_all.trials),
        examples_changed=len(found.trials),
        groups_changed=found.groups,
        edit_share=_mean(changed.edit_share),
        character_share=_mean(changed.character_share),
        flips=int(changed.flipped.sum()),
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


def _mean(values: Floats) -> float | None:
    return float(values.mean()) if len(values) and not np.isnan(values).any() else None


def _correct(rows: Sequence[Row]) -> tuple[list[Row], tuple[Correction, ...]]:
    """Rows with Holm-adjusted p-values; those of all examples and of declared slices are one family."""
    adjusted = list(rows)
    tested = [place for place, row in enumerate(rows) if row.p_value is not None]
    values = holm([rows[place].p_value or 0.0 for place in tested]).tolist()
    for place, value in zip(tested, values, strict=True):
        adjusted[place] = replace(rows[place], p_adjusted=value)
    return adjusted, (Correction(len(tested)),) if tested else ()


def _of_each_class(trials: pa.Table) -> pa.Table:
    """The first changed trial of each true class whose correct prediction became wrong, in their order.

    Without any, the first changed trial. Trials whose clean text had another prediction when queried again
    come after the others.
    """
    changed = trials.filter(trials["changed"])
    label = changed["label"].to_numpy()
    clean = changed["clean_prediction"].to_numpy()
    lost = (clean == label) & (clean != changed["perturbed_prediction"].to_numpy())
    again = changed["clean_repeat_prediction"].to_numpy()
    lost &= np.isnan(again.astype(np.float64)) | (again == clean)
    order = np.lexsort((changed["trial"].to_numpy(), ~lost))
    _, firsts = np.unique(label[order][: lost.sum()], return_index=True)
    return changed.take(order[np.sort(firsts)] if lost.any() else order[:1])


def _shown(row: Row, trials: pa.Table, findings: Sequence[Finding]) -> Trial | None:
    """The example of a row: of the true class that the first finding on it is about, else the first one."""
    if len(trials) == 0:
        return None
    labels: list[int] = trials["label"].to_numpy().tolist()
    found = (
        labels.index(each.label)
        for each in findings
        if each.model == row.model and each.attack in (None, row.attack) and each.label in labels
    )
    return trial_at(trials, next(found, 0))
