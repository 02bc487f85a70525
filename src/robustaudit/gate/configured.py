"""The gate of a configuration file: `[gate]` for everything, `[[gate.rule]]` for a selection."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast, get_args

from robustaudit.core.configuration import NAME, Configuration, find_configuration, read_configuration
from robustaudit.core.errors import UserError
from robustaudit.core.validation import check_known, parse
from robustaudit.gate.rules import KEYS, MEASURES, Rule, read_rules
from robustaudit.gate.verdict import Undecided

BASELINE = "robustaudit-baseline.json"
"""The name of a baseline, beside the configuration, where that names none."""

_MOST_RULES = 1_000
_OWN = ("undecided", "baseline", "rule")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What is asked of runs: the rules, what comes of an undecided one, and where the baseline lies."""

    rules: tuple[Rule, ...]
    undecided: Undecided
    baseline: Path
    path: Path

    @property
    def needs_baseline(self) -> bool:
        return any(rule.measure == "max_regression" for rule in self.rules)


def find_gate(path: Path | None = None) -> Gate:
    """The gate of that configuration file, or of the nearest from the working folder upward.

    Raises:
        UserError: there is none, or it is not as docs/gate.md says.
    """
    found = path or find_configuration(Path.cwd())
    if found is None:
        raise UserError(
            f"a gate needs rules, and there is no {NAME} here or above: `robustaudit init RUN` writes one"
        )
    return read_gate(read_configuration(found))


def read_gate(configuration: Configuration) -> Gate:
    """The gate of a configuration.

    Raises:
        UserError: there is none in it, or it is not as docs/gate.md says.
    """
    where = configuration.where("gate")
    table = configuration.tables.get("gate")
    if table is None:
        raise UserError(f"configuration {str(configuration.path)!r} has no [{configuration.prefix}gate]")
    for key in table:
        check_known(f"key in {where}", key, (*_OWN, *KEYS))
    undecided = check_known(f"undecided in {where}", _text(table, "undecided", "warn", where), _POLICIES)
    for_everything = {key: value for key, value in table.items() if key not in _OWN}
    rules = read_rules(for_everything, where=where) if for_everything else ()
    of_rules = f"{configuration.path.name}, [[{configuration.prefix}gate.rule]]"
    for number, each in enumerate(_rules(table.get("rule", []), of_rules), 1):
        rules += read_rules(each, where=f"{of_rules} {number}")
    if not rules:
        raise UserError(f"{where} must have a rule: {', '.join(MEASURES)}")
    return Gate(
        rules=rules,
        undecided=cast("Undecided", undecided),
        baseline=configuration.path.parent / _text(table, "baseline", BASELINE, where),
        path=configuration.path,
    )


_POLICIES = get_args(Undecided)


def _text(table: Any, key: str, default: str, where: str) -> str:  # noqa: ANN401
    return parse(str, table.get(key, default), where=f"{key} in {where}")


def _rules(value: object, where: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise UserError(f"{where} must be a list of tables, each begun by [[gate.rule]]")
    if len(value) > _MOST_RULES:
        raise UserError(f"{where} must be at most {_MOST_RULES:,}, got {len(value):,}")
    return value
