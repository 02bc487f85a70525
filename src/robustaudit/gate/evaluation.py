"""Evaluate the rules of a gate on a run; docs/gate.md explains the method."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TypeAlias

import pyarrow as pa

from robustaudit.core.errors import UserError
from robustaudit.gate.baseline import Baseline
from robustaudit.gate.counterexamples import Against, find_counterexamples
from robustaudit.gate.draw_outcomes import ExampleDraws, draws_of
from robustaudit.gate.evidence import (
    Evidence,
    Regression,
    is_significant,
    p_values_against,
    regression,
    trials_evidence,
    trials_needed,
)
from robustaudit.gate.rules import OnInconclusive, Rule
from robustaudit.gate.selection import rows_for
from robustaudit.gate.verdict import Check, Grounds, InapplicableRow, Verdict
from robustaudit.models import is_remote
from robustaudit.runs.findings import Finding
from robustaudit.runs.plan_record import pickled_models
from robustaudit.runs.planned_labels import written_labels
from robustaudit.runs.result import Result, Row
from robustaudit.runs.slices import MEMBERSHIPS, TRUE_LABEL
from robustaudit.runs.stored_run import Shards
from robustaudit.runs.trial import Trial
from robustaudit.statistics.estimates import with_intervals
from robustaudit.statistics.intervals import LEVEL, holm
from robustaudit.statistics.measures import FEW_EXAMPLES, Estimate
from robustaudit.statistics.sequential import Outcome

_Drawn: TypeAlias = Mapping[tuple[str, str], Sequence[ExampleDraws]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _RuleOnRow:
    """A rule and a row that it selects: the figure that it reads, and the data behind it.

    `trials` are those of the model under the attack, also for a slice.
    """

    rule: Rule
    row: Row
    trials: int
    estimate: Estimate | None
    examples: int
    regression: Regression | None = None
    p_fail: float | None = None
    p_pass: float | None = None

    @property
    def few(self) -> bool:
        return self.examples < FEW_EXAMPLES

    @property
    def groups_fallen(self) -> tuple[str, ...] | None:
        return self.regression.groups_fallen if self.regression else None

    @property
    def is_identical(self) -> bool:
        return self.regression is not None and self.regression.comparison.is_identical

    @property
    def beyond_noise(self) -> Estimate | None:
        """The flip rate less noise, if the rule reads flips and the model is noisy."""
        return self.row.on_changed.flip_rate_beyond_noise if self.rule.measure == "max_flip_rate" else None


def evaluate(
    result: Result,
    shards: Shards,
    rules: Sequence[Rule],
    *,
    members: pa.Table | None = None,
    baseline: Baseline | None = None,
    on_inconclusive: OnInconclusive = "warn",
    run: str = "RUN",
    models_dir: str | None = None,
    config: str = "",
    evidence: Evidence | None = None,
) -> Verdict:
    """The verdict of rules on a run; `run` and `models_dir` are needed to replay counterexamples.

    `members` has the values of each example in the columns of slices, as `StoredRun.slices` reads them;
    `evidence` is that of the trials unless given.

    Raises:
        UserError: a rule selects nothing, or needs data that neither the run nor a baseline has.
    """
    known = MEMBERSHIPS.empty_table() if members is None else members
    evidence = evidence or trials_evidence(result, shards, known)
    selected = [(rule, *_applicable(rule, rows_for(rule, result))) for rule in rules]
    regressing = [rows for rule, rows, _ in selected if rule.measure == "max_regression" and baseline]
    drawn = draws_of(shards, _cells(chain(*regressing)), written_labels(result.plan))
    held = [
        _with_p_values(each, evidence)
        for rule, rows, _ in selected
        for each in _held(rule, rows, result, drawn, baseline)
    ]
    tested = [place for place, each in enumerate(held) if each.p_fail is not None]
    adjusted = map(float, holm([held[place].p_fail or 0.0 for place in tested]))
    for place, p_value in zip(tested, adjusted, strict=True):
        held[place] = replace(held[place], p_fail=p_value)
    outcomes = ["passed" if each.is_identical else _outcome(each) for each in held]
    wanted = [place for place, outcome in enumerate(outcomes) if outcome != "passed"]
    against = [Against(held[place].rule, held[place].row, held[place].groups_fallen) for place in wanted]
    told = dict(zip(wanted, find_counterexamples(shards, against, members=known), strict=True))
    checks = tuple(
        _check(each, outcomes[place], len(tested), told.get(place, ())) for place, each in enumerate(held)
    )
    return Verdict(
        checks=checks,
        not_applicable=tuple(
            InapplicableRow(rule=rule, model=row.model, attack=row.attack, slice=row.slice)
            for rule, _, left_out in selected
            for row in left_out
        ),
        uncovered=tuple(each for each in result.findings if _is_uncovered(each, checks)),
        on_inconclusive=on_inconclusive,
        run=run,
        models_dir=models_dir,
        pickled=pickled_models(result.plan),
        config=config,
        trials_left=_trials_left(result),
    )


def _applicable(rule: Rule, rows: Sequence[Row]) -> tuple[Sequence[Row], Sequence[Row]]:
    """The rows that the rule checks, and those it leaves out as no trial changed its text.

    It leaves out none if it names attacks, or if nothing else is left.
    """
    left_out = [row for row in rows if row.trials_changed == 0 and row.skipped == 0]
    if rule.selection.attacks or len(left_out) == len(rows):
        return rows, ()
    return [row for row in rows if row not in left_out], left_out


def _is_uncovered(finding: Finding, checks: Sequence[Check]) -> bool:
    """Whether a finding is a drop, of all texts or of a true class, that no check is for."""
    if not finding.is_loss:
        return False
    named = (TRUE_LABEL, finding.compared[0].name) if finding.kind == "class" else None
    return not any(
        check.model == finding.model
        and finding.attack in (None, check.attack)
        and (check.slice and (check.slice.column, check.slice.value)) == named
        for check in checks
    )


def _trials_left(result: Result) -> int | None:
    """The further trials, per model and attack, of the examples that the run left out."""
    examples: int | None = result.plan["data"].get("examples")
    return None if examples is None else max(0, round((examples - result.plan["examples"]) * result.draws))


def _cells(rows: Iterable[Row]) -> list[tuple[str, str]]:
    return list(dict.fromkeys((row.model, row.attack) for row in rows))


def _held(
    rule: Rule, rows: Sequence[Row], result: Result, drawn: _Drawn, baseline: Baseline | None
) -> Iterator[_RuleOnRow]:
    trials_of = {(row.model, row.attack): row.trials for row in result.rows}
    for row in rows:
        whole = trials_of[row.model, row.attack]
        if rule.measure == "max_regression":
            yield _held_to_baseline(rule, row, result, drawn, baseline)
        elif rule.measure == "min_worst_of_k":
            found = next((each for each in row.worst_of_k if each.k == rule.k), None)
            examples = found.examples if found else 0
            estimate = found.accuracy if found else None
            yield _RuleOnRow(rule=rule, row=row, trials=whole, estimate=estimate, examples=examples)
        else:
            yield _RuleOnRow(
                rule=rule,
                row=row,
                trials=whole,
                estimate=getattr(row.on_changed, _FIGURES[rule.measure]),
                examples=row.examples_changed,
            )


_FIGURES = {
    "max_drop": "drop",
    "min_accuracy": "perturbed_accuracy",
    "max_flip_rate": "flip_rate",
    "max_relative_drop": "relative_drop",
}


def _held_to_baseline(
    rule: Rule, row: Row, result: Result, drawn: _Drawn, baseline: Baseline | None
) -> _RuleOnRow:
    if baseline is None:
        raise UserError(f"max_regression in {rule.where} needs a baseline: `robustaudit baseline save RUN`")
    expression = next(each["expression"] for each in result.plan["attacks"] if each["name"] == row.attack)
    found = regression(
        baseline,
        drawn[row.model, row.attack],
        row,
        expression,
        digest=_digest(result, row.model),
        draws=result.draws,
        form=result.form_of(row.model),
        interval=not result.plan.get("until_decided"),
    )
    return _RuleOnRow(
        rule=rule,
        row=row,
        trials=row.trials,
        estimate=with_intervals(found.figure) if found else None,
        examples=found.examples if found else row.examples_changed,
        regression=found,
    )


def _digest(result: Result, name: str) -> str | None:
    """The digest of a model, None if what it predicts may change under the same digest."""
    model = next(each for each in result.plan["models"] if each["name"] == name)
    return None if is_remote(model.get("uri") or name) else model.get("digest")


def _with_p_values(held: _RuleOnRow, evidence: Evidence) -> _RuleOnRow:
    rule, estimate = held.rule, held.estimate
    unread = rule.bound != "interval" or held.few or held.is_identical
    if unread or estimate is None or not estimate.has_interval:
        return held
    paired = held.regression
    found = p_values_against(paired.figure, rule.threshold) if paired else evidence(rule, held.row)
    if found is None:
        return held
    above, below = found
    violated, kept = (below, above) if rule.is_least else (above, below)
    return replace(held, p_fail=violated, p_pass=kept)


def _check(held: _RuleOnRow, outcome: Outcome, tests: int, told: tuple[Trial, ...]) -> Check:
    return Check(
        rule=held.rule,
        model=held.row.model,
        attack=held.row.attack,
        severity=held.row.severity,
        slice=held.row.slice,
        examples=held.examples,
        estimate=held.estimate,
        outcome=outcome,
        grounds=Grounds(
            tests=tests,
            noise=held.row.on_changed.noise,
            beyond_noise=held.beyond_noise,
            comparison=held.regression.comparison if held.regression else None,
        ),
        p_fail=held.p_fail,
        p_pass=held.p_pass,
        trials_needed=_trials_needed(held, tests) if outcome == "inconclusive" else None,
        counterexamples=told,
    )


def _outcome(held: _RuleOnRow) -> Outcome:
    rule, estimate = held.rule, held.estimate
    if estimate is None or estimate.low is None or estimate.high is None or held.few:
        return "inconclusive"
    if rule.bound == "interval":
        if held.p_fail is None or held.p_pass is None:
            return "inconclusive"
        if is_significant(held.p_fail):
            return "failed"
        return "passed" if rule.allows_nothing or is_significant(held.p_pass) else "inconclusive"
    if not rule.is_beyond(_read(rule, estimate)):
        return "passed"
    beyond = held.beyond_noise
    return "inconclusive" if beyond and not rule.is_beyond(_read(rule, beyond)) else "failed"


def _read(rule: Rule, estimate: Estimate) -> float:
    """The figure of an estimate that a bound other than the interval reads."""
    read = {"lower": estimate.low, "upper": estimate.high}.get(rule.bound)
    return estimate.value if read is None else read


def _trials_needed(held: _RuleOnRow, tests: int) -> int | None:
    """With few examples those that make them enough; else those that would narrow the interval enough."""
    if held.estimate is None or held.examples == 0:
        return None
    if held.regression and held.regression.too_few_shared:
        return None  # the baseline's share of it stays
    if held.few:
        return -(-held.trials * (FEW_EXAMPLES - held.examples) // held.examples)  # rounded up
    if held.p_fail is None or (held.beyond_noise and held.rule.is_beyond(held.estimate.value)):
        return None  # there is no interval to narrow, or noise stays
    return trials_needed(
        held.estimate,
        held.rule.threshold,
        trials=held.trials,
        level=LEVEL / tests if held.rule.is_beyond(held.estimate.value) else LEVEL,
    )
