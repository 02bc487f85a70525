"""The plot of drops: under each attack the models next to each other, with their confidence intervals."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from robustaudit.core.display import percent
from robustaudit.reports.charts import DropCell, drop_cells
from robustaudit.reports.notes import no_figure, significance_line
from robustaudit.reports.plots.kit import (
    BAND,
    COLOURS,
    INK,
    MARKERS,
    QUIET,
    RULE,
    PlotFrame,
    audited,
    folded,
    framed,
    minus,
    model_label,
    panels,
    plain,
)
from robustaudit.runs.result import Result, Row
from robustaudit.statistics.sequential import SequentialResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

DROP = "Drop: clean accuracy minus accuracy under attack, over the trials whose text changed."
_LINE, _PAD, _NAME_LINE = 0.19, 0.12, 0.15  # inches of a drop, around those of an attack, of its name
_TALL = 7.0  # inches from which on the scale stands above, too
_WIDTH = 4.6  # inches
_ASIDE = 10  # points between the drops and their figures

Marked = tuple[bool, str]
"""Whether the mark of a drop is filled, and what stands behind its figure."""


@dataclass(frozen=True, slots=True)
class _Band:
    """An attack in the plot of drops: its rows by the number of their model, from `top` down, in inches."""

    name: str
    rows: Sequence[tuple[int, Row]]
    top: float
    height: float

    def places(self) -> Iterator[tuple[float, int, Row]]:
        """The height of each row, its model's number, and the row."""
        first = self.top + (self.height - _LINE * (len(self.rows) - 1)) / 2
        for place, (number, row) in enumerate(self.rows):
            yield first + place * _LINE, number, row


def _bands(result: Result) -> list[_Band]:
    models = [model["name"] for model in result.plan["models"]]
    found = [
        (
            folded(attack["name"], 32),
            [(models.index(row.model), row) for row in result.rows if row.attack == attack["name"]],
        )
        for attack in result.plan["attacks"]
    ]
    heights = [max(len(rows) * _LINE, (name.count("\n") + 1) * _NAME_LINE) + _PAD for name, rows in found]
    tops = accumulate(heights, initial=0.0)
    return [
        _Band(name, rows, top, height)
        for (name, rows), top, height in zip(found, tops, heights, strict=False)
    ]


def draw_drops(result: Result) -> "Figure":
    """The drops of a run; filled marks are significant, or failed in a sequential test."""
    bands, decided = _bands(result), {(each.model, each.attack): each for each in result.decisions}
    (axes,) = panels(1, 1, (_WIDTH, bands[-1].top + bands[-1].height))
    _draw(axes, bands, drop_cells(result), decided)
    head = "drop, pp, with bound" if decided else "drop, pp [95% CI]"
    axes.annotate(
        head, (1, 1), (_ASIDE, 4), xycoords="axes fraction", textcoords="offset points", color=QUIET
    )
    frame = PlotFrame(
        title="Drop in accuracy under each attack",
        subtitle=audited(result),
        caption=" ".join([DROP, *significance_line(result)]),
        marks=tuple(_legend(result)),
    )
    return framed(axes, frame)


def _draw(
    axes: "Axes",
    bands: Sequence[_Band],
    cells: Mapping[tuple[str, str], DropCell],
    decided: Mapping[tuple[str, str], SequentialResult],
) -> None:
    height = bands[-1].top + bands[-1].height
    axes.set_ylim(height, 0)
    axes.set_xlim(_limits(cells))
    for number, band in enumerate(bands):
        if number % 2 == 0:
            axes.axhspan(band.top, band.top + band.height, color=BAND, linewidth=0, zorder=0)
        for place, model, row in band.places():
            if cell := cells.get((row.model, row.attack)):
                _drop(axes, place, model, cell, _marked(row, decided.get((row.model, row.attack))))
            else:
                axes.text(0, place, f"  {no_figure(row)}", color=QUIET, va="center", fontsize=7)
    axes.set_yticks([band.top + band.height / 2 for band in bands], [band.name for band in bands])
    plain(axes.get_yticklabels())
    _scale(axes, tall=height > _TALL)


def _limits(cells: Mapping[tuple[str, str], DropCell]) -> tuple[float, float]:
    """From the lowest bound to the highest, with zero in it, in percentage points."""
    edges = [
        edge for drop in cells.values() for edge in (drop.value, drop.low, drop.high) if edge is not None
    ]
    low, high = 100 * min([0.0, *edges]), 100 * max([0.05, *edges])
    return low - 0.04 * (high - low), high + 0.04 * (high - low)


def _scale(axes: "Axes", *, tall: bool) -> None:
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    axes.xaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
    axes.axvline(0, color=QUIET, linewidth=1.0, zorder=1)
    axes.grid(axis="x", color=RULE, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labeltop=tall, length=0)
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_visible(False)
    axes.set_xlabel("drop, percentage points")


def _drop(axes: "Axes", place: float, model: int, cell: DropCell, marked: Marked) -> None:
    filled, said = marked
    mark = _mark(model, filled=filled)
    if cell.low is not None or cell.high is not None:
        left, right = axes.get_xlim()
        ends = [
            left if cell.low is None else 100 * cell.low,
            right if cell.high is None else 100 * cell.high,
        ]
        axes.plot(ends, [place, place], color=mark["color"], linewidth=1.5, solid_capstyle="butt")
    axes.plot([100 * cell.value], [place], **mark)
    axes.annotate(
        minus(f"{percent(cell.value)} {cell.bounds} {said}"),
        (1, place),
        (_ASIDE, 0),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        va="center",
        fontsize=7.5,
        fontweight="bold" if filled else "normal",
    )


def _marked(row: Row, decision: SequentialResult | None) -> Marked:
    if decision is not None:
        return decision.outcome == "failed", decision.outcome
    if row.is_doubtful:
        return False, "too few"
    significant = row.significance == "significant"
    return significant, "*" * significant


def _mark(model: int | None, *, filled: bool) -> dict[str, Any]:
    """How the drops of a model are marked; of no model in particular, in ink."""
    colour = INK if model is None else COLOURS[model % len(COLOURS)]
    return {
        "color": colour,
        "marker": "o" if model is None else MARKERS[model % len(MARKERS)],
        "markersize": 6,
        "markerfacecolor": colour if filled else "white",
        "markeredgewidth": 1.3,
        "linestyle": "none",
    }


def _legend(result: Result) -> "Iterator[tuple[Line2D, str]]":
    """A mark of each model, then what filled and hollow ones mean."""
    from matplotlib.lines import Line2D  # noqa: PLC0415

    for number, model in enumerate(result.plan["models"]):
        yield Line2D([], [], **_mark(number, filled=True)), model_label(model)
    words = ("failed", "passed or inconclusive") if result.decisions else ("* significant", "not significant")
    for filled, word in zip((True, False), words, strict=True):
        yield Line2D([], [], **_mark(None, filled=filled)), f"{'filled' if filled else 'hollow'}: {word}"
