"""Rules over what a sweep proves and a search finds: certified and searched accuracy, and rho."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from robustaudit.core.errors import UserError
from robustaudit.core.spelling import named, option
from robustaudit.gate.interval_outcome import outcome_of
from robustaudit.gate.rules import MeasureOfWorstCase, OnInconclusive, Rule
from robustaudit.gate.selection import selected
from robustaudit.gate.verdict import Check, Verdict
from robustaudit.runs.plan_record import PlanRecord
from robustaudit.statistics.measures import Estimate
from robustaudit.statistics.sequential import Outcome
from robustaudit.worst_case.certification import CertifiedRow
from robustaudit.worst_case.search_result import SearchRow


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cell:
    """A model under an attack with its figures; a share `unknown` of the examples may yet be certified."""

    model: str
    attack: str
    base: str
    family: str | None
    severity: int | None
    examples: int
    figures: Mapping[MeasureOfWorstCase, Estimate]
    unknown: float = 0.0


def least_allowed(min_certified: float | None, min_rho: float | None, *, all_edits: bool) -> tuple[Rule, ...]:
    """The rules of a sweep's own thresholds, None for none.

    Raises:
        UserError: one is no share from 0 to 1, or rho would not be known, as not every edit is queried.
    """
    given: Mapping[MeasureOfWorstCase, float | None] = {"min_certified": min_certified, "min_rho": min_rho}
    for measure, value in given.items():
        if value is not None and not 0 <= value <= 1:
            what = f"{named(measure)} must be a share from 0 to 1, such as 0.4 for 40%"
            raise UserError(f"{what}, got {value:g}")
    if min_rho is not None and not all_edits:
        raise UserError(f"{named('min_rho')} needs every edit: give {option('all_edits', True)}")
    return tuple(
        Rule(measure=measure, threshold=value, where="thresholds")
        for measure, value in given.items()
        if value is not None
    )


def judge_sweep(
    rows: Sequence[CertifiedRow],
    rules: Sequence[Rule],
    plan: PlanRecord,
    *,
    on_inconclusive: OnInconclusive = "warn",
    run: str = "",
    config: str = "",
) -> Verdict:
    """The verdict of rules for certified accuracy and rho on the rows of a sweep.

    Raises:
        UserError: a rule selects nothing, none is for a sweep, or rho is not known.
    """
    cells = [
        _cell(row, plan, _proved(row), unknown=row.undecided / row.examples if row.examples else 0.0)
        for row in rows
    ]
    if any(rule.measure == "min_rho" for rule in rules) and any(
        row.rho is None and row.texts for row in rows
    ):
        raise UserError(f"min_rho needs every edit: sweep with {option('all_edits', True)}")
    checks = _checks(rules, ("min_certified", "min_rho"), cells, "a sweep")
    return Verdict(checks=checks, on_inconclusive=on_inconclusive, run=run, config=config)


def _proved(row: CertifiedRow) -> Mapping[MeasureOfWorstCase, Estimate]:
    if row.rho is None:
        return {"min_certified": row.certified_accuracy}
    return {"min_certified": row.certified_accuracy, "min_rho": Estimate(row.rho)}


def judge_search(
    rows: Sequence[SearchRow],
    rules: Sequence[Rule],
    plan: PlanRecord,
    *,
    on_inconclusive: OnInconclusive = "warn",
    run: str = "",
    config: str = "",
) -> Verdict:
    """The verdict of rules for searched accuracy on the rows of a search.

    Raises:
        UserError: a rule selects nothing, or none is for a search.
    """
    cells = [_cell(row, plan, {"min_searched_accuracy": row.searched_accuracy}) for row in rows]
    checks = _checks(rules, ("min_searched_accuracy",), cells, "a search")
    return Verdict(checks=checks, on_inconclusive=on_inconclusive, run=run, config=config)


def _cell(
    row: CertifiedRow | SearchRow,
    plan: PlanRecord,
    figures: Mapping[MeasureOfWorstCase, Estimate],
    *,
    unknown: float = 0.0,
) -> _Cell:
    attack = next(each for each in plan.attacks if each.name == row.attack)
    return _Cell(
        model=row.model,
        attack=row.attack,
        base=attack.base or row.attack,
        family=attack.family,
        severity=attack.severity,
        examples=row.examples,
        figures=figures,
        unknown=unknown,
    )


def _checks(
    rules: Sequence[Rule], measures: Sequence[MeasureOfWorstCase], cells: Sequence[_Cell], of: str
) -> tuple[Check, ...]:
    fitting = [rule for rule in rules if rule.measure in measures]
    if not fitting and rules:
        given = ", ".join(dict.fromkeys(rule.measure for rule in rules))
        raise UserError(f"{rules[0].where} has no rule for {of}: {' or '.join(measures)}, got {given}")
    return tuple(check for rule in fitting for check in _of_rule(rule, selected(rule, cells)))


def _of_rule(rule: Rule, cells: Iterable[_Cell]) -> Iterator[Check]:
    for cell in cells:
        figure = cell.figures.get(_measure(rule))
        if figure is not None:
            yield Check(
                rule=rule,
                model=cell.model,
                attack=cell.attack,
                severity=cell.severity,
                slice=None,
                examples=cell.examples,
                estimate=figure,
                outcome=_outcome(rule, figure, cell.unknown),
            )


def _measure(rule: Rule) -> MeasureOfWorstCase:
    assert rule.is_of_worst_case
    return rule.measure  # type: ignore[return-value]


def _outcome(rule: Rule, figure: Estimate, unknown: float) -> Outcome:
    """Rho is exact for its examples; what is not decided of an example may be certified or not."""
    return outcome_of(replace(rule, bound="point") if rule.measure == "min_rho" else rule, figure, unknown)
