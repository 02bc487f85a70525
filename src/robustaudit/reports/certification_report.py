"""What a sweep proves, as tables for a terminal, and as JSON."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from robustaudit.core.display import percent, visible
from robustaudit.reports.layout import facts, legend, section, strong, table
from robustaudit.reports.notes import cut_lines, repeat_lines
from robustaudit.reports.reasons_report import reasons_as_json
from robustaudit.reports.text import NOTHING, count, figure, mark_edits, value
from robustaudit.runs.named_classes import class_text
from robustaudit.worst_case.certification import (
    Certification,
    CertifiedRow,
    CurveOverEdits,
    FailingEdit,
    certified_curves,
)
from robustaudit.worst_case.reasons import FailureReasons
from robustaudit.worst_case.stored_sweep import Sweep

_SHOWN = 3  # examples of a row, unless all are
_BUDGET = 160  # characters of a text


def render_certification(
    sweep: Sweep, found: Certification, *, width: int, verbose: bool = False
) -> RenderableType:
    """Certified accuracy of each model and attack, and examples that fail with an edit each."""
    header = Padding(facts(_header(sweep)), (1, 0, 0, 0))
    failing = [row for row in found.rows if row.failures]
    parts = [_figures(found.rows), *_by_edits(certified_curves(sweep, found))]
    if failing:
        parts.append(section("Edits that fail", _failures(sweep, failing, width=width, verbose=verbose)))
    warnings = (*repeat_lines(found.repeat_checks, examples=len(sweep.examples)), *_warnings(found))
    return Group(header, *parts, legend([*_legend(sweep, found), *warnings]))


def certification_as_json(
    sweep: Sweep, found: Certification, reasons: FailureReasons | None = None
) -> dict[str, Any]:
    """The rows, each with one failing edit of every example that has any, curves, and reasons."""
    rows = []
    for row in found.rows:
        content = asdict(row)
        for failure in content["failures"]:
            for name in ("label", "clean_prediction", "prediction"):
                failure[f"{name}_name"] = sweep.plan.classes.name(failure[name])
        rows.append(content)
    return {
        "plan": sweep.plan.as_json(),
        "all_edits": sweep.record.all_edits,
        "rows": rows,
        "repeat_checks": [asdict(each) for each in found.repeat_checks],
        "curves": [asdict(each) for each in certified_curves(sweep, found)],
        **(reasons_as_json(reasons) if reasons else {}),
    }


def _header(sweep: Sweep) -> Iterator[tuple[str, str]]:
    yield "data", visible(sweep.plan.data.title)
    yield "examples", f"{len(sweep.examples):,}"
    for model in sweep.plan.models:
        yield "models", f"{visible(model.name)}: {visible(model.title)}"
    yield "edits", f"{sweep.record.edits:,} single edits of these examples"


def _figures(rows: tuple[CertifiedRow, ...]) -> RenderableType:
    figures = ("clean\nacc. %", "certified\n% [95% CI]", "stable\n%", "rho\n%", "failing\nedits", "no\nedit")
    made = table("model", "attack", figures=figures)
    for row in rows:
        rho = NOTHING if row.rho is None else percent(row.rho)
        shown = (value(row.clean_accuracy), figure(row.certified_accuracy), value(row.stable), rho)
        fail = f"{row.failing:,} of\n{row.texts:,}"
        made.add_row(strong(row.model), visible(row.attack), *shown, fail, f"{row.without_edits:,}")
    return section(f"Certified accuracy: correct, and {which_edits(rows)} the prediction", made)


def _by_edits(curves: Sequence[CurveOverEdits]) -> Iterator[RenderableType]:
    """Certified accuracy over the number of edits, a line for each, if there are several."""
    if any(edits > 1 for curve in curves for edits in curve.accuracies):
        made = table("model", "attack", figures=("edits", "certified\n% [95% CI]"))
        for curve in curves:
            for edits, each in curve.accuracies.items():
                named = (strong(curve.model), visible(curve.attack)) if not edits else ("", "")
                made.add_row(*named, f"{edits}", figure(each))
        yield section("Certified accuracy by the number of edits", made)


def which_edits(rows: Sequence[CertifiedRow]) -> str:
    """What an example withstands that is stable."""
    several = rows[0].several
    return "no single edit changes" if several == 1 else f"no {several} edits or fewer change"


def _failures(sweep: Sweep, rows: list[CertifiedRow], *, width: int, verbose: bool) -> RenderableType:
    """For each row the examples that fail, the first ones or all."""
    made = Table.grid(padding=(0, 2))
    for row in rows:
        shown = row.failures if verbose else row.failures[:_SHOWN]
        rest = f"{len(shown)} of {count(len(row.failures), 'failing example')}"
        made.add_row(strong(f"{row.attack}, model {row.model}").append(f": {rest}", style="not bold dim"))
        for each in shown:
            made.add_row(_failure(sweep, each, budget=_BUDGET if verbose else max(_BUDGET, width)))
    return made


def _failure(sweep: Sweep, failure: FailingEdit, *, budget: int) -> Text:
    """`gre{a→e}t film` and what was predicted before and after."""
    named = sweep.plan.classes.name
    shown = mark_edits(failure.clean_text, failure.edits, budget=budget, lead="• ")
    change = f"{named(failure.clean_prediction)} → {named(failure.prediction)}"
    label = "" if failure.was_correct else f", wrong before: label {class_text(named(failure.label))}"
    return shown.append(f"  {visible(change)}{visible(label)}", style="dim")


def _legend(sweep: Sweep, found: Certification) -> Iterator[str]:
    yield f"Stable: {which_edits(found.rows)} the prediction, be it correct or not; {{was→is}} marks an edit."
    yield from several_lines(found)
    if sweep.record.all_edits:
        yield "Rho: the share of all single edits that hold, exact for these examples."
    else:
        yield "Rho is not known: examples are left once an edit fails. With --all every edit is queried."
    yield from without_edits_lines(found.rows)


def without_edits_lines(rows: Sequence[CertifiedRow]) -> Iterator[str]:
    """How many of the certified examples are certified because there is nothing to withstand."""
    if any(row.without_edits for row in rows):
        yield "No edit: examples that the attack cannot change; they are stable by that."
    for row in rows:
        if row.certified_without_edits:
            yield (
                f"{visible(row.attack)}, model {visible(row.model)}: {row.certified_without_edits:,} of "
                f"{count(certified_examples(row), 'certified example')} without any edit."
            )


def certified_examples(row: CertifiedRow) -> int:
    """How many examples are certified."""
    return round(row.certified_accuracy.value * row.examples)


def several_lines(found: Certification) -> Iterator[str]:
    """What is known of several edits, and of the examples that have too many texts of these."""
    if texts := sum(row.several_texts for row in found.rows):
        yield f"{count(texts, 'text')} of several edits queried, of examples that no single edit makes fail."
    for row in found.rows:
        if row.undecided_bound is not None:
            yield (
                f"{visible(row.attack)}, model {visible(row.model)}: {count(row.undecided, 'example')} with "
                "too many texts to query all, not counted as stable; no draw failed: of each, at most "
                f"{100 * row.undecided_bound:.2g}% of all draws do (95% confidence)."
            )


def _warnings(found: Certification) -> Iterator[str]:
    if silent := sum(row.unpredicted for row in found.rows):
        yield f"{count(silent, 'text')} without a prediction: their examples do not count as stable."
    yield from cut_lines(found.repeat_checks)
