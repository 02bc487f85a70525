"""A configuration to start from: rules that a first run keeps, with room, each with its reason."""

import json
import math
from collections.abc import Iterator

from robustaudit.core.display import visible
from robustaudit.engine import Estimate, Result, Row
from robustaudit.reports.figures import percent

_HEAD = """\
# The gate of this project; docs/gate.md of robustaudit says what each key means.
#
#     robustaudit run --gate      audits anew and leaves with 1 where a rule fails
#     robustaudit gate RUN        judges a run that is there
"""

_GATE = """\
[gate]
# What comes of a rule that the data neither shows kept nor violated: "warn", "fail" or "pass".
undecided = "warn"
# Against creeping losses: `robustaudit baseline save RUN` writes a file to commit, and this rule says by how
# much the accuracy on perturbed texts may fall from it. A share: 0.03 is 3 points.
# max_regression = 0.03

# The drops that the first run found. Each threshold lies as far above the upper bound of the interval as that
# lies above the drop, rounded up, so that the same models audited on other texts keep it nearly always. Lower
# them to what your users can bear: a rule that cannot fail protects nobody.
"""


def starter(result: Result) -> str:
    """The text of a `robustaudit.toml` for the models and attacks of a run."""
    rules = (
        _rule(attack, [row for row in result.rows if row.attack == attack]) for attack in _attacks(result)
    )
    return "\n".join([_HEAD, *_run(result), _GATE, *rules])


def room(drop: Estimate) -> float | None:
    """A threshold as far above the upper bound as that is above the drop, in whole points."""
    if drop.high is None:
        return None
    wanted = drop.high + (drop.high - drop.value)
    return min(max(math.ceil(round(wanted * 100, 6)) / 100, 0.01), 1.0)


def _run(result: Result) -> Iterator[str]:
    plan = result.plan
    yield "# What `robustaudit run` takes where the command line says nothing."
    yield "[run]"
    yield f"data = {_toml(plan['data']['name'])}"
    yield f"models = {_toml([model['name'] for model in plan['models']])}"
    yield f"attacks = {_toml(_attacks(result))}"
    yield from (f"{key} = {plan[key]}" for key in ("trials", "examples", "seed"))
    yield ""


def _attacks(result: Result) -> list[str]:
    return [attack["name"] for attack in result.plan["attacks"]]


def _rule(attack: str, rows: list[Row]) -> str:
    """The rule of an attack, by the model that lost most; as a comment where too little is known."""
    known = [
        (threshold, row, row.drop)
        for row in rows
        if row.drop and not row.few_examples and (threshold := room(row.drop)) is not None
    ]
    head = f"[[gate.rule]]\nattacks = {_toml([attack])}"
    if not known:
        lines = [
            f"# {visible(attack)}: too few texts were changed to say how much is lost.",
            head,
            "max_drop = 0.1",
        ]
        return "\n".join(lines).replace("\n", "\n# ") + "\n"
    threshold, row, drop = max(known, key=lambda each: each[0])
    measured = f"{percent(drop.value)} points [{percent(drop.low or 0)}, {percent(drop.high or 0)}]"
    return f"# Measured: {measured}, model {visible(row.model)}.\n{head}\nmax_drop = {threshold:g}\n"


def _toml(value: object) -> str:
    """A string, or list of strings, as TOML writes it: as JSON does but for one control character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
