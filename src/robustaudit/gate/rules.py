"""Rules of the gate and their configuration: `[gate]` for every row, `[[gate.rule]]` for a selection."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_type_hints

from robustaudit.core.configuration import NAME, Configuration, find_configuration, read_configuration
from robustaudit.core.errors import UserError
from robustaudit.core.typed_values import parse_field, parse_typed
from robustaudit.core.validation import check_at_least, check_between, check_known

T = TypeVar("T")

OnInconclusive = Literal["warn", "fail", "pass"]
"""The consequence of an inconclusive check."""

MeasureOfRun = Literal[
    "max_drop", "min_accuracy", "max_flip_rate", "max_relative_drop", "min_worst_of_k", "max_regression"
]
MeasureOfFilter = Literal["max_evasion", "max_false_alarms"]
MeasureOfWorstCase = Literal["min_certified", "min_rho", "min_searched_accuracy"]
Measure = Literal[MeasureOfRun, MeasureOfFilter, MeasureOfWorstCase]
Bound = Literal["interval", "point", "lower", "upper"]

AT = 1e-6
"""A figure within this distance of a threshold lies on it: a ten-thousandth of a percentage point.

Figures are quotients in floating point (12 of 40 may come out above 0.3), and a baseline stores six digits.
"""

MEASURES: tuple[Measure, ...] = get_args(Measure)
OF_FILTER: tuple[MeasureOfFilter, ...] = get_args(MeasureOfFilter)
"""What is judged of a run that is read as that of a filter."""

OF_WORST_CASE: tuple[MeasureOfWorstCase, ...] = get_args(MeasureOfWorstCase)
"""What is judged of a sweep or a search, and not of a run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which rows of a run a rule is for; what is empty selects all, but for slices, where it selects none.

    A slice is `column` or `column=value`.
    """

    models: tuple[str, ...] = ()
    attacks: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    severities: tuple[int, ...] = ()
    slices: tuple[str, ...] = ()

    def __str__(self) -> str:
        chosen = ((field.name, getattr(self, field.name)) for field in fields(self))
        return "; ".join(f"{name} {', '.join(map(str, values))}" for name, values in chosen if values)


EVERYTHING = Selection()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A threshold for one measure of the rows it selects; `where` names its table in the configuration.

    `bound` is what is compared with the threshold: the whole interval, or the figure or one bound alone.
    Measures of filters have the class to be caught, `positive`, and the share `fpr` of clean texts of others
    that may be taken for it, None if the model decides.
    """

    measure: Measure
    threshold: float
    bound: Bound = "interval"
    k: int | None = None
    positive: str | None = None
    fpr: float | None = None
    selection: Selection = EVERYTHING
    where: str = "gate"

    def __post_init__(self) -> None:
        if not 0 <= self.threshold <= 1:
            raise UserError(
                f"{self.measure} in {self.where} must be a share from 0 to 1, such as 0.1 for "
                f"10 percentage points, got {self.threshold:g}"
            )
        if (self.measure == "min_worst_of_k") != (self.k is not None):
            raise UserError(f"min_worst_of_k in {self.where} needs k, the number of draws, and k needs it")
        if self.is_of_filter != (self.positive is not None):
            raise UserError(f"{self.measure} in {self.where} needs positive, the class that is to be caught")
        if self.is_of_filter and self.selection.slices:
            raise UserError(f"{self.measure} in {self.where} must be without slices: a filter has none")
        if self.fpr is not None:
            check_between(f"fpr in {self.where}", self.fpr, 0, 1)
        if self.measure == "max_regression" and self.selection.slices:
            raise UserError(f"max_regression in {self.where} must be without slices: a baseline has none")
        if self.is_of_worst_case and self.selection.slices:
            raise UserError(f"{self.measure} in {self.where} must be without slices: a sweep has none")
        if self.k is not None:
            check_at_least(f"k in {self.where}", self.k, 1)

    @property
    def is_of_worst_case(self) -> bool:
        """Whether it is for a sweep or a search, rather than for a run."""
        return self.measure in OF_WORST_CASE

    @property
    def is_of_filter(self) -> bool:
        """Whether it is for a run that is read as that of a filter."""
        return self.measure in OF_FILTER

    @property
    def is_least(self) -> bool:
        """Whether the threshold is the least that is allowed, rather than the most."""
        return self.measure.startswith("min_")

    @property
    def allows_nothing(self) -> bool:
        """Whether no regression at all is allowed: what no finite data confirm, only contradict."""
        return self.measure == "max_regression" and self.threshold == 0

    def is_beyond(self, figure: float) -> bool:
        """Whether a figure is beyond the threshold, and not on it."""
        return (self.threshold - figure if self.is_least else figure - self.threshold) > AT

    @property
    def title(self) -> str:
        """The rule in one line: `max_drop = 0.1 (attacks qwerty)`."""
        told = f"{self.measure} = {self.threshold:g}" + (f", k = {self.k}" if self.k else "")
        told += f", positive = {self.positive}" if self.positive is not None else ""
        told += f", fpr = {self.fpr:g}" if self.fpr is not None else ""
        told += f", {self.bound}" if self.bound != "interval" else ""
        return f"{told} ({self.selection})" if str(self.selection) else told


SELECTING: Mapping[str, type] = {name: get_args(kind)[0] for name, kind in get_type_hints(Selection).items()}
"""The keys of a rule that select rows, each with the type of its values."""

