"""A configuration to start from: rules that a first run keeps, with room, each with its reason."""

import json
import math
import shlex
from collections.abc import Iterator
from pathlib import Path

from robustaudit.attacks import parse_attack
from robustaudit.core import defaults
from robustaudit.core.display import percent, visible
from robustaudit.core.errors import UserError
from robustaudit.datasets import BUILT_IN
from robustaudit.reports.text import count, interval
from robustaudit.runs.result import Result, Row
from robustaudit.statistics.intervals import LEVEL
from robustaudit.statistics.measures import FEW_EXAMPLES

_FALL = 0.03  # from a baseline

_HEAD = """\
# The gate of this project; docs/gate.md of robustaudit says what each key means.
#
#     robustaudit run --gate      audits anew and leaves with 1 where a rule fails
#     robustaudit gate RUN        judges a run that is there
"""

_GATE = """\
[gate]
# What comes of a rule that the data neither shows kept nor violated: "warn", "fail" or "pass".
on_inconclusive = "warn"
# Against creeping losses: `robustaudit baseline save RUN` writes a file to commit, and this rule says by how
# much the accuracy on perturbed texts may fall from it. A share: {fall:g} is {points:g} points.
# max_regression = {fall:g}

# The drops that the first run found. Each threshold lies as far above the upper bound of the interval as that
# lies above the drop, rounded up, so that the same models audited on other texts keep it nearly always. Lower
# them to what your users can bear: a rule that cannot fail protects nobody.
"""


def starter_config(result: Result) -> str:
    """The text of a `robustaudit.toml` for the models and attacks of a run.

    Raises:
        UserError: too few texts were changed to set any threshold, or the run chose its own size.
    """
    if result.plan.get("until_decided"):
        raise UserError("thresholds need intervals, which a run until decided has not: give another run")
    attacks = {
        attack["name"]: _lasting(attack["name"], attack["expression"]) for attack in result.plan["attacks"]
    }
    worst = {name: max((row for row in result.rows if row.attack == name), key=_room) for name in attacks}
    if all(_room(row) < 0 for row in worst.values()):
        raise UserError(
            f"thresholds need {FEW_EXAMPLES} changed examples of an attack: audit more texts first"
        )
    rules = (_rule(attacks[name], row) for name, row in worst.items())
    fall = _fall(result)
    gate = _GATE.format(fall=fall, points=100 * fall)
    return "\n".join([_HEAD, *_run(result, list(attacks.values())), gate, *rules])


def _fall(result: Result) -> float:
    """A fall in whole points that a model which did not change is shown to stay under, on so many groups."""
    groups = min(row.groups_changed for row in result.rows if not row.few_examples)
    return max(_FALL, math.ceil(100 * (1 - math.pow(LEVEL, 1 / groups))) / 100)


def _lasting(name: str, expression: str) -> str:
    """The name of an attack or, where the run gave it a rate that the name has not, all of it."""
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


def _run(result: Result, attacks: list[str]) -> Iterator[str]:
    plan, data = result.plan, result.plan["data"]
    yield "# What `robustaudit run` takes where the command line says nothing."
    yield "[run]"
    if given := data.get("path") or (data["name"] if _has_a_name(data["name"]) else None):
        yield f"data = {_toml(given)}"
    else:
        yield "# The data of the run has no name that could stand here: give --data."
    yield from (f"{field} = {_toml(value)}" for field, value in data.get("reading", {}).items())
    yield f"models = {_toml([model['name'] for model in plan['models']])}"
    yield f"attacks = {_toml(attacks)}"
    yield from (f"{key} = {plan[key]}" for key in ("trials", "examples", "seed"))
    if slices := plan.get("slices"):
        yield f"slices = {_toml(list(slices))}"
    if (segmentation := plan["segmentation"].split()[0]) != defaults.SEGMENTATION:
        yield f"segmentation = {_toml(segmentation)}"
    if baseline := plan.get("baseline_model"):
        yield f"baseline_model = {_toml(baseline)}"
    yield ""


def _has_a_name(data: str) -> bool:
    return data in BUILT_IN or data.startswith("hf:")


def _rule(attack: str, row: Row) -> str:
    """The rule of an attack, from the row that lost most; as a comment where too little is known."""
    head = f"[[gate.rule]]\nattacks = {_toml([attack])}\nmax_drop = "
    if row.drop is None or _room(row) < 0:
        return (
            f"# Too few texts were changed to say how much is lost.\n{head}0.1".replace("\n", "\n# ") + "\n"
        )
    measured = f"{percent(row.drop.value)} points {interval(row.drop)}, model {visible(row.model)}"
    return f"# Measured: {measured}.\n{head}{_room(row):g}\n"


def _toml(value: object) -> str:
    """A string, or list of strings, as TOML writes it: as JSON does but for one control character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


_MORE = 4  # times the trials: about half the interval


def next_steps(result: Result, folder: Path) -> Iterator[str]:
    """How to read more of it; and what would settle what it leaves open, or else hold on to what it found."""
    run = shlex.quote(str(folder))
    yield f"to read on in a browser: robustaudit report {run}"
    drops = [row for row in result.rows if row.drop is not None]
    if result.decisions or result.plan["examples"] == 1 or not drops:
        return
    unsure = [row for row in drops if row.significance == "n.s." or row.few_examples]
    if not unsure:
        yield f"to hold later versions to this: robustaudit init {run}"
        return
    trials = result.plan["trials"]
    more = min(_MORE * trials, result.plan["data"].get("rows") or _MORE * trials)
    if more > trials:
        what = f"{len(unsure)} of {count(len(drops), 'drop')}"
        yield f"not certain: {what}; more trials tell more, such as --trials {more}"
    yield f"to know how many examples it takes: robustaudit plan --max-drop 0.05 --pilot {run}"
