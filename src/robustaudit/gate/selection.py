"""Which rows of a run a rule is for; a name that none of them has is refused."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from robustaudit.attacks import NamedAttack
from robustaudit.core.errors import UserError
from robustaudit.core.validation import check_known
from robustaudit.gate.rules import Rule
from robustaudit.runs.named_classes import NamedClasses
from robustaudit.runs.plan import Plan
from robustaudit.runs.result import Result, Row, Slice
from robustaudit.runs.slices import TRUE_LABEL, slices_of


class ModelAttack(Protocol):
    """A model under an attack: of a plan, or a row of a result."""

    @property
    def model(self) -> str: ...
    @property
    def attack(self) -> str: ...
    @property
    def base(self) -> str: ...
    @property
    def family(self) -> str | None: ...
    @property
    def severity(self) -> int | None: ...


C = TypeVar("C", bound=ModelAttack)


@dataclass(frozen=True, slots=True, kw_only=True)
class _PlannedCell:
    """A model under an attack that a run is going to have."""

    model: str
    attack: str
    base: str
    family: str | None
    severity: int | None


def check_cells(
    rules: Sequence[Rule], models: Sequence[Mapping[str, Any]], attacks: Sequence[NamedAttack]
) -> None:
    """Refuse rules that name models or attacks that a run is not going to have.

    Raises:
        UserError: a rule selects nothing.
    """
    cells = [
        _PlannedCell(model=model["name"], attack=a.label, base=a.base, family=a.family, severity=a.severity)
        for model in models
        for a in attacks
    ]
    for rule in (_with_names(rule, models) for rule in rules):
        selected(rule, cells)


def check_selections(rules: Sequence[Rule], plan: Plan) -> None:
    """Refuse rules that name what the plan's run is not going to have, before it is made.

    Raises:
        UserError: a rule selects nothing.
    """
    check_cells(rules, plan.as_json()["models"], plan.attacks)
    slices = [part.slice for part in slices_of(plan.examples, plan.slices, (), plan.classes)]
    for rule in rules:
        _chosen_slices(rule, slices, plan.classes)


def rows_for(rule: Rule, result: Result) -> list[Row]:
    """The rows that a rule selects: slices if it names some, otherwise rows of all examples.

    Raises:
        UserError: there are none, or it names something that the run has not.
    """
    rule = _with_names(rule, result.plan["models"])
    if not rule.selection.slices:
        return selected(rule, result.rows)
    selected(rule, result.rows)  # says what is wrong of models and attacks as for whole rows
    slices = [row.slice for row in result.slices if row.slice]
    wanted = _chosen_slices(rule, slices, NamedClasses.of(result.plan))
    inside = [row for row in result.slices if row.slice and wanted & set(_names(row.slice))]
    return selected(rule, inside)


def _with_names(rule: Rule, models: Iterable[Mapping[str, Any]]) -> Rule:
    """The rule with models that it names in full by their names in the run."""
    named = {model["uri"]: model["name"] for model in models if model.get("uri")}
    chosen = tuple(named.get(each, each) for each in rule.selection.models)
    return replace(rule, selection=replace(rule.selection, models=chosen))


def selected(rule: Rule, cells: Sequence[C]) -> list[C]:
    """The cells that a rule selects by model, attack, family and severity; at least one.

    An attack is selected by its name, or by that without its severity.
    """
    selection = rule.selection
    _check(rule, "model", selection.models, (cell.model for cell in cells))
    _check(rule, "attack", selection.attacks, (name for cell in cells for name in (cell.attack, cell.base)))
    _check(rule, "family", selection.families, (cell.family for cell in cells if cell.family))
    levels = (str(cell.severity) for cell in cells if cell.severity is not None)
    _check(rule, "severity", [str(level) for level in selection.severities], levels)
    wanted: Sequence[Callable[[C], bool]] = (
        lambda cell: not selection.models or cell.model in selection.models,
        lambda cell: not selection.attacks or bool({cell.attack, cell.base} & set(selection.attacks)),
        lambda cell: not selection.families or cell.family in selection.families,
        lambda cell: not selection.severities or cell.severity in selection.severities,
    )
    found = [cell for cell in cells if all(each(cell) for each in wanted)]
    if not found:
        raise UserError(f"{rule.where} selects nothing that the run has: {rule.selection}")
    return found


def _check(rule: Rule, kind: str, given: Iterable[str], known: Iterable[str]) -> None:
    names = set(known)
    for name in given:
        check_known(f"{kind} in {rule.where}", name, names)


def _chosen_slices(rule: Rule, slices: Sequence[Slice], classes: NamedClasses) -> set[str]:
    """The names of slices in a rule, with each true label by the name of its class."""
    known = {name for part in slices for name in _names(part)}
    chosen = {_of_class(name, classes, rule.where) for name in rule.selection.slices}
    _check(rule, "slice", chosen, known)
    return chosen


def _of_class(name: str, classes: NamedClasses, where: str) -> str:
    column, equals, value = name.partition("=")
    if column != TRUE_LABEL or not equals:
        return name
    return f"{column}={classes.name(classes.find(value, kind=f'{column} in {where}'))}"


def _names(part: Slice) -> tuple[str, str]:
    return part.column, f"{part.column}={part.value}"
