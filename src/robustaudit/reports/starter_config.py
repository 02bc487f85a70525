"""A configuration to start from, with rules that a first run passes; and the next steps after a run."""

import math
import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from robustaudit.attacks import parse_attack
from robustaudit.core import defaults
from robustaudit.core.display import percent, visible
from robustaudit.core.documents import to_toml
from robustaudit.core.errors import UserError
from robustaudit.core.spelling import FLAGS, option
from robustaudit.datasets import BUILT_IN
from robustaudit.models import short_name
from robustaudit.reports.commands import command, consent
from robustaudit.reports.summary import first_finding
from robustaudit.reports.text import count, interval
from robustaudit.runs.error_policy import ErrorPolicy
from robustaudit.runs.findings import Finding
from robustaudit.runs.plan_record import pickled_models
from robustaudit.runs.result import Result, Row
from robustaudit.runs.slices import TRUE_LABEL
from robustaudit.statistics.intervals import LEVEL
from robustaudit.statistics.measures import FEW_EXAMPLES
from robustaudit.statistics.power import chance_of_significance, examples_for_significance

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
    attacks = {
        attack["name"]: _lasting(attack["name"], attack["expression"]) for attack in result.plan["attacks"]
    }
    worst = {name: max((row for row in result.rows if row.attack == name), key=_room) for name in attacks}
    if all(_room(row) < 0 for row in worst.values()):
        raise UserError(
            f"thresholds need {FEW_EXAMPLES} changed examples under an attack: audit more texts first"
        )
    rules = (_rule(attacks[name], row, result.plan) for name, row in worst.items())
    fall = _fall(result)
    gate = _GATE.format(fall=fall, points=100 * fall)
    run = _run(result, list(attacks.values()), folder)
    audit = gate_command(result)
    head = _HEAD.format(audit=audit, judge="robustaudit gate RUN", width=len(audit) + 4)
    return "\n".join([head, *run, gate, *rules, *_class_rule(result, attacks)])


def gate_command(result: Result, *words: str) -> str:
    """The command that audits the models of a run and judges them, with further words."""
    return command("run", "--gate", *words, pickled=bool(pickled_models(result.plan)))


def _fall(result: Result) -> float:
    """A fall in whole percentage points that an unchanged model passes, on the groups of the run."""
    groups = min(row.groups_changed for row in result.rows if _room(row) >= 0)
    return max(_FALL, math.ceil(100 * (1 - math.pow(LEVEL, 1 / groups))) / 100)


def _lasting(name: str, expression: str) -> str:
    """The name of an attack or, where the run gave it another rate, its whole expression."""
    try:
        return name if str(parse_attack(name).attack) == expression else expression
    except UserError:  # a recipe that is gone
        return expression


def _room(row: Row) -> float:
    """A threshold as far above the upper bound as that is above the drop, in whole points; −1 if unknown."""
    if row.drop is None or row.drop.high is None or row.few_examples:
        return -1.0
    wanted = 2 * row.drop.high - row.drop.value
    return min(max(math.ceil(round(wanted * 100, 6)) / 100, 0.01), 1.0)


def _run(result: Result, attacks: list[str], folder: Path) -> Iterator[str]:
    plan, data = result.plan, result.plan["data"]
    given = _seen_from(folder, data["path"]) if data.get("path") else _given_data(data)
    models = [name for name in map(_given_model, plan["models"]) if name is not None]
    unnamed = [model["name"] for model in plan["models"] if model["uri"] is None]
    segmentation = plan["segmentation"].split()[0]
    fields = {
        "data": given,
        **data.get("reading", {}),
        "models": models or None,
        "attacks": attacks,
        **{name: plan[name] for name in ("trials", "examples", "seed")},
        "slices": list(plan.get("slices") or ()) or None,
        "segmentation": None if segmentation == defaults.SEGMENTATION else segmentation,
        "baseline_model": None if plan.get("baseline_model") in unnamed else plan.get("baseline_model"),
    }
    yield "# Defaults of `robustaudit run`, for what the command line does not set."
    if not given:
        yield "# The data of the run has no name to write here: set data."
    if unnamed:
        yield f"# Models in memory have no name to write here: {', '.join(map(visible, unnamed))}."
    yield to_toml({"run": {name: value for name, value in fields.items() if value is not None}})


def _given_data(data: Mapping[str, Any]) -> str | None:
    """The data of a run as `--data` takes it; None if it was in memory or came by a pipe."""
    name: str = data["name"]
    has_a_name = name in BUILT_IN or name.startswith("hf:")
    return data.get("path") or (name if has_a_name else None)


