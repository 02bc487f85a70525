"""What a run until decided has settled, as a table for a terminal or a pipe."""

import math
from collections.abc import Iterable
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from robustaudit.core.display import percent, visible
from robustaudit.reports.text import points
from robustaudit.runs.result import Result
from robustaudit.statistics.sequential import SequentialResult, cell_alpha, fewest_groups

_NOTHING = "–"
_STYLES = {"passed": "green", "failed": "bold red", "inconclusive": "yellow"}


def render_decisions(result: Result) -> RenderableType:
    """The question and, for each model, a table of answers."""
    tables = (_model(result, model) for model in result.plan["models"])
    return Group(
        Padding(Text(sequential_question(result)), (1, 0, 0, 0)), *tables, Padding(_legend(result), (1, 0))
    )


def sequential_question(result: Result) -> str:
    """What the run was to decide, and what that took."""
    rules = result.plan["until_decided"]
    trials = sum(decision.trials for decision in result.decisions)
    most = result.plan["trials"] * len(result.decisions)
    certain = f"{points(1 - rules['alpha'])} %"
    return (
        f"Is the drop at most {points(rules['max_drop'])} points? All answers are right with {certain} "
        f"certainty;\nthey took {trials:,} of {most:,} trials."
    )


def _model(result: Result, model: dict[str, Any]) -> RenderableType:
    title = Text(visible(f"Model {model['name']}: {model['title']}"), style="bold")
    decisions = [decision for decision in result.decisions if decision.model == model["name"]]
    return Padding(Group(title, _table(decisions)), (1, 0, 0, 0))


def _table(decisions: Iterable[SequentialResult]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, expand=True, padding=(0, 1), show_edge=False, header_style="dim")
    table.add_column("attack", ratio=1, overflow="fold")
    table.add_column("answer", no_wrap=True)
    for name in ("drop,\npoints", "it is surely", "groups", "model\ncalls"):
        table.add_column(name, justify="right", no_wrap=True)
    for decision in decisions:
        table.add_row(
            Text(visible(decision.attack), style="bold"),
            Text(decision.verdict, style=_STYLES[decision.verdict]),
            *map(Text, decision_figures(decision)),
        )
    return table


def decision_figures(decision: SequentialResult) -> tuple[str, str, str, str]:
    """The drop in points, what is sure of it, and the groups and calls of the model that it took."""
    drop = _NOTHING if decision.drop is None else percent(decision.drop)
    return drop, bound_text(decision), f"{decision.groups:,}", f"{decision.model_calls:,}"


def bound_text(decision: SequentialResult) -> str:
    """What is sure of a drop: `under 4.2`."""
    low, high = confidence_bounds(decision)
    if low is not None and high is not None:
        return f"{percent(low)} to {percent(high)}"
    if high is not None:
        return f"under {percent(high)}"
    return _NOTHING if low is None else f"over {percent(low)}"


def confidence_bounds(decision: SequentialResult) -> tuple[float | None, float | None]:
    """The least and the most that a drop surely is, as far as its verdict says so; rounded outwards."""
    # What is sure of a bound is sure of what is shown.
    low = math.floor(round(1000 * decision.drop_low, 6)) / 1000
    high = math.ceil(round(1000 * decision.drop_high, 6)) / 1000
    match decision.verdict:
        case "passed":
            return None, high
        case "failed":
            return low, None
        case "inconclusive":
            return (low, high) if decision.drop is not None else (None, None)


def _legend(result: Result) -> Text:
    lines = [
        "Drops are over the trials whose text changed, each group weighing alike;",
        "what is sure of them is so of further texts like these.",
    ]
    unsettled = [decision for decision in result.decisions if decision.verdict == "inconclusive"]
    if any(decision.drop is None for decision in unsettled):
        lines.append("No text was changed by an attack whose drop is –: there is nothing to decide.")
    if unsettled:
        lines.append("Inconclusive: the data, or --trials, ended before the evidence sufficed.")
        lines += _too_few(result, unsettled)
    return Text("\n".join(lines), style="dim")


def _too_few(result: Result, unsettled: Iterable[SequentialResult]) -> list[str]:
    rules, plan = result.plan["until_decided"], result.plan
    alpha = cell_alpha(rules["alpha"], models=len(plan["models"]), attacks=len(plan["attacks"]))
    fewest = fewest_groups(rules["max_drop"], alpha=alpha)
    if fewest is None or max(decision.groups for decision in unsettled) >= fewest:
        return []
    return [f"With so many models and attacks, 'kept' takes {fewest:,} changed groups or more."]