THRESHOLD_KEYS = (*get_args(MeasureOfRun), "k", "bound")
_FOR_FILTERS = ("positive", "fpr")
KEYS = (*THRESHOLD_KEYS, *OF_FILTER, *_FOR_FILTERS, *OF_WORST_CASE, *SELECTING)


def read_rules(table: Mapping[str, Any], *, where: str) -> tuple[Rule, ...]:
    """The rules of a table, one for each measure in it; `where` is what messages call the table.

    Raises:
        UserError: a key is unknown, a value of another type or out of range, or there is no measure.
    """
    for key in table:
        check_known(f"key in {where}", key, KEYS)
    if not any(measure in table for measure in MEASURES):
        raise UserError(f"{where} must have a measure: {', '.join(MEASURES)}")
    for name in SELECTING:
        if table.get(name) == []:
            raise UserError(f"{name} in {where} must name something: leave it out to select all")
    if "k" in table and "min_worst_of_k" not in table:
        raise UserError(f"k in {where} is for min_worst_of_k, which is missing")
    for key in _FOR_FILTERS:
        if key in table and not any(measure in table for measure in OF_FILTER):
            raise UserError(f"{key} in {where} is for {' and '.join(OF_FILTER)}, which are missing")
    k = _optional(int, table, "k", where)
    positive = _optional(str, table, "positive", where)
    fpr = _optional(float, table, "fpr", where)
    bound: Bound = parse_field(Bound, table.get("bound", "interval"), where=f"bound in {where}")
    selection = parse_typed(Selection, {name: table.get(name, []) for name in SELECTING}, where=where)
    return tuple(
        Rule(
            measure=measure,
            threshold=parse_typed(float, table[measure], where=f"{measure} in {where}"),
            bound=bound,
            k=k if measure == "min_worst_of_k" else None,
            positive=positive if measure in OF_FILTER else None,
            fpr=fpr if measure in OF_FILTER else None,
            selection=selection,
            where=where,
        )
        for measure in MEASURES
        if measure in table
    )


def _optional(kind: type[T], table: Mapping[str, Any], key: str, where: str) -> T | None:
    return parse_typed(kind, table[key], where=f"{key} in {where}") if key in table else None


BASELINE = "robustaudit-baseline.json"
"""The name of a baseline, next to the configuration, unless that names one."""

_MOST_RULES = 1_000
_OWN = ("on_inconclusive", "baseline", "rule")


@dataclass(frozen=True, slots=True, kw_only=True)
class GateConfig:
    """The gate of a configuration: rules, the consequence of inconclusive checks, and the baseline's file."""

    rules: tuple[Rule, ...]
    on_inconclusive: OnInconclusive
    baseline: Path
    path: Path

    @property
    def of_run(self) -> tuple[Rule, ...]:
        """The rules for a run, those for filters among them."""
        return tuple(rule for rule in self.rules if not rule.is_of_worst_case)

    @property
    def of_filter(self) -> tuple[Rule, ...]:
        """The rules for a run that is read as that of a filter."""
        return tuple(rule for rule in self.rules if rule.is_of_filter)

    @property
    def of_worst_case(self) -> tuple[Rule, ...]:
        """The rules for a sweep or a search."""
        return tuple(rule for rule in self.rules if rule.is_of_worst_case)

    @property
    def needs_baseline(self) -> bool:
        return any(rule.measure == "max_regression" for rule in self.rules)


def find_gate(path: Path | None = None) -> GateConfig:
    """The gate of that configuration file, or of the nearest from the working folder upward.

    Raises:
        UserError: there is none, or it is invalid.
    """
    found = path or find_configuration(Path.cwd())
    if found is None:
        raise UserError(
            f"a gate needs rules, and there is no {NAME} here or above: `robustaudit init RUN` writes one"
        )
    return read_gate(read_configuration(found))


def read_gate(configuration: Configuration) -> GateConfig:
    """The gate of a configuration.

    Raises:
        UserError: there is none in it, or it is invalid.
    """
    where = configuration.where("gate")
    table = configuration.tables.get("gate")
    if table is None:
        raise UserError(f"configuration {str(configuration.path)!r} has no [{configuration.prefix}gate]")
    for key in table:
        check_known(f"key in {where}", key, (*_OWN, *KEYS))
    on_inconclusive: OnInconclusive = parse_field(
        OnInconclusive, table.get("on_inconclusive", "warn"), where=f"on_inconclusive in {where}"
    )
    for_everything = {key: value for key, value in table.items() if key not in _OWN}
    rules = read_rules(for_everything, where=where) if for_everything else ()
    of_rules = f"{configuration.path.name}, [[{configuration.prefix}gate.rule]]"
    for number, each in enumerate(_rules(table.get("rule", []), of_rules), 1):
        rules += read_rules(each, where=f"{of_rules} {number}")
    if not rules:
        raise UserError(f"{where} must have a rule: {', '.join(MEASURES)}")
    return GateConfig(
        rules=rules,
        on_inconclusive=on_inconclusive,
        baseline=configuration.path.parent
        / parse_typed(str, table.get("baseline", BASELINE), where=f"baseline in {where}"),
        path=configuration.path,
    )


def _rules(value: object, where: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise UserError(f"{where} must be a list of tables, each begun by [[gate.rule]]")
    if len(value) > _MOST_RULES:
        raise UserError(f"{where} must be at most {_MOST_RULES:,}, got {len(value):,}")
    return value
