"""The values that the templates of the page show."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from robustaudit.core.display import visible
from robustaudit.core.edits import as_words
from robustaudit.core.records import Edit
from robustaudit.core.spelling import FLAGS, spelt
from robustaudit.gate.verdict import Verdict
from robustaudit.reports.charts import Chart, DropCell, charts, drop_cells, level, levels
from robustaudit.reports.commands import command, run_command
from robustaudit.reports.gate_report import (
    advice,
    counterexample_text,
    not_applicable,
    outcome_counts,
    strongest_counterexamples,
    uncovered,
    unmet_rules,
)
from robustaudit.reports.gate_text import replay_command
from robustaudit.reports.next_steps import next_steps
from robustaudit.reports.notes import (
    any_noise,
    data_sentences,
    form_sentences,
    in_use_lines,
    label_sentences,
    one_example_lines,
    repeat_check_lines,
    significance_line,
    skipped_lines,
    smallest_failure_lines,
    strength_sentences,
    truncation_lines,
)
from robustaudit.reports.page.explorer import lookalikes_in, written_out
from robustaudit.reports.page.svg import PanelDrawing, Tick, drawn, ticks
from robustaudit.reports.page.true_classes import class_table, flip_tables
from robustaudit.reports.report import Report
from robustaudit.reports.summary import first_finding, significant_counts, summary
from robustaudit.reports.text import largest_drops, others_line, sentence
from robustaudit.runs.plan_record import pickled_models
from robustaudit.runs.result import Result, Row
from robustaudit.runs.slices import TEXT_LENGTHS, TRUE_LABEL
from robustaudit.statistics.measures import Estimate


@dataclass(frozen=True, slots=True)
class Scale:
    """A horizontal axis of drops, in percent of its width."""

    low: float
    high: float
    ticks: tuple[Tick, ...]

    def at(self, share: float) -> str:
        return f"{100 * (share - self.low) / (self.high - self.low):.2f}%"

    def between(self, low: float, high: float) -> str:
        return f"{100 * (high - low) / (self.high - self.low):.2f}%"


def view(report: Report) -> dict[str, Any]:
    """The names that the template knows."""
    with spelt(FLAGS):  # its commands are for a shell, whoever wrote it
        _, *steps = next_steps(report.result, report.run.folder)
    return {
        **of_result(report.result),
        "next_steps": tuple(visible(line).partition(": robustaudit ") for line in steps),
        "replay": _any_replay(report),
        "again": run_command(report.result),
        "trained": any(model["accuracy"] for model in report.result.plan["models"]),
        "verdict": report.verdict,
        **(_judged(report.verdict) if report.verdict else {}),
        "cells": {(row.model, row.attack): row for row in report.result.rows},
        "level": level,
        "levels": levels(),
        "charts": tuple(_charts(report.result)),
        "classes": class_table(report.result),
        "flips": tuple(flip_tables(report.result)),
        "slices": tuple(_slices(report.result)),
        "pieces": pieces,
    }


def _any_replay(report: Report) -> str:
    """The command that replays a trial of the run, to fill in."""
    words = ["replay", str(report.run.folder), "TRIAL", "--model", "MODEL", "--attack", "ATTACK"]
    return command(*words, pickled=bool(pickled_models(report.result.plan)))


def of_result(result: Result) -> dict[str, Any]:
    """The values that show the drops of a result."""
    rows = [row for row in result.rows if row.drop is not None]
    decided = {(each.model, each.attack): each for each in result.decisions}
    figures = drop_cells(result)
    return {
        "plan": result.plan,
        "findings": summary(result),
        "result": result,
        "worst": max(rows, key=lambda row: _drop(row).value, default=None),
        "first": first_finding(result),
        "significant": significant_counts(result) if result.corrections else "",
        "conclusions": Counter(each.outcome for each in result.decisions),
        "significance_line": " ".join(significance_line(result)),
        "rows_with_drops": rows,
        "models": _models(result),
        "scale": _scale(figures.values()),
        "figures": figures,
        "decided": decided,
        "any_noise": any_noise(result),
        "repeat_check": (*repeat_check_lines(result), *smallest_failure_lines(result)),
        "label_sentences": (
            *data_sentences(result),
            *strength_sentences(result),
            *form_sentences(result),
            *label_sentences(result),
            *one_example_lines(result),
            *in_use_lines(result),
        ),
        "unread": (*truncation_lines(result), *skipped_lines(result)),
    }


def _judged(verdict: Verdict) -> dict[str, Any]:
    """A verdict in the words of the other reports."""
    return {
        "outcome_counts": outcome_counts(verdict),
        "advice": advice(verdict),
        "not_applicable": not_applicable(verdict),
        "uncovered": sentence(uncovered(verdict) or ""),
        "unmet_rules": tuple(unmet_rules(verdict)),
        "strongest_counterexamples": strongest_counterexamples,
        "counterexample_text": counterexample_text,
        "replay_command": replay_command,
    }


def pieces(text: str, edits: Sequence[Edit]) -> Iterator[tuple[str, list[tuple[str, str | None]]]]:
    """A text with its edits, in pieces to mark: `kept`, `removed` or `added`, and what is written there."""
    position = 0
    for edit in as_words(text, edits):
        yield "kept", [(visible(text[position : edit.start]), None)]
        yield "removed", list(written_out(text[edit.start : edit.stop]))
        yield "added", list(written_out(edit.replacement, alike=lookalikes_in(text, edit.replacement)))
        position = edit.stop
    yield "kept", [(visible(text[position:]), None)]


def _drop(row: Row) -> Estimate:
    assert row.drop is not None
    return row.drop


def _models(result: Result) -> list[tuple[Mapping[str, Any], list[Row]]]:
    return [
        (model, [row for row in result.rows if row.model == model["name"]]) for model in result.plan["models"]
    ]


def _scale(drops: Collection[DropCell]) -> Scale:
    """From the lowest bound to the highest, with zero in it."""
    edges = [edge for drop in drops for edge in (drop.value, drop.low, drop.high) if edge is not None]
    low, high = min([0.0, *edges]), max([0.05, *edges])
    margin = 0.03 * (high - low)
    scale = Scale(low - margin, high + margin, ())
    places = ticks(100 * scale.low, 100 * scale.high)
    return Scale(scale.low, scale.high, tuple(Tick(place / 100, f"{place:g}") for place in places))


def _charts(result: Result) -> Iterator[tuple[Chart, tuple[PanelDrawing, ...]]]:
    for chart in charts(result):
        yield chart, drawn(chart)


Lines = tuple[tuple[str, tuple[Row | None, ...]], ...]
"""Each attack, with its row for each value of a column, or None."""


@dataclass(frozen=True, slots=True)
class SliceTable:
    """The drops by the values of one column, other than the true label, for each model and attack.

    One that is not `unfolded` shows its values on a click.
    """

    column: str
    declared: bool
    values: tuple[str, ...]
    models: tuple[tuple[str, Lines], ...]
    others: str  # a line with the values that are left out

    @property
    def title(self) -> str:
        return f"length of the text in {self.column}" if self.column in TEXT_LENGTHS else self.column

    @property
    def unfolded(self) -> bool:
        return self.declared or self.column in TEXT_LENGTHS


def _slices(result: Result) -> Iterator[SliceTable]:
    found: dict[tuple[str, bool], dict[tuple[str, str, str], Row]] = {}
    for row in result.slices:
        if row.slice is not None and row.trials_changed and row.slice.column != TRUE_LABEL:
            cells = found.setdefault((row.slice.column, row.slice.declared), {})
            cells[row.model, row.attack, row.slice.value] = row
    for (column, declared), cells in found.items():
        values, others = largest_drops(cells.values())
        attacks: dict[str, dict[str, None]] = {}  # an ordered set for each model
        for model, attack, _ in cells:
            attacks.setdefault(model, {})[attack] = None
        yield SliceTable(
            column,
            declared,
            values,
            tuple(
                (
                    model,
                    tuple(
                        (attack, tuple(cells.get((model, attack, value)) for value in values))
                        for attack in of_model
                    ),
                )
                for model, of_model in attacks.items()
            ),
            others_line(others),
        )
