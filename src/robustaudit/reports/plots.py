"""The plots of a run, and learning curves, as PNG and SVG files; the same data give the same files."""

import io
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from robustaudit.core.display import visible
from robustaudit.core.errors import MissingExtra
from robustaudit.core.files import check_writable, write_atomically
from robustaudit.reports.charts import Chart, ChartSeries, LearningCurves, Panel, charts, learning_curves
from robustaudit.reports.report import Report
from robustaudit.runs.result import Result, Row
from robustaudit.training.trainings import Training

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

# Colours that the colour-blind tell apart (Okabe and Ito 2008); marks and dashes say the same.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#56b4e9", "#5b5f66", "#7a3e9d")
_MARKERS, _DASHES = "osv^D", ("-", "--", ":", "-.")
_MOST_ACROSS = 3
_PANEL = (3.4, 2.6)  # inches
_CURVES_ACROSS = 4
_CURVES_PANEL = (4.0, 3.2)  # inches
_ROW = 0.3  # inches of a row of a table or a forest


ImageFormat = Literal["png", "svg"]
_FORMATS: tuple[ImageFormat, ...] = ("png", "svg")


def write_plots(report: Report, folder: Path) -> tuple[Path, ...]:
    """Draw the drops, the map of models and attacks, and every chart of the run, and return their paths.

    Raises:
        UserError: the extra `plots` is not installed, or the folder is not writable.
    """
    return _write_all(folder, lambda: _figures(report), right=False)


def write_curves(trainings: Sequence[Training], folder: Path) -> tuple[Path, ...]:
    """Draw all trainings into `curves.png` and `curves.svg` and return their paths.

    Raises:
        UserError: the extra `plots` is not installed, or the folder is not writable.
    """
    return _write_all(folder, lambda: iter([("curves", draw_curves(trainings))]), right=True)


def _write_all(
    folder: Path, figures: "Callable[[], Iterator[tuple[str, Figure]]]", *, right: bool
) -> tuple[Path, ...]:
    """Write each figure in both formats; `right` says whether they have an axis on the right."""
    try:
        from matplotlib import style  # noqa: PLC0415  (an extra, and heavy)
    except ModuleNotFoundError as error:
        raise MissingExtra("matplotlib", "plots") from error
    check_writable(folder)
    # The salt makes the names inside an SVG the same in every run; a user's own style is left out.
    ours = {"svg.hashsalt": "robustaudit", "axes.spines.top": False, "axes.spines.right": right}
    with style.context(["default", ours]):
        return tuple(
            _write(figure, folder / f"{name}.{kind}", kind) for name, figure in figures() for kind in _FORMATS
        )


def _write(figure: "Figure", path: Path, kind: ImageFormat) -> Path:
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, dpi=150, metadata={"Date": None} if kind == "svg" else None)
    write_atomically(path, buffer.getvalue())
    return path


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
    across = min(len(chart.panels), _MOST_ACROSS)
    figure, grid = _grid(len(chart.panels), across, _PANEL, margin=0.4)
    for axes, panel in zip(grid, chart.panels, strict=True):
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
    _label(axes, panel.title, chart.x)
    for series in panel.series:
        number = chart.series.index(series.name)
        values = [chart.scale * value for value in series.values]
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


def draw_curves(trainings: Sequence[Training]) -> "Figure":
    """Losses on the left axis, accuracy on the right, with the same scales in every panel."""
    curves = [learning_curves(training) for training in trainings]
    across = min(len(curves), _CURVES_ACROSS)
    figure, grid = _grid(len(curves), across, _CURVES_PANEL)
    losses, accuracies = _limits(curves)
    for number, (left, each) in enumerate(zip(grid, curves, strict=True), start=1):
        right = left.twinx()
        left.set_ylim(losses)
        right.set_ylim(accuracies)
        left.set_ylabel("loss" if number % across == 1 % across else "")
        right.set_ylabel("accuracy" if number % across == 0 or number == len(curves) else "")
        lines = _curves_panel(left, right, each)
    figure.legend(handles=lines, loc="outside lower center", ncols=len(lines), frameon=False)
    return figure


def _curves_panel(left: "Axes", right: "Axes", curves: LearningCurves) -> list["Line2D"]:
    _label(left, visible(f"{curves.model}  {curves.title}"), "epoch")
    if curves.steps.points:
        left.plot(*_xy(curves.steps), color=_COLOURS[0], alpha=0.25, linewidth=0.6)
    train, validation = curves.losses
    return [
        *left.plot(*_xy(train), color=_COLOURS[0], marker=".", label=f"{train.name} (faint: by step)"),
        *left.plot(*_xy(validation), color=_COLOURS[1], marker="s", ms=3, ls="--", label=validation.name),
        *right.plot(
            *_xy(curves.accuracy), color=_COLOURS[2], marker="^", ms=3, ls=":", label=curves.accuracy.name
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


def _grid(
    panels: int, across: int, inches: tuple[float, float], *, margin: float = 0.0
) -> "tuple[Figure, list[Axes]]":
    """A figure with a panel of that size for each, several in a row, and a margin on the left."""
    from matplotlib.figure import Figure  # noqa: PLC0415

    down = math.ceil(panels / across)
    size = (inches[0] * across + margin, inches[1] * down + 0.6)
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(down, across, squeeze=False, sharey=True).flatten()
    for axes in grid[panels:]:
        axes.set_axis_off()
    return figure, list(grid[:panels])


def _label(axes: "Axes", title: str, x: str) -> None:
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    axes.set_title(title, fontsize=8, loc="left", parse_math=False)
    axes.set_xlabel(x)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _one(width: float, height: float) -> "tuple[Figure, Axes]":
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots()