def _seen_from(folder: Path, path: str) -> str:
    """A path as a file in the folder names it: relative if it is in the folder or below, otherwise whole."""
    whole, root = Path(os.path.abspath(path)), Path(os.path.abspath(folder))  # noqa: PTH100  (links stay)
    return whole.relative_to(root).as_posix() if whole.is_relative_to(root) else str(whole)


def _given_model(model: Mapping[str, Any]) -> str | None:
    """A model as `--models` takes it, with its alias if it has one: `old=hf:folder`; None if in memory."""
    name: str = model["name"]
    uri: str | None = model["uri"]
    if uri is None:
        return None
    return uri if name in (uri, short_name(uri)) else f"{name}={uri}"


def _rule(attack: str, row: Row, plan: Mapping[str, Any]) -> str:
    """The rule of an attack, from the row with the largest drop; as a comment where too little is known."""
    known = row.drop is not None and _room(row) >= 0
    rule = {"attacks": [attack], "max_drop": _room(row) if known else 0.1}
    text = to_toml({"gate": {"rule": [rule]}})
    if row.drop is None or not known:
        why = "Too few changed texts to conclude" if row.trials_changed else "No trial changed its text"
        return f"# {why}.\n" + "".join(f"# {line}\n" for line in text.splitlines())
    measured = f"drop {percent(row.drop.value)} pp, 95% CI {interval(row.drop)}, model {visible(row.model)}"
    return f"# Measured: {measured}.\n{_lax(row.drop.value, _room(row), plan)}{text}"


def _lax(drop: float, threshold: float, plan: Mapping[str, Any]) -> str:
    """A comment on a threshold too far above the drop, with the trials that would bring it near; or none.

    Its distance is twice that of the upper bound, which narrows with the square root of the trials.
    """
    above = threshold - drop
    if above <= _USEFUL:
        return ""
    needed = _rounded_up(math.ceil(plan["trials"] * (above / _USEFUL) ** 2))
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


def run_command(result: Result) -> str | None:
    """The command that repeats a run; None if its data or a model had no name, as those in memory."""
    plan, data = result.plan, result.plan["data"]
    given, models = _given_data(data), list(map(_given_model, plan["models"]))
    if given is None or None in models:
        return None
    decided = plan.get("until_decided")
    segmentation = plan.get("segmentation", defaults.SEGMENTATION).split()[0]
    fields = {
        "data": given,
        **data.get("reading", {}),
        "models": models,
        "baseline_model": plan.get("baseline_model"),
        "attacks": [_lasting(attack["name"], attack["expression"]) for attack in plan["attacks"]],
        "slices": plan.get("slices"),
        **{name: plan[name] for name in ("trials", "examples", "seed")},
        **({"until_decided": True, **decided} if decided else {}),
        "segmentation": None if segmentation == defaults.SEGMENTATION else segmentation,
        "on_error": None if plan.get("on_error") == ErrorPolicy().on_error else plan.get("on_error"),
        "time_limit": plan.get("time_limit"),
    }
    words = [
        FLAGS.option(name, each)
        for name, value in fields.items()
        if value is not None
        for each in (value if isinstance(value, list) else [value])
    ]
    return " ".join(["robustaudit run", *words, *consent(pickled=bool(pickled_models(plan)))])


def next_steps(result: Result, folder: Path) -> Iterator[str]:
    """The report page; what may mend the largest drop; what would settle drops that are n.s., or a gate."""
    run = shlex.quote(str(folder))
    yield f"open the report page: robustaudit report {run} --open"
    drops = [row for row in result.rows if row.drop is not None]
    if result.decisions or result.plan["examples"] == 1 or not drops:
        return
    yield from _training_step(result)
    unsure = [row for row in drops if row.significance == "n.s." or row.few_examples]
    first = first_finding(result)
    if not unsure or (first and any(_room(row) >= 0 for row in drops)):
        yield f"turn into a gate: robustaudit init {run}"
    if not unsure:
        return
    overall = " over all true classes" if first and first.kind == "class" else ""
    number = f"{len(unsure)} of {count(len(drops), 'drop')}"
    yield f"n.s. or too few{overall}: {number}; {_more_trials(result, unsure)}"
    yield f"what the data can decide, row by row: robustaudit plan --max-drop 0.05 --pilot {run}"


