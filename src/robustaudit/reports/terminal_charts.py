"""Learning curves as small bar charts in a terminal or a pipe, with their first and last values."""

from collections.abc import Sequence
from itertools import pairwise

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from robustaudit.reports.charts import ChartSeries, LearningCurves, learning_curves
from robustaudit.reports.layout import legend, section, strong
from robustaudit.training.trainings import Training

_ROWS = 5
_EIGHTHS = " ▁▂▃▄▅▆▇█"
_WIDEST_BAR = 4
_WIDEST_CHART = 48
_GUTTER = 3
_COLOURS = ("cyan", "yellow", "green")
_LEGEND = (
    "A bar is an epoch, or the mean of several where they are many. Bars begin at the lowest value, "
    "not at zero; both losses share one scale."
)


def render_curves(trainings: Sequence[Training], *, width: int) -> RenderableType:
    """For each training its two losses, on one scale, and its validation accuracy; `width` in columns."""
    return Group(*(_panel(learning_curves(training), width) for training in trainings), legend([_LEGEND]))


def scales(curves: LearningCurves) -> tuple[tuple[ChartSeries, float, float], ...]:
    """Train loss, validation loss and validation accuracy, each with the scale it is drawn on."""
    losses = [value for series in curves.losses for value in series.values]
    accuracies = curves.accuracy.values
    return (
        *((series, min(losses), max(losses)) for series in curves.losses),
        (curves.accuracy, min(accuracies), max(accuracies)),
    )


def bars(values: Sequence[float], low: float, high: float, *, columns: int) -> tuple[str, ...]:
    """The lines of a bar chart: a bar for each value, or for the mean of several where they are many.

    The lowest value of the scale is one eighth of a line high, the highest fills all lines.
    """
    shown = _thinned(values, columns)
    wide = max(1, min(_WIDEST_BAR, columns // len(shown)))
    most = _ROWS * 8
    heights = [
        1 + round((value - low) / (high - low) * (most - 1)) if high > low else most for value in shown
    ]
    return tuple(
        "".join(_EIGHTHS[max(0, min(8, height - 8 * row))] * wide for height in heights)
        for row in reversed(range(_ROWS))
    )


def bar(value: float, low: float, high: float) -> str:
    """A bar of one character; the lowest value of the scale is one eighth high, the highest fills it."""
    return _EIGHTHS[1 + round((value - low) / (high - low) * 7)] if high > low else _EIGHTHS[-1]


def _thinned(values: Sequence[float], most: int) -> list[float]:
    if len(values) <= most:
        return list(values)
    edges = [len(values) * i // most for i in range(most + 1)]
    return [sum(values[start:stop]) / (stop - start) for start, stop in pairwise(edges)]


def _panel(curves: LearningCurves, width: int) -> RenderableType:
    epochs = len(curves.accuracy.points)
    course = "one epoch" if epochs == 1 else f"{epochs} epochs, saved: epoch {curves.saved_epoch}"
    title = strong(f"Model {curves.model}: {curves.title}").append(f", {course}", style="not bold dim")
    drawn = scales(curves)
    columns = min((width - _GUTTER * len(drawn)) // len(drawn), _WIDEST_CHART)
    grid = Table.grid(padding=(0, _GUTTER, 0, 0))
    for _ in drawn:
        grid.add_column(width=columns, no_wrap=True)
    grid.add_row(*(_chart(*each, colour, columns) for each, colour in zip(drawn, _COLOURS, strict=True)))
    return section(title, grid)


def _chart(series: ChartSeries, low: float, high: float, colour: str, columns: int) -> Text:
    top, bottom = f"{high:.3f}", f"{low:.3f}"
    margin = max(len(top), len(bottom))
    lines = bars(series.values, low, high, columns=columns - margin - 1)
    scale = [top, *[""] * (_ROWS - 2), bottom]
    chart = Text(f"{series.name}\n", style="dim")
    for label, line in zip(scale, lines, strict=True):
        chart.append(f"{label:>{margin}} ", style="dim")
        chart.append(f"{line}\n", style=f"not dim {colour}")
    course = f"{series.values[0]:.3f} → {series.values[-1]:.3f}"
    return chart.append(f"{'':>{margin}} {course}", style="not dim")
