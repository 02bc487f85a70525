"""Rules over what gets through a filter, and over its false alarms."""

from collections.abc import Iterator, Sequence

from robustaudit.gate.interval_outcome import outcome_of
from robustaudit.gate.rules import Rule
from robustaudit.gate.selection import rows_for
from robustaudit.gate.verdict import Check
from robustaudit.runs.filter_audit import FilterAudit, FilterRow, audit_filter
from robustaudit.runs.stored_run import StoredRun
from robustaudit.statistics.measures import Estimate


def filter_checks(run: StoredRun, rules: Sequence[Rule]) -> tuple[Check, ...]:
    """The checks of the rules for filters on the models and attacks of a run that they select.

    Raises:
        UserError: a rule selects nothing, its class is unknown or without texts, or a rate is asked of models
            without probabilities.
    """
    asked = dict.fromkeys((rule.positive, rule.fpr) for rule in rules)
    audits = {each: audit_filter(run, each[0] or "", each[1]) for each in asked}
    return tuple(check for rule in rules for check in _of_rule(rule, audits[rule.positive, rule.fpr], run))


def _of_rule(rule: Rule, audit: FilterAudit, run: StoredRun) -> Iterator[Check]:
    found = {(row.model, row.attack): row for row in audit.rows}
    for row in rows_for(rule, run.finished()):
        figure, examples = _figure(rule, found.get((row.model, row.attack)))
        yield Check(
            rule=rule,
            model=row.model,
            attack=row.attack,
            severity=row.severity,
            slice=None,
            examples=examples,
            estimate=figure,
            outcome=outcome_of(rule, figure) if figure else "inconclusive",
        )


def _figure(rule: Rule, row: FilterRow | None) -> tuple[Estimate | None, int]:
    """What the rule reads, and over how many examples; None where no text of one of both classes changed."""
    if row is None or row.figures is None:
        return None, 0
    if rule.measure == "max_evasion":
        return row.figures.evasion, row.positives
    return row.figures.alarms_after, row.negatives