def _attack_found(result: Result) -> str | None:
    """The attack of the first finding; of one over all attacks, that of its largest drop; or of any drop."""
    first = first_finding(result)
    if first and first.attack:
        return first.attack
    rows = [row for row in result.rows if row.significance == "significant"]
    if first:
        rows = [row for row in _of_class(result, first) or result.rows if row.model == first.model]
    found = [(row.drop.value, row.attack) for row in rows if row.drop]
    return max(found, default=(0.0, None))[1]


def _of_class(result: Result, finding: Finding) -> list[Row]:
    """The drops of all models on the true class of a finding, under its attack."""
    if finding.kind != "class":
        return []
    part = (TRUE_LABEL, finding.compared[0].name)
    return [
        row
        for row in result.slices
        if row.slice and (row.slice.column, row.slice.value) == part and finding.attack in (None, row.attack)
    ]


def _class_rule(result: Result, attacks: Mapping[str, str]) -> Iterator[str]:
    """A rule for the class of the first finding, where that is one of a class."""
    first = first_finding(result)
    found = _of_class(result, first) if first else []
    worst = max(found, key=_room, default=None)
    if first is None or worst is None or _room(worst) < 0:
        return
    rule = {
        **({"attacks": [attacks[first.attack]]} if first.attack else {}),
        "slices": [f"{TRUE_LABEL}={first.compared[0].name}"],
        "max_drop": _room(worst),
    }
    text = to_toml({"gate": {"rule": [rule]}})
    yield f"# For the finding that {first.sentence()}.\n{text}"


def _more_trials(result: Result, unsure: Sequence[Row]) -> str:
    """Which of these drops more examples of the same data would likely make significant."""
    plan = result.plan
    now, at_hand = plan["examples"], plan["data"]["examples"]
    if at_hand <= now:
        return f"all {count(now, 'example')} of the data are used"
    tests = max((correction.tests for correction in result.corrections), default=1)
    enough = [
        (needed, row)
        for row in unsure
        if not row.few_examples
        and (needed := examples_for_significance(row.p_value, examples=now, tests=tests)) is not None
        and needed <= at_hand
    ]
    draws = plan["trials"] // now

    def trials(examples: int) -> str:
        several = f" {option('examples', examples)}" if draws > 1 else ""
        return f"{option('trials', examples * draws)}{several}"

    if not enough:
        if _may_settle(unsure, times=at_hand / now, tests=tests - _significant(result)):
            return f"{trials(at_hand)}, all examples of the data, may settle some of them"
        return f"even all {at_hand:,} examples of the data would likely leave them so"
    more = trials(min(_rounded_up(max(needed for needed, _ in enough)), at_hand))
    _, surest = min(enough, key=lambda each: each[0])
    others = f" and {len(enough) - 1} more" if len(enough) > 1 else ""
    which = f"model {visible(surest.model)} under {visible(surest.attack)}{others}"
    return f"{more} would likely make significant, if they stay as large: {which}"


def _significant(result: Result) -> int:
    return sum(row.significance == "significant" for row in result.rows)


def _may_settle(unsure: Sequence[Row], *, times: float, tests: int) -> bool:
    """Whether the chance that `times` the examples settle any of these drops may be one half or more.

    The first of them that Holm's procedure rejects is tested at the level of the tests that are left; the
    chance that any is rejected is at most the sum. Too few changed examples are settled by enough of them.
    """
    if any(row.few_examples and row.examples_changed * times >= FEW_EXAMPLES for row in unsure):
        return True
    known = [row.p_value for row in unsure if row.p_value is not None and not row.few_examples]
    return sum(chance_of_significance(each, times=times, tests=max(tests, 1)) for each in known) >= 0.5  # noqa: PLR2004


def _rounded_up(number: int) -> int:
    """To two digits: it is a forecast."""
    digit: int = 10 ** max(len(str(number)) - 2, 0)
    return math.ceil(number / digit) * digit


def _training_step(result: Result) -> Iterator[str]:
    """How to train on texts under the attack of the first finding."""
    attack, data = _attack_found(result), result.plan["data"]
    if attack is None or not (given := _given_data(data)):
        return
    expressions = {attack["name"]: attack["expression"] for attack in result.plan["attacks"]}
    command = ["robustaudit augment", shlex.quote(given)]
    command += [option(field, value) for field, value in data.get("reading", {}).items()]
    command.append(option("attacks", _lasting(attack, expressions[attack])))
    yield f"train on perturbed copies: {' '.join(command)} -o augmented.csv"
