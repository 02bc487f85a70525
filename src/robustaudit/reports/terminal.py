"""A result as tables for a terminal or a pipe, of any width from 80 columns."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from robustaudit.core.display import percent, visible
from robustaudit.reports.all_measures import details, drop_table, overall
from robustaudit.reports.notes import (
    any_noise,
    data_notes,
    label_lines,
    repeat_check_lines,
    skipped_counts,
    skipped_lines,
)
from robustaudit.reports.sequential_report import render_decisions
from robustaudit.reports.text import count, interval, mark_edits, value
from robustaudit.runs.result import Result, Row
from robustaudit.statistics.measures import FEW_EXAMPLES

_WIDE = 140  # columns from which an example has a column of its own
_NOTHING = "–"
_STYLES = {"significant": "red", "n.s.": "yellow", "no drop": "green", None: ""}


def render(result: Result, *, width: int, verbose: bool = False, brief: bool = False) -> RenderableType:
    """What was audited and, for each model, a table of its drops, or of decisions; `width` in columns.

    Verbose, the other measures, the curves of worst of k, and slices follow; brief, there is one table of all
    drops alone.
    """
    if brief and not result.decisions:
        return Group(_header(result), *drop_table(result, width=width), _legend(result, brief=True))
    more = details(result, width=width) if verbose else ()
    if result.decisions:
        shown = (_header(result), render_decisions(result), *_warnings(result))
        return Group(*shown, Padding(Group(*more), (0, 0, int(verbose), 0)))
    tables = (_model(result, model, width) for model in result.plan["models"])
    return Group(_header(result), *tables, *overall(result, width=width), *more, _legend(result))


def _header(result: Result) -> RenderableType:
    plan = result.plan
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="bold")
    grid.add_column()
    grid.add_row("data", visible(plan["data"]["title"]))
    for note in data_notes(result):
        grid.add_row("", note)
    most = "at most " if result.decisions else ""
    grid.add_row("audited", most + count(plan["examples"], "example"))
    grid.add_row("trials", f"{most}{plan['trials']:,} for each model and attack, seed {plan['seed']}")
    for place, line in enumerate(label_lines(result)):
        grid.add_row("" if place else "labels", line)
    if (baseline := plan["tfidf_baseline"]) and _beside(baseline, plan):
        grid.add_row("baseline", f"{visible(baseline['title'])}, {_accuracy(baseline)}")
    grid.add_row("took", f"{result.seconds:.1f} s")
    return Padding(grid, (1, 0, 0, 0))


def _beside(baseline: Mapping[str, Any], plan: Mapping[str, Any]) -> bool:
    """Whether the baseline's accuracy is known on the data that was audited, and a model's too."""
    data = (baseline["accuracy"] or {}).get("data")
    known = {(model["accuracy"] or {}).get("data") for model in plan["models"]}
    return data == plan["data"]["name"] and data in known


def _accuracy(model: Mapping[str, Any]) -> str:
    accuracy = model["accuracy"]
    return f"{percent(accuracy['test'])} % right on the test split of {visible(accuracy['data'])}"


def _model(result: Result, model: Mapping[str, Any], width: int) -> RenderableType:
    title = Text(visible(f"Model {model['name']}: {model['title']}"), style="bold")
    if model["accuracy"]:
        title.append(f" ({_accuracy(model)})", style="not bold dim")
    rows = [row for row in result.rows if row.model == model["name"]]
    noise = ("noise\n%",) if any_noise(result) else ()
    table = _wide(rows, noise) if width >= _WIDE else _narrow(rows, noise)
    return Padding(Group(title, table), (1, 0, 0, 0))


def _wide(rows: Iterable[Row], noise: tuple[str, ...]) -> Table:
    table = _table("attack", "example", "label", drop=("drop, points [95 %]", ""), noise=noise)
    table.columns[1].ratio = 1
    table.columns[4].justify = "left"
    for row in rows:
        label = Text(str(row.example_trial.label) if row.example_trial else _NOTHING)
        drop = (_drop(row, between="  "), _said(row))
        table.add_row(
            Text(visible(row.attack), style="bold"), _example(row), label, *drop, *_figures(row, noise)
        )
    return table


def _narrow(rows: Iterable[Row], noise: tuple[str, ...]) -> Table:
    table = _table("attack, true label, example", drop=("drop, points\n[95 %]",), noise=noise)
    table.columns[0].ratio = 1
    table.show_lines = True
    for row in rows:
        cell = Text(visible(row.attack), style="bold")
        if row.example_trial:
            cell.append(f", label {row.example_trial.label}", style="not bold dim")
        drop = Text("\n").join([_drop(row, between="\n"), _said(row)])
        table.add_row(Group(cell, _example(row)), drop, *_figures(row, noise))
    return table


def _table(*leading: str, drop: tuple[str, ...], noise: tuple[str, ...]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, expand=True, padding=(0, 1), show_edge=False, header_style="dim")
    for name in leading:
        table.add_column(name, overflow="fold")
    for name in (*drop, "clean\n%", "pert.\n%", "flips", *noise, "changed"):
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _example(row: Row) -> Text:
    if row.example_trial is None:
        nothing = (
            "no changed text was answered"
            if row.skipped
            else "nothing was changed: no text has a place for it"
        )
        return Text(nothing, style="dim italic")
    return mark_edits(row.example_trial.clean_text, row.example_trial.edits, budget=120)


def _figures(row: Row, noise: tuple[str, ...]) -> tuple[Text, ...]:
    changed = Text("\n".join((f"{row.trials_changed}/{row.trials}", *skipped_counts(row))))
    if row.trials_changed == 0:
        return (*(Text(_NOTHING, style="dim") for _ in ("clean", "pert.", "flips", *noise)), changed)
    return (
        Text(value(row.clean_accuracy)),
        Text(value(row.perturbed_accuracy)),
        Text(str(row.flips)),
        *(Text(value(row.on_changed.noise)) for _ in noise),
        changed,
    )


def _drop(row: Row, *, between: str) -> Text:
    if row.drop is None:
        return Text(_NOTHING, style="dim")
    return Text(value(row.drop), style="bold").append(f"{between}{interval(row.drop)}", style="not bold")


def _said(row: Row) -> Text:
    """What a row is worth, in words."""
    if row.few_examples:
        return Text(f"only {count(row.examples_changed, 'example')}", style="yellow")
    return Text(row.significance or "", style=_STYLES[row.significance])


def _legend(result: Result, *, brief: bool = False) -> RenderableType:
    rows = result.rows
    lines = ["Clean, perturbed and drop are over the trials whose text changed; {was→is} marks an edit."]
    if brief:
        lines = ["Drops are over the trials whose text changed."]
    elif any_noise(result):
        lines.append("Noise: how often a clean text has another answer when it is asked once more.")
    if result.corrections:
        tests = count(result.corrections[0].tests, "drop")
        lines.append(f"Certain: above 0 by Holm's method over {tests} (at 2.5 %: one side of an interval).")
    if not brief and any(row.significance == "no drop" for row in rows):
        lines.append("No drop: the interval, taken by itself, lies below 0.")
    if any(row.interval_unit == "draw" for row in rows):
        lines.append(
            "One example alone: the interval speaks of further draws of that text, not of other texts."
        )
    if any(row.few_examples for row in rows):
        marked_so = "Drops marked '?'" if brief else "Rows marked 'only'"
        lines.append(f"{marked_so} rest on fewer than {FEW_EXAMPLES} changed examples: that is little.")
    return Padding(Group(Text("\n".join(lines), style="dim"), *_warnings(result)), (1, 0))


def _warnings(result: Result) -> Iterator[RenderableType]:
    """Whether models answered alike when asked again, and how many trials are in no figure."""
    for line in repeat_check_lines(result):
        yield Text(line, style="dim")
    for line in skipped_lines(result):
        yield Text(line)
