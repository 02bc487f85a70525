"""The plots of a run, and learning curves, as PNG and SVG files; the same data give the same files."""

import io
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from robustaudit.core.display import visible
from robustaudit.core.errors import MissingExtra
from robustaudit.core.files import check_writable, write_atomically
from robustaudit.reports.charts import Chart, Panel, charts
from robustaudit.reports.report import Report
from robustaudit.runs.result import Result, Row
from robustaudit.training.trainings import Training

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Colours that the colour-blind tell apart (Okabe and Ito 2008); marks and dashes say the same.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#56b4e9", "#5b5f66", "#7a3e9d")
_MARKERS, _DASHES = "osv^D", ("-", "--", ":", "-.")
_MOST_ACROSS = 3
_PANEL = (3.4, 2.6)  # inches
_ROW = 0.3  # inches of a row of a table or a forest


def write_plots(report: Report, folder: Path) -> tuple[Path, ...]:
    """Draw the drops, the map of models and attacks, and every chart of the run, and return their paths.

    Raises:
        UserError: the extra `plots` is not installed, or the folder is not writable.
    """
    try:
        from matplotlib import style  # noqa: PLC0415  (an extra, and heavy)
    except ModuleNotFoundError as error:
        raise MissingExtra("matplotlib", "plots") from error
    check_writable(folder)
    # The salt makes the names inside an SVG the same in every run; a user's own style is left out.
    ours = {"svg.hashsalt": "robustaudit", "axes.spines.top": False, "axes.spines.right": False}
    with style.context(["default", ours]):
        return tuple(
            _write(figure, folder / f"{name}.{kind}", kind)
            for name, figure in _figures(report)
            for kind in _KINDS
        )


ImageFormat = Literal["png", "svg"]
_KINDS: tuple[ImageFormat, ...] = ("png", "svg")


def _figures(report: Report) -> Iterator[tuple[str, "Figure"]]:
    rows = [row for row in report.result.rows if row.drop is not None]
    if rows:
        yield "drops", _forest(rows)
        yield "map", _map(report.result)
    for chart in charts(report):
        yield chart.name, _curves(chart)


def _forest(rows: Sequence[Row]) -> "Figure":
    """The drops with their confidence intervals, filled where they are significant."""
    figure, axes = _one(7.0, 1.0 + _ROW * len(rows))
    for place, row in enumerate(rows):
        assert row.drop is not None
        if row.drop.low is not None and row.drop.high is not None:
            axes.plot([100 * row.drop.low, 100 * row.drop.high], [place, place], color="#1d1f23")
        face = _COLOURS[1] if row.significance == "significant" else "white"
        axes.plot(100 * row.drop.value, place, "o", markerfacecolor=face, markeredgecolor="#1d1f23")
    axes.axvline(0, color="#84807a", linewidth=0.8)
    axes.set_yticks(
        range(len(rows)), [visible(f"{row.model}  {row.attack}") for row in rows], parse_math=False
    )
    axes.invert_yaxis()
    axes.set_xlabel("drop, pp, with 95% CI; filled: significant")
    return figure


def _map(result: Result) -> "Figure":
    models = [model["name"] for model in result.plan["models"]]
    attacks = [attack["name"] for attack in result.plan["attacks"]]
    found = {(row.attack, row.model): row.drop for row in result.rows}
    drops = [[found.get((attack, model)) for model in models] for attack in attacks]
    figure, axes = _one(2.5 + 0.9 * len(models), 1.0 + _ROW * len(attacks))
    shares = [[math.nan if drop is None else 100 * drop.value for drop in line] for line in drops]
    axes.imshow(shares, cmap="Oranges", vmin=0, vmax=50, aspect="auto")
    for down, line in enumerate(shares):
        for across, share in enumerate(line):
            label = "–" if math.isnan(share) else f"{share:.1f}"
            axes.text(across, down, label, ha="center", va="center", color="white" if share > 30 else "black")  # noqa: PLR2004
    axes.set_xticks(range(len(models)), list(map(visible, models)), parse_math=False)
    axes.set_yticks(range(len(attacks)), list(map(visible, attacks)), parse_math=False)
    axes.set_xlabel("model; drop in percentage points")
    return figure


def _curves(chart: Chart) -> "Figure":
    from matplotlib.figure import Figure  # noqa: PLC0415

    across = min(len(chart.panels), _MOST_ACROSS)
    down = math.ceil(len(chart.panels) / across)
    figure = Figure(figsize=(_PANEL[0] * across + 0.4, _PANEL[1] * down + 0.6), layout="constrained")
    grid = figure.subplots(down, across, squeeze=False, sharey=True).flatten()
    for axes in grid[len(chart.panels) :]:
        axes.set_axis_off()
    for axes, panel in zip(grid, chart.panels, strict=False):
        _panel(axes, panel, chart)
    handles = {
        label: handle
        for axes in grid
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=4, frameon=False)
    figure.supylabel(chart.y, fontsize="medium")
    return figure


def _panel(axes: "Axes", panel: Panel, chart: Chart) -> None:
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    axes.set_title(panel.title, fontsize=9, loc="left", parse_math=False)
    axes.set_xlabel(chart.x)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    for series in panel.series:
        number = chart.series.index(series.name)
        values = [chart.scale * point.y.value for point in series.points]
        reach = [
            [
                chart.scale * abs(point.y.value - (point.y.value if end is None else end))
                for point, end in ends
            ]
            for ends in (
                [(point, point.y.low) for point in series.points],
                [(point, point.y.high) for point in series.points],
            )
        ]
        axes.errorbar(
            [point.x for point in series.points],
            values,
            yerr=reach,
            label=series.name,
            color=_COLOURS[number % len(_COLOURS)],
            marker=_MARKERS[number % len(_MARKERS)],
            linestyle=_DASHES[number % len(_DASHES)],
            markersize=4,
            elinewidth=0.8,
        )


def _one(width: float, height: float) -> "tuple[Figure, Axes]":
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots()


def _write(figure: "Figure", path: Path, kind: ImageFormat) -> Path:
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, dpi=150, metadata={"Date": None} if kind == "svg" else None)
    write_atomically(path, buffer.getvalue())
    return path


if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

_CURVES_ACROSS = 4
_CURVES_PANEL = (4.0, 3.2)  # inches
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
        return _write_curves(figure, folder, "png"), _write_curves(figure, folder, "svg")


def draw(trainings: Sequence[Training]) -> "Figure":
    """The figure: losses on the left axis, accuracy on the right, the same scales in every panel."""
    from matplotlib.figure import Figure  # noqa: PLC0415

    across = min(len(trainings), _CURVES_ACROSS)
    down = math.ceil(len(trainings) / across)
    figure = Figure(figsize=(_CURVES_PANEL[0] * across, _CURVES_PANEL[1] * down + 0.6), layout="constrained")
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
        lines = _curves_panel(left, right, training)
    figure.legend(handles=lines, loc="outside lower center", ncols=len(lines), frameon=False)
    return figure


def _curves_panel(left: "Axes", right: "Axes", training: Training) -> list["Line2D"]:
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


def _write_curves(figure: "Figure", folder: Path, kind: Literal["png", "svg"]) -> Path:
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, dpi=150, metadata={"Date": None} if kind == "svg" else None)
    path = folder / f"{_NAME}.{kind}"
    write_atomically(path, buffer.getvalue())
    return path
