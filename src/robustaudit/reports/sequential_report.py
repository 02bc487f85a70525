"""The conclusions of a sequential test, as a table for a terminal or a pipe."""

import math
from collections.abc import Iterable, Iterator
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from robustaudit.core.display import percent
from robustaudit.core.spelling import named
from robustaudit.reports.layout import legend, section, strong, table
from robustaudit.reports.text import NOTHING, points
from robustaudit.runs.result import Result
from robustaudit.statistics.sequential import SequentialResult, cell_alpha, fewest_groups

_FIGURES = ("drop,\npp", "confidence\nbound", "groups", "model\ncalls")
_STYLES = {"passed": "green", "failed": "bold red", "inconclusive": "yellow"}


def render_decisions(result: Result) -> RenderableType:
    """The hypothesis and, for each model, a table of conclusions."""
    tables = (_model(result, model) for model in result.plan["models"])
    question = Padding(Text(sequential_question(result)), (1, 0, 0, 0))
    return Group(question, *tables, legend(_legend(result)))


def sequential_question(result: Result) -> str:
    """The threshold of the test, its error probability, and the trials that it took."""
    rules = result.plan["until_decided"]
    trials = sum(decision.trials for decision in result.decisions)
    most = result.plan["trials"] * len(result.decisions)
    return (
        f"Sequential test: passed if the drop is at most {points(rules['max_drop'])} pp, failed if above.\n"
        f"Trials used: {trials:,} of {most:,}. Family-wise error rate: at most {points(rules['alpha'])}%."
    )


def _model(result: Result, model: dict[str, Any]) -> RenderableType:
    made = table(
        "attack",
        "outcome",
        figures=("drop,\npp", "confidence\nbound", "groups", "model\ncalls"),
        expand=True,
    )
    made.columns[0].ratio = 1
    made.columns[1].no_wrap = True
    for decision in result.decisions:
        if decision.model == model["name"]:
            outcome = Text(decision.outcome, style=_STYLES[decision.outcome])
            made.add_row(strong(decision.attack), outcome, *decision_figures(decision))
    return section(f"Model {model['name']}: {model['title']}", made)


def decision_figures(decision: SequentialResult) -> tuple[str, str, str, str]:
    """The drop in percentage points, its confidence bound, and the groups and model calls that it took."""
    drop = NOTHING if decision.drop is None else percent(decision.drop)
    return drop, bound_text(decision), f"{decision.groups:,}", f"{decision.model_calls:,}"


def bound_text(decision: SequentialResult) -> str:
    """The confidence bound of a drop: `at most 4.2`."""
    low, high = confidence_bounds(decision)
    if low is not None and high is not None:
        return f"{percent(low)} to {percent(high)}"
    if high is not None:
        return f"at most {percent(high)}"
    return NOTHING if low is None else f"at least {percent(low)}"


def confidence_bounds(decision: SequentialResult) -> tuple[float | None, float | None]:
    """The confidence bounds of a drop that its conclusion rests on; rounded outwards."""
    # What holds of a bound holds of what is shown.
    low = math.floor(round(1000 * decision.drop_low, 6)) / 1000
    high = math.ceil(round(1000 * decision.drop_high, 6)) / 1000
    match decision.outcome:
        case "passed":
            return None, high
        case "failed":
            return low, None
        case "inconclusive":
            return (low, high) if decision.drop is not None else (None, None)


def _legend(result: Result) -> Iterator[str]:
    yield "Drops are over the trials whose text changed, each group with the same weight;"
    yield "confidence bounds hold for further texts like these."
    unsettled = [decision for decision in result.decisions if decision.outcome == "inconclusive"]
    if any(decision.drop is None for decision in unsettled):
        yield f"{NOTHING}: the attack is not applicable to any text."
    if unsettled:
        yield f"Inconclusive: data or {named('trials')} exhausted before the evidence sufficed."
        yield from _too_few(result, unsettled)


def _too_few(result: Result, unsettled: Iterable[SequentialResult]) -> Iterator[str]:
    rules, plan = result.plan["until_decided"], result.plan
    alpha = cell_alpha(rules["alpha"], models=len(plan["models"]), attacks=len(plan["attacks"]))
    fewest = fewest_groups(rules["max_drop"], alpha=alpha)
    if fewest is not None and max(decision.groups for decision in unsettled) < fewest:
        yield f"With this many models and attacks, 'passed' takes at least {fewest:,} changed groups."
