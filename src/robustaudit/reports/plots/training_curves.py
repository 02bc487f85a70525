"""The learning curves of trainings as one plot."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from robustaudit.core.files import check_writable
from robustaudit.reports.charts import ChartSeries, LearningCurves, learning_curves
from robustaudit.reports.plots.kit import (
    COLOURS,
    IMAGE_FORMATS,
    PlotFrame,
    folded,
    framed,
    label_panel,
    panels,
    plotting,
    saved,
)
from robustaudit.training.trainings import Training

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

_ACROSS = 4
_PANEL, _GAP = (3.0, 2.4), (0.35, 0.95)  # inches


def write_curves(trainings: Sequence[Training], folder: Path) -> tuple[Path, ...]:
    """Draw all trainings into `curves.png` and `curves.svg` and return their paths.

    Raises:
        UserError: the extra `plots` is not installed, or the folder is not writable.
    """
    with plotting(**{"axes.spines.right": True}):
        check_writable(folder)
        figure = draw_curves(trainings)
        return tuple(saved(figure, folder / f"curves.{kind}") for kind in IMAGE_FORMATS)


def draw_curves(trainings: Sequence[Training]) -> "Figure":
    """Losses on the left axis, accuracy on the right, with the same scales in every panel."""
    curves = [learning_curves(training) for training in trainings]
    across = min(len(curves), _ACROSS)
    grid = panels(len(curves), across, _PANEL, gap=_GAP)
    losses, accuracies = _limits(curves)
    for number, (left, each) in enumerate(zip(grid, curves, strict=True), start=1):
        right = left.twinx()
        left.set_ylim(losses)
        right.set_ylim(accuracies)
        first, last = number % across == 1 % across, number % across == 0 or number == len(curves)
        left.set_ylabel("loss" if first else "")
        right.set_ylabel("accuracy" if last else "")
        left.tick_params(labelleft=first)
        right.tick_params(labelright=last)
        lines = _panel(left, right, each)
    return framed(
        grid[0],
        PlotFrame(
            title="Learning curves",
            caption="All panels have the same scales.",
            marks=tuple((line, str(line.get_label())) for line in lines),
        ),
    )


def _panel(left: "Axes", right: "Axes", curves: LearningCurves) -> list["Line2D"]:
    label_panel(left, folded(f"{curves.model}  {curves.title}", 42, most=2), "epoch")
    if curves.steps.points:
        left.plot(*_xy(curves.steps), color=COLOURS[0], alpha=0.25, linewidth=0.6)
    train, validation = curves.losses
    return [
        *left.plot(*_xy(train), color=COLOURS[0], marker=".", label=f"{train.name} (faint: by step)"),
        *left.plot(*_xy(validation), color=COLOURS[1], marker="s", ms=3, ls="--", label=validation.name),
        *right.plot(
            *_xy(curves.accuracy), color=COLOURS[2], marker="^", ms=3, ls=":", label=curves.accuracy.name
        ),
    ]


def _xy(series: ChartSeries) -> tuple[list[float], tuple[float, ...]]:
    return [point.x for point in series.points], series.values


def _limits(curves: Sequence[LearningCurves]) -> tuple[tuple[float, float], tuple[float, float]]:
    """One scale of loss and one of accuracy for all panels; a step that dwarfs the rest is cut off."""
    losses = [value for each in curves for series in each.losses for value in series.values]
    steps = [value for each in curves for value in each.steps.values]
    top = max(*losses, min(max(steps, default=0.0), 1.5 * max(losses)))
    accuracies = [value for each in curves for value in each.accuracy.values]
    return (0.0, 1.05 * top), (max(0.0, min(accuracies) - 0.05), min(1.0, max(accuracies) + 0.05))
