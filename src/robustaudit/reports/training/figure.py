"""Learning curves as a figure, one panel a setting; the same trainings give the same files."""

import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from robustaudit.core.display import visible
from robustaudit.core.errors import MissingExtra
from robustaudit.core.files import check_writable, write_atomically
from robustaudit.reports.training.stored import Training

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

_MOST_ACROSS = 4
_PANEL = (4.0, 3.2)  # inches
# Colours that the colour-blind tell apart (Okabe and Ito 2008); dashes and marks say the same.
_BLUE, _ORANGE, _GREEN = "#0072b2", "#d55e00", "#009e73"
_NAME = "curves"


def write_curves(trainings: Sequence[Training], folder: Path) -> tuple[Path, ...]:
    """Draw all trainings into `curves.png` and `curves.svg` and return their paths.

    Raises:
        UserError: the extra `plots` is not installed, or the folder is not writable.
    """
    try:
        from matplotlib import style  # noqa: PLC0415  (an extra, and heavy)
    except ModuleNotFoundError as error:
        raise MissingExtra("matplotlib", "plots") from error
    check_writable(folder)
    # The salt makes the names inside an SVG the same in every run; a user's own style is left out.
    with style.context(["default", {"svg.hashsalt": "robustaudit", "axes.spines.top": False}]):
        figure = draw(trainings)
        return _write(figure, folder, "png"), _write(figure, folder, "svg")


def draw(trainings: Sequence[Training]) -> "Figure":
    """The figure: losses on the left axis, accuracy on the right, the same scales in every panel."""
    from matplotlib.figure import Figure  # noqa: PLC0415

    across = min(len(trainings), _MOST_ACROSS)
    down = math.ceil(len(trainings) / across)
    figure = Figure(figsize=(_PANEL[0] * across, _PANEL[1] * down + 0.6), layout="constrained")
    grid = figure.subplots(down, across, squeeze=False, sharey=True).flatten()
    losses, accuracies = _limits(trainings)
    for axes in grid[len(trainings) :]:
        axes.set_axis_off()
    for place, training in enumerate(trainings, start=1):
        left = grid[place - 1]
        left.set_ylim(losses)
        right = left.twinx()
        right.set_ylim(accuracies)
        left.set_ylabel("loss" if place % across == 1 % across else "")
        right.set_ylabel("accuracy" if place % across == 0 or place == len(trainings) else "")
        lines = _panel(left, right, training)
    figure.legend(handles=lines, loc="outside lower center", ncols=len(lines), frameon=False)
    return figure


def _panel(left: "Axes", right: "Axes", training: Training) -> list["Line2D"]:
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    history = training.history
    epochs = [epoch.epoch for epoch in history.epochs]
    if history.steps:
        to_epochs = epochs[-1] / history.steps[-1].step
        x = [step.step * to_epochs for step in history.steps]
        left.plot(x, [step.train_loss for step in history.steps], color=_BLUE, alpha=0.25, linewidth=0.6)
    train = [epoch.train_loss for epoch in history.epochs]
    validation = [epoch.validation_loss for epoch in history.epochs]
    accuracy = [epoch.validation_accuracy for epoch in history.epochs]
    title = visible(f"{training.name}  {training.card.title}")
    left.set_title(title, fontsize=8, loc="left", parse_math=False)
    left.set_xlabel("epoch")
    left.xaxis.set_major_locator(MaxNLocator(integer=True))
    return [
        *left.plot(epochs, train, color=_BLUE, marker=".", label="train loss (faint: by step)"),
        *left.plot(epochs, validation, color=_ORANGE, marker="s", ms=3, ls="--", label="validation loss"),
        *right.plot(epochs, accuracy, color=_GREEN, marker="^", ms=3, ls=":", label="validation accuracy"),
    ]


def _limits(trainings: Sequence[Training]) -> tuple[tuple[float, float], tuple[float, float]]:
    """One scale of loss and one of accuracy for all panels; a step that dwarfs the rest is cut off."""
    epochs = [epoch for training in trainings for epoch in training.history.epochs]
    losses = [loss for epoch in epochs for loss in (epoch.train_loss, epoch.validation_loss)]
    steps = [step.train_loss for training in trainings for step in training.history.steps]
    top = max(*losses, min(max(steps, default=0.0), 1.5 * max(losses)))
    accuracies = [epoch.validation_accuracy for epoch in epochs]
    return (0.0, 1.05 * top), (max(0.0, min(accuracies) - 0.05), min(1.0, max(accuracies) + 0.05))


def _write(figure: "Figure", folder: Path, kind: Literal["png", "svg"]) -> Path:
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, dpi=150, metadata={"Date": None} if kind == "svg" else None)
    path = folder / f"{_NAME}.{kind}"
    write_atomically(path, buffer.getvalue())
    return path
