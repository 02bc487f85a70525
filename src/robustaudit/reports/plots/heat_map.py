"""The map of models and attacks: their drops, darker if larger."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from robustaudit.reports.charts import level, levels
from robustaudit.reports.notes import significance_line
from robustaudit.reports.plots.drops import DROP
from robustaudit.reports.plots.kit import INK, QUIET, PlotFrame, audited, folded, framed, minus, panels, plain
from robustaudit.reports.text import interval, value
from robustaudit.runs.result import Result, Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_HEAT = ("#edf4f6", "#fdf3e6", "#fbdfbf", "#f6bf8c", "#e88f56", "#b9491f", "#7c2411")
"""The page's colours of drops: darker if larger, in grey as well."""
_PALE = 5  # colours that dark text stands on
_CELL = (0.95, 0.44)  # inches


def draw_map(result: Result) -> "Figure":
    """The drop of each model under each attack, with its confidence interval."""
    from matplotlib.patches import Patch  # noqa: PLC0415

    models, attacks = ([each["name"] for each in result.plan[kind]] for kind in ("models", "attacks"))
    found = {(row.model, row.attack): row for row in result.rows}
    (axes,) = panels(1, 1, (_CELL[0] * len(models), _CELL[1] * len(attacks)))
    axes.set(xlim=(0, len(models)), ylim=(len(attacks), 0))
    for down, attack in enumerate(attacks):
        for across, model in enumerate(models):
            _cell(axes, (across, down), found.get((model, attack)))
    _name(axes, models, attacks)
    frame = PlotFrame(
        title="Drop in accuracy per model and attack",
        subtitle=audited(result),
        caption=" ".join(_caption(result)),
        marks=tuple(
            (Patch(color=_HEAT[number]), f"{label} pp" if number else label) for number, label in levels()
        ),
    )
    return framed(axes, frame)


def _name(axes: "Axes", models: list[str], attacks: list[str]) -> None:
    """Models above the columns, attacks before the rows."""
    axes.set_xticks([place + 0.5 for place in range(len(models))], [folded(name, 12) for name in models])
    names = [folded(name, 44, most=3) for name in attacks]
    axes.set_yticks([place + 0.5 for place in range(len(attacks))], names)
    axes.tick_params(length=0, labeltop=True, labelbottom=False, labelcolor=INK)
    axes.xaxis.set_label_position("top")
    axes.set_xlabel("model")
    plain([*axes.get_xticklabels(), *axes.get_yticklabels()])
    axes.spines[:].set_visible(False)


def _caption(result: Result) -> Iterator[str]:
    if result.decisions:
        yield "Percentage points."
    else:
        yield "Percentage points, with 95% CI; bold and *: significant; ?: too few to conclude."
    yield DROP
    yield from significance_line(result)


def _cell(axes: "Axes", place: tuple[int, int], row: Row | None) -> None:
    from matplotlib.patches import Rectangle  # noqa: PLC0415

    drop = row.drop if row else None
    face = "white" if drop is None else _HEAT[level(drop)]
    axes.add_patch(Rectangle(place, 1, 1, facecolor=face, edgecolor="white", linewidth=2))
    colour = QUIET if drop is None else INK if level(drop) < _PALE else "white"
    figure, ends = f"{value(drop)}{_sign(row)}", interval(drop) if drop and drop.has_interval else ""
    weight = "bold" if "*" in figure else "normal"
    for text, down, size in ((figure, 0.34 if ends else 0.5, 9.5), (ends, 0.72, 6.5)):
        axes.text(
            place[0] + 0.5,
            place[1] + down,
            minus(text),
            fontsize=size,
            fontweight=weight,
            color=colour,
            ha="center",
            va="center",
        )


def _sign(row: Row | None) -> str:
    if row is None or row.drop is None:
        return ""
    return "?" if row.is_doubtful else "*" if row.significance == "significant" else ""
