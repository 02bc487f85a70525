"""Stored runs: the results of several over time, and whether one is intact."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from robustaudit.core.display import visible
from robustaudit.gate.run_health import RunHealth
from robustaudit.reports.text import code, interval, value
from robustaudit.runs.history import DropHistory, HistoryPoint, RunHistory

_LEGEND = "Drops in points [95 %], the oldest run first; times are when runs finished, UTC."
_DRAWS = (
    "Draws: with another number of draws of an example, those that an attack changes only now and then count "
    "more or less often, so that drops before and after are not one figure; see `robustaudit compare`."
)


def render_history(history: RunHistory) -> RenderableType:
    """A table for each model under each attack, a line for each run."""
    return Group(*map(_part, history.series), Padding(Text("\n".join(_legend(history)), style="dim"), (1, 0)))


def _legend(history: RunHistory) -> list[str]:
    named = {name for series in history.series for point in series.points for name in point.changed}
    return [_LEGEND, _DRAWS] if "draws" in named else [_LEGEND]


def _part(series: DropHistory) -> RenderableType:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), show_edge=False, header_style="dim")
    table.add_column("finished", no_wrap=True)
    table.add_column("run", overflow="fold")
    table.add_column("version", no_wrap=True)
    table.add_column("drop [95 %]", justify="right", no_wrap=True)
    noise = any(point.noise for point in series.points)
    if noise:
        table.add_column("noise, %", justify="right", no_wrap=True)
    table.add_column("changed", overflow="fold")
    for point in series.points:
        table.add_row(
            _time(point),
            visible(point.run),
            visible(point.version),
            _drop(point),
            *[value(point.noise)] * noise,
            Text(", ".join(point.changed), style="yellow"),
        )
    title = Text(visible(f"Model {series.model}, {series.attack}"), style="bold")
    return Padding(Group(title, table), (1, 0, 0, 0))


def markdown_history(history: RunHistory) -> str:
    """The same as Markdown."""
    lines: list[str] = []
    for series in history.series:
        lines += [f"## Model {code(series.model)}, {code(series.attack)}", ""]
        noise = any(point.noise for point in series.points)
        columns = ["finished", "run", "version", "drop [95 %]", *["noise, %"] * noise, "changed"]
        lines += [f"| {' | '.join(columns)} |", f"|---|---|---|---:|{'---:|' * noise}---|"]
        lines += [
            f"| {_time(point)} | {code(point.run, cell=True)} | {code(point.version, cell=True)} "
            f"| {_drop(point)} |{f' {value(point.noise)} |' * noise} {', '.join(point.changed)} |"
            for point in series.points
        ]
        lines.append("")
    return "\n".join([*lines, "\n\n".join(_legend(history)), ""])


def history_as_json(history: RunHistory) -> Sequence[dict[str, Any]]:
    """A list of series, with times as ISO 8601 has them."""
    return [
        {
            "model": series.model,
            "attack": series.attack,
            "points": [asdict(point) | {"finished": point.finished.isoformat()} for point in series.points],
        }
        for series in history.series
    ]


def _time(point: HistoryPoint) -> str:
    return f"{point.finished:%Y-%m-%d %H:%M}"


def _drop(point: HistoryPoint) -> str:
    return "nothing changed" if point.drop is None else f"{value(point.drop)} {interval(point.drop)}"


_GOES_ON = "the command that made the run goes on with it"


def health_lines(found: RunHealth) -> Iterator[str]:
    """What is said of a run: first all that is damaged, then what it is."""
    yield from map(str, found.damages)
    yield f"run {found.run}: {', '.join(_state(found))}"


def _state(found: RunHealth) -> Iterator[str]:
    if found.status is None or found.time is None:
        yield "nothing is known of its status"
    elif found.at_work:
        yield f"at work since {_at(found.time)}"
    elif found.status == "started":
        yield f"started {_at(found.time)} and ended from outside before it was finished: {_GOES_ON}"
    else:
        why = f" ({found.reason})" if found.reason else ""
        yield f"{found.status} {_at(found.time)}{why}" + (
            f": {_GOES_ON}" if found.status != "finished" else ""
        )
    of = "" if found.planned in (None, found.trials) else f" of {found.planned:,} planned"
    yield f"{found.trials:,}{of} trials"
    if found.damages:
        yield f"{len(found.damages)} {'file' if len(found.damages) == 1 else 'files'} damaged"
    elif found.is_intact:
        yield "whole"
    else:
        yield "what there is of it is whole"


def _at(time: str) -> str:
    return datetime.fromisoformat(time).strftime("%Y-%m-%d %H:%M %Z")
