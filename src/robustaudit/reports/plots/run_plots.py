"""All plots of a run, by name."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from robustaudit.core.errors import UserError
from robustaudit.core.files import check_writable
from robustaudit.core.validation import check_known
from robustaudit.reports.charts import charts
from robustaudit.reports.plots.drops import draw_drops
from robustaudit.reports.plots.heat_map import draw_map
from robustaudit.reports.plots.kit import IMAGE_FORMATS, plotting, saved
from robustaudit.reports.plots.lines import draw_chart
from robustaudit.runs.result import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def write_plots(result: Result, folder: Path) -> tuple[Path, ...]:
    """Draw all that the run has into PNG and SVG files, and return their paths.

    Raises:
        UserError: the extra `plots` is not installed, or the folder is not writable.
    """
    with plotting():
        check_writable(folder)
        drawn = {name: draw() for name, draw in _plots(result).items()}
        return tuple(
            saved(figure, folder / f"{name}.{kind}")
            for name, figure in drawn.items()
            for kind in IMAGE_FORMATS
        )


def draw_plot(result: Result, kind: str) -> "Figure":
    """One plot of a run: `drops`, `map`, `severity` or `worst-of-k`.

    Raises:
        UserError: the run has no such plot, or the extra `plots` is not installed.
    """
    with plotting():
        known = _plots(result)
        if not known:
            raise UserError("nothing to plot: none of the attacks is applicable to any text")
        return known[check_known("plot", kind, known)]()


def _plots(result: Result) -> "Mapping[str, Callable[[], Figure]]":
    """The plots that a run has."""
    drawn: dict[str, Callable[[], Figure]] = {}
    if any(row.drop for row in result.rows):
        drawn |= {"drops": partial(draw_drops, result), "map": partial(draw_map, result)}
    return drawn | {chart.name: partial(draw_chart, result, chart) for chart in charts(result)}
