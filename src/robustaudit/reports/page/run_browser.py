"""The page of a folder of runs: a table to filter, sort and open them from, and their drops over time."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import robustaudit
from robustaudit.core.display import visible
from robustaudit.core.errors import UserError
from robustaudit.core.files import is_file
from robustaudit.gate.verdict import read_verdict
from robustaudit.reports.charts import Chart, ChartPoint, ChartSeries, Panel, level, series_name
from robustaudit.reports.page.document import page
from robustaudit.reports.page.svg import drawn
from robustaudit.runs.history import DropHistory, HistoryRun, RunHistory
from robustaudit.runs.result import Row

_PAGE = "report.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserRow:
    """A run in the table: its number by time, its page if it has one, and its figures."""

    number: int
    run: HistoryRun
    link: str | None
    models: tuple[str, ...]
    attacks: tuple[str, ...]
    worst: Row | None
    significant: int
    tested: int
    gate: str

    @property
    def sought(self) -> str:
        """The text that a filter looks in."""
        data = self.run.result.plan["data"]["title"]
        return "\n".join(map(visible, (self.run.name, data, *self.models, *self.attacks))).lower()


def browser_page(history: RunHistory, *, folder: Path, at: Path) -> bytes:
    """The page of the runs in a folder; `at` is the folder where it will lie, for its links."""
    rows = [_row(number, run, at) for number, run in enumerate(history.runs, start=1)]
    chart = _drops_over_runs(history)
    return page(
        "history",
        "browser.js",
        version=robustaudit.__version__,
        folder=str(folder),
        rows=rows[::-1],
        models=_named(rows, "models"),
        attacks=_named(rows, "attacks"),
        unread=history.unread,
        charts=[(chart, drawn(chart))] if len(history.runs) > 1 and chart.panels else [],
        level=level,
    )


def _row(number: int, run: HistoryRun, at: Path) -> BrowserRow:
    result = run.result
    with_drop = [row for row in result.rows if row.drop is not None]
    tested = [row.significance for row in result.rows if row.significance is not None]
    return BrowserRow(
        number=number,
        run=run,
        link=_link(run.stored.folder, at) if is_file(run.stored.folder / _PAGE) else None,
        models=tuple(model["name"] for model in result.plan["models"]),
        attacks=tuple(attack["name"] for attack in result.plan["attacks"]),
        worst=max(with_drop, key=lambda row: row.drop.value if row.drop else 0.0, default=None),
        significant=tested.count("significant"),
        tested=len(tested),
        gate=_gate(run),
    )


def _link(run: Path, at: Path) -> str:
    """The address of a run's page from a folder; its start keeps a name with a colon from being a scheme."""
    way = os.path.relpath(run / _PAGE, at)
    return "./" + quote(Path(way).as_posix())


def _gate(run: HistoryRun) -> str:
    """The outcome of the run's gate."""
    try:
        verdict = read_verdict(run.stored)
    except UserError:
        return "cannot be read"
    return verdict.outcome if verdict else ""


def _named(rows: Sequence[BrowserRow], kind: str) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in getattr(row, kind)))


def _drops_over_runs(history: RunHistory) -> Chart:
    """A panel for each attack, with a line for each model."""
    numbers = {run.name: number for number, run in enumerate(history.runs, start=1)}
    attacks = dict.fromkeys(series.attack for series in history.series)
    panels = (Panel(visible(attack), tuple(_lines(history.series, attack, numbers))) for attack in attacks)
    return Chart(
        name="over-runs",
        title="Drop over runs",
        caption="The drop in each run with its 95% confidence interval; runs have the numbers of the table. "
        "A line breaks where data, attack or draws differ: drops before and after are not comparable.",
        x="run",
        y="drop, pp",
        panels=tuple(panel for panel in panels if panel.series),
    )


def _lines(history: Sequence[DropHistory], attack: str, numbers: dict[str, int]) -> Iterator[ChartSeries]:
    for series in history:
        points = tuple(
            ChartPoint(numbers[point.run], point.drop, apart=not point.is_comparable)
            for point in series.points
            if point.drop is not None
        )
        if series.attack == attack and points:
            yield ChartSeries(series_name(series.model), points)
