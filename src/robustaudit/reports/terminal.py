"""A result as tables for a terminal or a pipe, of any width from 80 columns."""

from collections.abc import Iterable, Mapping
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from robustaudit.core.display import visible
from robustaudit.engine import FEW_EXAMPLES, Estimate, Result, Row
from robustaudit.reports.figures import percent
from robustaudit.reports.marked import marked

_WIDE = 120  # columns from which an example has a column of its own
_NOTHING = "–"


def render(result: Result, *, width: int) -> RenderableType:
    """What was audited and, for each model, a table of its drops; `width` in columns."""
    tables = (_model(result, model, width) for model in result.plan["models"])
    return Group(_header(result), *tables, _legend(result.rows))


def _header(result: Result) -> RenderableType:
    plan = result.plan
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold")
    grid.add_column()
    grid.add_row("data", visible(plan["data"]["title"]))
    grid.add_row("audited", _count(plan["examples"], "example"))
    grid.add_row("trials", f"{plan['trials']:,} for each model and attack, seed {plan['seed']}")
    if (baseline := plan["baseline"]) and baseline["accuracy"]:
        grid.add_row("baseline", f"{baseline['title']}, {_accuracy(baseline)}")
    grid.add_row("took", f"{result.seconds:.1f} s")
    return Padding(grid, (1, 0, 0, 0))


def _accuracy(model: Mapping[str, Any]) -> str:
    return f"{percent(model['accuracy']['test'])} % right on the test split of {model['accuracy']['data']}"


def _model(result: Result, model: Mapping[str, Any], width: int) -> RenderableType:
    title = Text(visible(f"Model {model['name']}: {model['title']}"), style="bold")
    if model["accuracy"]:
        title.append(f" ({_accuracy(model)})", style="not bold dim")
    rows = [row for row in result.rows if row.model == model["name"]]
    table = _wide(rows) if width >= _WIDE else _narrow(rows)
    return Padding(Group(title, table), (1, 0, 0, 0))


def _wide(rows: Iterable[Row]) -> Table:
    table = _table("attack", "example", "label", drop="drop, points [95 %]")
    table.columns[1].ratio = 1
    for row in rows:
        label = Text(str(row.shown.label) if row.shown else _NOTHING)
        table.add_row(
            Text(visible(row.attack), style="bold"), _example(row), label, *_figures(row, between="  ")
        )
    return table


def _narrow(rows: Iterable[Row]) -> Table:
    table = _table("attack, true label, example", drop="drop, points\n[95 %]")
    table.columns[0].ratio = 1
    table.show_lines = True
    for row in rows:
        cell = Text(visible(row.attack), style="bold")
        if row.shown:
            cell.append(f", label {row.shown.label}", style="not bold dim")
        table.add_row(Group(cell, _example(row)), *_figures(row, between="\n"))
    return table


def _table(*leading: str, drop: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, expand=True, padding=(0, 1), show_edge=False, header_style="dim")
    for name in leading:
        table.add_column(name, overflow="fold")
    for name in ("clean\n%", "pert.\n%", drop, "flips", "changed"):
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _example(row: Row) -> Text:
    if row.shown is None:
        return Text("nothing was changed: no text has a place for it", style="dim italic")
    return marked(row.shown.clean_text, row.shown.edits, budget=120)


def _figures(row: Row, *, between: str) -> tuple[Text, ...]:
    changed = Text(f"{row.trials_changed}/{row.trials}")
    if row.trials_changed == 0:
        return (*(Text(_NOTHING, style="dim") for _ in range(4)), changed)
    return (
        Text(_value(row.clean_accuracy)),
        Text(_value(row.perturbed_accuracy)),
        _drop(row, between),
        Text(str(row.flips)),
        changed,
    )


def _drop(row: Row, between: str) -> Text:
    drop = Text(_value(row.drop), style="bold")
    drop.append(f"{between}{_interval(row.drop)}", style="not bold")
    if row.few_examples:
        drop.append(f"\nonly {_count(row.examples_changed, 'example')}", style="not bold yellow")
    return drop


def _legend(rows: Iterable[Row]) -> RenderableType:
    rows = list(rows)
    lines = ["Clean, perturbed and drop are over the trials whose text changed; {was→is} marks an edit."]
    if any(row.interval_unit == "draw" for row in rows):
        lines.append(
            "One example alone: the interval speaks of further draws of that text, not of other texts."
        )
    if any(row.few_examples for row in rows):
        lines.append(
            f"Rows marked 'only' rest on fewer than {FEW_EXAMPLES} changed examples: that is little."
        )
    return Padding(Text("\n".join(lines), style="dim"), (1, 0))


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" + "s" * (number != 1)


def _value(estimate: Estimate | None) -> str:
    return _NOTHING if estimate is None else percent(estimate.value)


def _interval(estimate: Estimate | None) -> str:
    if estimate is None or estimate.low is None or estimate.high is None:
        return "no interval"
    return f"[{percent(estimate.low)}, {percent(estimate.high)}]"
