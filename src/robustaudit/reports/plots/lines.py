"""The charts of a run as plots: lines over severities or draws, a panel for each attack."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from robustaudit.core.display import visible
from robustaudit.reports.charts import Chart, ChartPoint, ChartSeries, Panel
from robustaudit.reports.plots.kit import (
    COLOURS,
    DASHES,
    MARKERS,
    QUIET,
    PlotFrame,
    audited,
    folded,
    framed,
    label_panel,
    legend_label,
    model_label,
    panels,
)
from robustaudit.runs.result import Result

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ACROSS = 3
_PANELS = ((5.0, 2.9), (3.9, 2.7), (3.3, 2.5))  # inches of a panel that is alone, one of two, one of more
_GAP, _TITLE_LINE = (0.3, 0.62), 0.16  # inches
_SPREAD = 0.5  # of the space between two places on the x axis: what the marks of several series take


def draw_chart(result: Result, chart: Chart) -> "Figure":
    """A chart with its legend; all panels have one scale."""
    titles = [folded(panel.title, 40) for panel in chart.panels]
    room = _GAP[1] + _TITLE_LINE * max(title.count("\n") + 1 for title in titles)
    across = min(len(titles), _ACROSS)
    grid = panels(len(titles), across, _PANELS[across - 1], gap=(_GAP[0], room))
    limits = _limits(chart)
    for number, (axes, panel, title) in enumerate(zip(grid, chart.panels, titles, strict=True)):
        axes.set_ylim(limits)
        _panel(axes, panel, chart)
        label_panel(axes, title, chart.x)
        axes.tick_params(labelleft=number % _ACROSS == 0)
        axes.set_ylabel("" if number % _ACROSS else chart.y)
    frame = PlotFrame(
        title=chart.title,
        subtitle=audited(result),
        caption=chart.caption,
        marks=tuple(_legend(result, grid)),
    )
    return framed(grid[0], frame)


def _legend(result: Result, grid: "Sequence[Axes]") -> "Iterator[tuple[Artist, str]]":
    """The lines of all panels, each model once with its title."""
    found = {
        label: mark for axes in grid for mark, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    labels = {visible(f"model {model['name']}"): model_label(model) for model in result.plan["models"]}
    for label, mark in found.items():
        yield mark, labels.get(label) or legend_label(label)


def _limits(chart: Chart) -> tuple[float, float]:
    """From the lowest bound of all panels to the highest."""
    points = [point for panel in chart.panels for series in panel.series for point in series.points]
    edges = [chart.scale * edge for point in points for edge in _ends(point)]
    low, high = min([0.0, *edges] if chart.starts_at_zero else edges), max(edges)
    margin = 0.04 * (high - low or 1.0)
    return low - margin, high + margin


def _ends(point: ChartPoint) -> tuple[float, float]:
    """The confidence interval of a point; of one without, its figure twice."""
    low, high = point.y.low, point.y.high
    return point.y.value if low is None else low, point.y.value if high is None else high


def _panel(axes: "Axes", panel: Panel, chart: Chart) -> None:
    axes.axhline(0, color=QUIET, linewidth=0.8)
    places = sorted({point.x for series in panel.series for point in series.points})
    space = min((after - before for before, after in pairwise(places)), default=1.0)
    for place, series in enumerate(panel.series):
        # Marks stand next to each other, so that no interval hides another.
        aside = _SPREAD * space * ((place + 0.5) / len(panel.series) - 0.5)
        _line(axes, series, chart, aside=aside)


def _line(axes: "Axes", series: ChartSeries, chart: Chart, *, aside: float) -> None:
    number = chart.series.index(series.name)
    reach = [[abs(_ends(point)[side] - point.y.value) for point in series.points] for side in (0, 1)]
    axes.errorbar(
        [point.x + (aside if point.y.has_interval else 0.0) for point in series.points],
        [chart.scale * figure for figure in series.values],
        yerr=[[chart.scale * each for each in side] for side in reach],
        label=series.name,
        color=COLOURS[number % len(COLOURS)],
        marker=MARKERS[number % len(MARKERS)],
        linestyle=DASHES[number % len(DASHES)],
        linewidth=1.2,
        markersize=4.5,
        elinewidth=1.0,
    )
