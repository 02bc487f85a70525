"""Learning curves as small bar charts in a terminal or a pipe, with their first and last values."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from robustaudit.core.display import visible
from robustaudit.training.trainings import Training

_ROWS = 5
_EIGHTHS = " ▁▂▃▄▅▆▇█"
_WIDEST_BAR = 4
_WIDEST_CHART = 48
_GUTTER = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A value for each epoch, and the scale it is drawn on."""

    name: str
    values: tuple[float, ...]
    low: float
    high: float
    colour: str


def render_curves(trainings: Sequence[Training], *, width: int) -> RenderableType:
    """For each training its two losses, on one scale, and its validation accuracy; `width` in columns."""
    return Group(*(_panel(training, width) for training in trainings), _legend())


def curves_of(training: Training) -> tuple[Curve, ...]:
    """Train loss, validation loss and validation accuracy by epoch."""
    epochs = training.history.epochs
    train = tuple(epoch.train_loss for epoch in epochs)
    validation = tuple(epoch.validation_loss for epoch in epochs)
    accuracy = tuple(epoch.validation_accuracy for epoch in epochs)
    low, high = min(*train, *validation), max(*train, *validation)
    return (
        Curve(name="train loss", values=train, low=low, high=high, colour="cyan"),
        Curve(name="validation loss", values=validation, low=low, high=high, colour="yellow"),
        Curve(
            name="validation accuracy", values=accuracy, low=min(accuracy), high=max(accuracy), colour="green"
        ),
    )


def bars(curve: Curve, *, columns: int) -> tuple[str, ...]:
    """The lines of a bar chart: a bar for each epoch, or for the mean of several where they are many.

    The lowest value of the scale is one eighth of a line high, the highest fills all lines.
    """
    values = _thinned(curve.values, columns)
    wide = max(1, min(_WIDEST_BAR, columns // len(values)))
    span = curve.high - curve.low
    most = _ROWS * 8
    heights = [1 + round((value - curve.low) / span * (most - 1)) if span else most for value in values]
    return tuple(
        "".join(_EIGHTHS[max(0, min(8, height - 8 * row))] * wide for height in heights)
        for row in reversed(range(_ROWS))
    )


def _thinned(values: Sequence[float], most: int) -> list[float]:
    if len(values) <= most:
        return list(values)
    edges = [len(values) * i // most for i in range(most + 1)]
    return [sum(values[start:stop]) / (stop - start) for start, stop in pairwise(edges)]


def _panel(training: Training, width: int) -> RenderableType:
    title = Text(visible(f"Model {training.name}: {training.card.title}"), style="bold")
    epochs, kept = len(training.history.epochs), training.card.run.best_epoch
    course = "one epoch" if epochs == 1 else f"{epochs} epochs, saved: epoch {kept}"
    title.append(f", {course}", style="not bold dim")
    curves = curves_of(training)
    columns = min((width - _GUTTER * len(curves)) // len(curves), _WIDEST_CHART)
    table = Table.grid(padding=(0, _GUTTER, 0, 0))
    for _ in curves:
        table.add_column(width=columns, no_wrap=True)
    table.add_row(*(_chart(curve, columns) for curve in curves))
    return Padding(Group(title, table), (1, 0, 0, 0))


def _chart(curve: Curve, columns: int) -> Text:
    top, bottom = f"{curve.high:.3f}", f"{curve.low:.3f}"
    margin = max(len(top), len(bottom))
    lines = bars(curve, columns=columns - margin - 1)
    scale = [top, *[""] * (_ROWS - 2), bottom]
    chart = Text(f"{curve.name}\n", style="dim")
    for label, line in zip(scale, lines, strict=True):
        chart.append(f"{label:>{margin}} ", style="dim")
        chart.append(f"{line}\n", style=f"not dim {curve.colour}")
    return chart.append(f"{'':>{margin}} {curve.values[0]:.3f} → {curve.values[-1]:.3f}", style="not dim")


def _legend() -> RenderableType:
    line = (
        "A bar is an epoch, or the mean of several where they are many. Bars begin at the lowest value, "
        "not at zero; both losses share one scale."
    )
    return Padding(Text(line, style="dim"), (1, 0))
