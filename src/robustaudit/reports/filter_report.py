"""The report of a filter: what gets through it under each attack, and its false alarms."""

from collections.abc import Iterator

import numpy as np
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from robustaudit.core.display import visible
from robustaudit.reports.layout import facts, legend, strong, table
from robustaudit.reports.text import (
    NOTHING,
    cell,
    code,
    count,
    figure,
    interval,
    listed,
    markdown_table,
    points,
    sentence,
    value,
)
from robustaudit.runs.filter_audit import FilterAudit, FilterRow, worst_first
from robustaudit.statistics.filtering import FilterFigures

_WIDE = 110  # columns
_HEAD = ("caught\nbefore %", "after\n%", "gets through\n% [95% CI]", "false alarms\nafter % [95% CI]")
_AREAS = ("AUC\nbefore", "after\n[95% CI]")


def render_filter(found: FilterAudit, *, width: int) -> RenderableType:
    """One sentence, what was asked, and a table, the attack first that lets most through."""
    made = table("model", "attack", figures=(*_HEAD, *(_AREAS if width > _WIDE else ())))
    for row in worst_first(found.rows):
        shown = (*_figures(row), *(_areas(row) if width > _WIDE else ()))
        made.add_row(strong(row.model), visible(row.attack), *shown)
    first = (Padding(Text(visible(line)), (1, 0, 0, 0)) for line in _answer(found))
    facts_ = facts((name, visible(fact)) for name, fact in _facts(found))
    return Group(*first, Padding(facts_, (1, 0)), made, legend(_legend(found)))


def markdown_filter(found: FilterAudit) -> str:
    """The same as Markdown."""
    head = ("model", "attack", *(f"{name}".replace("\n", " ") for name in (*_HEAD, *_AREAS)))
    rows = (
        (cell(row.model), cell(row.attack), *_figures(row), *_areas(row)) for row in worst_first(found.rows)
    )
    told = "".join(f"- {name}: {code(fact)}\n" for name, fact in _facts(found))
    parts = (f"## Filter for {code(found.positive)}", *map(visible, _answer(found)), told)
    return "\n\n".join((*parts, markdown_table(head, rows, right=len(head) - 2), *_legend(found))) + "\n"


def _figures(row: FilterRow) -> tuple[str, ...]:
    figures = _known(row)
    return (
        value(figures.caught),
        value(figures.caught_after),
        figure(figures.evasion),
        figure(figures.alarms_after),
    )


def _areas(row: FilterRow) -> tuple[str, str]:
    before, after = _known(row).area, _known(row).area_after
    assert after.low is not None
    assert after.high is not None
    return f"{before.value:.3f}", f"{after.value:.3f} [{after.low:.3f}, {after.high:.3f}]"


def _known(row: FilterRow) -> FilterFigures:
    assert row.figures is not None  # those without are named below the table
    return row.figures


def _answer(found: FilterAudit) -> Iterator[str]:
    """The attack that lets most through."""
    rows = [row for row in worst_first(found.rows) if _known(row).evasion]
    if not rows:
        yield f"Nothing can be said of {found.positive}: no text of it was caught, or none changed."
        return
    worst = rows[0]
    evasion = _known(worst).evasion
    which = "the filter" if len({row.model for row in rows}) == 1 else f"model {worst.model}"
    caught = f"{value(evasion)}% {interval(evasion)} of the {found.positive} texts that it catches"
    yield sentence(f"{worst.attack} gets {caught} through {which}.")


def _facts(found: FilterAudit) -> Iterator[tuple[str, str]]:
    yield "run", found.run
    yield "positive", f"{found.positive}, against all other classes"
    if found.alarms is None:
        yield "caught", "the model predicts the positive class"
        return
    yield "caught", f"more than {points(found.alarms)}% false alarms on clean texts allow"
    for name, at in found.thresholds.items():
        yield "threshold", f"{name}: {_threshold(at)}, of {count(found.negatives, 'clean negative')}"
    if found.alarms * found.negatives < 1:
        told = f"{points(found.alarms)}% of {found.negatives:,} negatives is less than one text"
        yield "caution", f"{told}: none may be taken for positive"


def _threshold(at: float) -> str:
    return f"probability above {at:.4f}" if np.isfinite(at) else NOTHING


def _legend(found: FilterAudit) -> Iterator[str]:
    yield "Gets through: of the texts caught as they are, the share that is not caught when perturbed."
    yield "False alarms: harmless texts that are taken for positive when perturbed."
    if found.alarms is not None:
        yield "Intervals hold the uncertainty of the threshold, which is found on these texts."
    if found.without:
        cells = listed(f"{visible(model)} under {visible(attack)}" for model, attack in found.without)
        yield f"No changed text of both classes: {cells}."
