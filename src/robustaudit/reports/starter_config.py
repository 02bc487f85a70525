"""A configuration to start from, with rules that a first run passes."""

import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from robustaudit.core.display import percent, visible
from robustaudit.core.documents import to_toml
from robustaudit.core.errors import UserError
from robustaudit.reports.commands import gate_command, given_attacks, given_data, given_model, run_fields
from robustaudit.reports.summary import drops_of_class, first_finding
from robustaudit.reports.text import count, interval, rounded_up
from robustaudit.runs.result import Result, Row
from robustaudit.runs.slices import TRUE_LABEL
from robustaudit.statistics.intervals import LEVEL
from robustaudit.statistics.measures import FEW_EXAMPLES

_FALL = 0.03  # from a baseline
_USEFUL = 0.1  # a threshold further above the drop than this lets too much pass

_HEAD = """\
# The gate of this project; docs/gate.md of robustaudit says what each key means.
#
#     {audit:<{width}}  audits, and exits with 1 if a rule fails
#     {judge:<{width}}  checks a stored run
"""

_GATE = """\
[gate]
# What an inconclusive check counts as: "warn", "fail" or "pass".
on_inconclusive = "warn"
# Against gradual regressions: `robustaudit baseline save RUN` writes a file to commit, and this rule limits
# how far accuracy under attack may fall below it. A share: {fall:g} is {points:g} percentage points.
# max_regression = {fall:g}

# Thresholds from the drops of the first run. Each lies as far above the upper confidence bound as that lies
# above the drop, rounded up, so that the same models audited on other texts nearly always pass. Lower them to
# what your users can bear: a rule that cannot fail protects nobody.
"""


def starter_config(result: Result, folder: Path = Path()) -> str:
    """The text of a `robustaudit.toml` for the models and attacks of a run, to be written into that folder.

    A data file in the folder or below is named relative to it, as paths of a configuration are read.

    Raises:
        UserError: too few texts were changed to set any threshold, or the run was a sequential test.
    """
    if result.plan.get("until_decided"):
        raise UserError(
            "thresholds need confidence intervals, which a sequential test does not have: give another run"
        )
    attacks = given_attacks(result.plan)
    worst = {name: max((row for row in result.rows if row.attack == name), key=threshold) for name in attacks}
    if all(threshold(row) < 0 for row in worst.values()):
        raise UserError(
            f"thresholds need {FEW_EXAMPLES} changed examples under an attack: audit more texts first"
        )
    rules = (_rule(attacks[name], row, result.plan) for name, row in worst.items())
    fall = _fall(result)
    gate = _GATE.format(fall=fall, points=100 * fall)
    run = _run(result.plan, folder)
    audit = gate_command(result)
    head = _HEAD.format(audit=audit, judge="robustaudit gate RUN", width=len(audit) + 4)
    return "\n".join([head, *run, gate, *rules, *_class_rule(result, attacks)])


def _fall(result: Result) -> float:
    """A fall in whole percentage points that an unchanged model passes, on the groups of the run."""
    groups = min(row.groups_changed for row in result.rows if threshold(row) >= 0)
    return max(_FALL, math.ceil(100 * (1 - math.pow(LEVEL, 1 / groups))) / 100)


def threshold(row: Row) -> float:
    """A threshold as far above the upper bound as that is above the drop, in whole points; −1 if unknown."""
    if row.drop is None or row.drop.high is None or row.few_examples:
        return -1.0
    wanted = 2 * row.drop.high - row.drop.value
    return min(max(math.ceil(round(wanted * 100, 6)) / 100, 0.01), 1.0)


def _run(plan: Mapping[str, Any], folder: Path) -> Iterator[str]:
    path = plan["data"].get("path")
    given = _seen_from(folder, path) if path else given_data(plan["data"])
    models = [name for name in map(given_model, plan["models"]) if name is not None]
    unnamed = [model["name"] for model in plan["models"] if model["uri"] is None]
    fields = run_fields(plan, data=given, models=models)
    if fields["baseline_model"] in unnamed:
        fields["baseline_model"] = None
    if plan["examples"] in (plan["trials"], plan["data"].get("examples")):
        fields["examples"] = None  # as many as trials and data allow: other data may have fewer
    yield "# Defaults of `robustaudit run`, for what the command line does not set."
    if not given:
        yield "# The data of the run has no name to write here: set data."
    if unnamed:
        yield f"# Models in memory have no name to write here: {', '.join(map(visible, unnamed))}."
    yield to_toml({"run": {name: value for name, value in fields.items() if value is not None}})


def _seen_from(folder: Path, path: str) -> str:
    """A path as a file in the folder names it: relative if it is in the folder or below, otherwise whole."""
    whole, root = Path(os.path.abspath(path)), Path(os.path.abspath(folder))  # noqa: PTH100  (links stay)
    return whole.relative_to(root).as_posix() if whole.is_relative_to(root) else str(whole)


def _rule(attack: str, row: Row, plan: Mapping[str, Any]) -> str:
    """The rule of an attack, from the row with the largest drop; as a comment where too little is known."""
    known = row.drop is not None and threshold(row) >= 0
    rule = {"attacks": [attack], "max_drop": threshold(row) if known else 0.1}
    text = to_toml({"gate": {"rule": [rule]}})
    if row.drop is None or not known:
        why = "Too few changed texts to conclude" if row.trials_changed else "No trial changed its text"
        return f"# {why}.\n" + "".join(f"# {line}\n" for line in text.splitlines())
    measured = f"drop {percent(row.drop.value)} pp, 95% CI {interval(row.drop)}, model {visible(row.model)}"
    return f"# Measured: {measured}.\n{_lax(row.drop.value, threshold(row), plan)}{text}"


def _lax(drop: float, threshold: float, plan: Mapping[str, Any]) -> str:
    """A comment on a threshold too far above the drop, with the trials that would bring it near; or none.

    Its distance is twice that of the upper bound, which narrows with the square root of the trials.
    """
    above = threshold - drop
    if above <= _USEFUL:
        return ""
    needed = rounded_up(math.ceil(plan["trials"] * (above / _USEFUL) ** 2))
    at_hand = plan["data"].get("examples") or math.inf
    points = f"{100 * _USEFUL:g} pp of the drop"
    remedy = f"About {needed:,} trials would bring it within {points}: run again with them, then init."
    if needed > at_hand * plan["trials"] / plan["examples"]:
        remedy = f"Even all {at_hand:,} examples of the data would not bring it within {points}."
    return (
        f"# {count(plan['trials'], 'trial')} are too few for a useful threshold: this one lies "
        f"{percent(above)} pp above the drop.\n"
        f"# {remedy}\n"
    )


def _class_rule(result: Result, attacks: Mapping[str, str]) -> Iterator[str]:
    """A rule for the class of the first finding, where that is one of a class."""
    first = first_finding(result)
    found = drops_of_class(result, first) if first else []
    worst = max(found, key=threshold, default=None)
    if first is None or worst is None or threshold(worst) < 0:
        return
    rule = {
        **({"attacks": [attacks[first.attack]]} if first.attack else {}),
        "slices": [f"{TRUE_LABEL}={first.compared[0].name}"],
        "max_drop": threshold(worst),
    }
    text = to_toml({"gate": {"rule": [rule]}})
    yield f"# For the finding that {first.sentence()}.\n{text}"
