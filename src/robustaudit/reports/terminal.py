"""A result as tables for a terminal or a pipe, of any width from 80 columns."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from robustaudit.core.display import percent, visible
from robustaudit.reports.all_measures import details, overall
from robustaudit.reports.layout import facts, legend, section, strong, table
from robustaudit.reports.notes import (
    any_noise,
    data_notes,
    form_lines,
    in_use_lines,
    label_lines,
    no_figure,
    one_example_lines,
    repeat_check_lines,
    significance_line,
    skipped_counts,
    skipped_lines,
    smallest_failure_lines,
    strength_lines,
    truncation_lines,
)
from robustaudit.reports.overview import any_few, drops, glance
from robustaudit.reports.sequential_report import render_decisions
from robustaudit.reports.summary import summary
from robustaudit.reports.text import (
    NOTHING,
    count,
    interval,
    mark_trial,
    sentence,
    shown_of_edits,
    value,
    value_in,
)
from robustaudit.runs.named_classes import class_text
from robustaudit.runs.result import Result, Row
from robustaudit.statistics.measures import FEW_EXAMPLES

_WIDE = 140  # columns from which an example has a column of its own
_STYLES = {"significant": "red", "n.s.": "yellow", "no drop": "green", None: ""}
_ACCURACIES = ("clean\nacc. %", "under\nattack")


def render(result: Result, *, width: int, verbose: bool = False, brief: bool = False) -> RenderableType:
    """The findings, the drops of all models at a glance, and examples of the worst; `width` in columns.

    Verbose, a table of each model with an example of each row, all findings, the other measures, worst-of-k
    accuracy and slices follow; brief, there is no more than the drops.
    """
    head = (*_header(result), *(_full_names(result) if verbose else ()))
    header = Group(Padding(facts(head), (1, 0, 0, 0)), *_findings(result, every=verbose))
    if brief and not result.decisions:
        return Group(header, *drops(result, width=width), _legend(result, brief=True))
    more = details(result, width=width) if verbose else ()
    if result.decisions:
        conclusions = (header, render_decisions(result), *_warnings(result))
        return Group(*conclusions, Padding(Group(*more), (0, 0, int(verbose), 0)))
    parts = () if result.plan["examples"] == 1 else glance(result, width=width)
    # Of one text a table has all there is.
    alone = verbose or result.plan["examples"] == 1
    tables = (_model(result, model, width) for model in result.plan["models"] if alone)
    return Group(header, *parts, *overall(result, width=width), *tables, *more, _legend(result))


def _findings(result: Result, *, every: bool = False) -> Iterator[RenderableType]:
    """The findings in sentences, at most three or every one."""
    made = Table.grid(padding=(0, 1))
    lines = [f"{sentence(each.sentence())}." for each in result.findings] if every else summary(result)
    for line in lines or summary(result):
        made.add_row("•", line)
    if made.rows:
        yield section("Findings", made)


def test_accuracy(model: Mapping[str, Any]) -> str:
    """The accuracy of a model that was trained here: `test accuracy 79.8% (reviews)`."""
    accuracy = model["accuracy"]
    return f"test accuracy {percent(accuracy['test'])}% ({visible(accuracy['data'])})"


def _header(result: Result) -> Iterator[tuple[str, str]]:
    plan = result.plan
    most = "at most " if result.decisions else ""
    yield "data", visible(plan["data"]["title"])
    for note in data_notes(result):
        yield "data", note
    yield "examples", f"{most}{plan['examples']:,}"
    yield "trials", f"{most}{plan['trials']:,} per model and attack, seed {plan['seed']}"
    for line in strength_lines(result):
        yield "attacks", line
    for model in plan["models"]:
        accuracy = f", {test_accuracy(model)}" if model["accuracy"] else ""
        yield "models", f"{visible(model['name'])}: {visible(model['title'])}{accuracy}"
    for line in form_lines(result):
        yield "form", line
    for line in label_lines(result):
        yield "labels", line
    if (baseline := plan["tfidf_baseline"]) and _same_data(baseline, plan):
        yield "baseline", f"{visible(baseline['title'])}, {test_accuracy(baseline)}"
    yield "time", f"{result.seconds:.1f} s"


def _full_names(result: Result) -> Iterator[tuple[str, str]]:
    """The models with an alias or a short name, with the full name of each."""
    for model in result.plan["models"]:
        if model["uri"] not in (None, model["name"]):
            yield "models", visible(f"{model['name']}: {model['uri']}")


def _same_data(baseline: Mapping[str, Any], plan: Mapping[str, Any]) -> bool:
    """Whether the baseline's accuracy is known on the data that was audited, and a model's too."""
    data = (baseline["accuracy"] or {}).get("data")
    known = {(model["accuracy"] or {}).get("data") for model in plan["models"]}
    return data == plan["data"]["name"] and data in known


def _model(result: Result, model: Mapping[str, Any], width: int) -> RenderableType:
    title = strong(f"Model {model['name']}: {model['title']}")
    if model["accuracy"]:
        title.append(f", {test_accuracy(model)}", style="not bold dim")
    rows = [row for row in result.rows if row.model == model["name"]]
    noise = ("noise\n%",) if any_noise(result) else ()
    return section(title, (_wide if width >= _WIDE else _narrow)(rows, noise))


def _wide(rows: Iterable[Row], noise: tuple[str, ...]) -> Table:
    figures = ("drop, pp [95% CI]", "", *_ACCURACIES, "flips", *noise, "changed")
    made = table("attack", "example", "label", figures=figures, expand=True)
    made.columns[1].ratio = 1
    made.columns[4].justify = "left"
    for row in rows:
        label = visible(row.example_trial.label_name) if row.example_trial else NOTHING
        drop = (_drop(row, between="  "), _verdict(row, between=" "))
        made.add_row(strong(row.attack), _example(row), label, *drop, *_figures(row, noise))
    return made


def _narrow(rows: Iterable[Row], noise: tuple[str, ...]) -> Table:
    figures = ("drop, pp\n[95% CI]", *_ACCURACIES, "flips", *noise, "changed")
    made = table("attack, true label, example", figures=figures, expand=True, lines=True)
    made.columns[0].ratio = 1
    for row in rows:
        head = strong(row.attack)
        if row.example_trial:
            label = visible(class_text(row.example_trial.label_name))
            head.append(f", {label}", style="not bold dim")
        drop = Text("\n").join([_drop(row, between="\n"), _verdict(row, between="\n")])
        made.add_row(Group(head, _example(row)), drop, *_figures(row, noise))
    return made


def _example(row: Row) -> Text:
    if row.example_trial is None:
        return Text(no_figure(row), style="dim italic")
    shown = mark_trial(row.example_trial, budget=120)
    if row.example_trial.is_reduced:
        shown.append(f" ({shown_of_edits(row.example_trial)})", style="dim")
    return shown


def _figures(row: Row, noise: tuple[str, ...]) -> Iterator[Text]:
    if row.trials_changed == 0:
        yield from (Text(NOTHING, style="dim") for _ in (*_ACCURACIES, "flips", *noise))
    else:
        accuracies = (value_in(row, each) for each in (row.clean_accuracy, row.perturbed_accuracy))
        noises = (value_in(row, row.on_changed.noise) for _ in noise)
        yield from map(Text, (*accuracies, str(row.flips), *noises))
    yield Text("\n".join((f"{row.trials_changed}/{row.trials}", *skipped_counts(row))))


def _drop(row: Row, *, between: str) -> Text:
    if row.drop is None:
        return Text(NOTHING, style="dim")
    return Text(value(row.drop), style="bold").append(f"{between}{interval(row.drop)}", style="not bold")


def _verdict(row: Row, *, between: str) -> Text:
    """Whether a drop is significant, in words."""
    if row.is_doubtful:
        return Text(f"too few{between}({count(row.examples_changed, 'example')})", style="yellow")
    return Text(row.significance or "", style=_STYLES[row.significance])


def _legend(result: Result, *, brief: bool = False) -> RenderableType:
    return legend(_legend_lines(result, brief=brief), *_warnings(result))


def _legend_lines(result: Result, *, brief: bool) -> Iterator[str]:
    rows = result.rows
    if brief:
        yield "Drops are over the trials whose text changed."
    else:
        yield "Accuracies and drops are over the trials whose text changed; {was→is} marks an edit."
        if any_noise(result):
            yield "Noise: share of clean texts whose prediction changes when the model is queried again."
    yield from significance_line(result)
    if not brief and any(row.significance == "no drop" for row in rows):
        yield "No drop: CI below 0 (unadjusted)."
    yield from one_example_lines(result)
    yield from in_use_lines(result)
    if any_few(result):
        yield f"?: a conclusion needs at least {FEW_EXAMPLES} changed examples."


def _warnings(result: Result) -> Iterator[RenderableType]:
    """Whether models repeated their predictions, and how many trials are in no figure."""
    yield from (Text(line, style="dim") for line in repeat_check_lines(result))
    yield from (Text(line, style="dim") for line in smallest_failure_lines(result))
    yield from map(Text, (*truncation_lines(result), *skipped_lines(result)))
