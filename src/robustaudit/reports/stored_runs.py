"""Stored runs: the results of several over time, and whether one is intact."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from robustaudit.core.display import visible
from robustaudit.gate.run_health import RunHealth
from robustaudit.reports.layout import legend, section, table
from robustaudit.reports.text import cell, code, count, interval, markdown_table, value
from robustaudit.runs.history import DropHistory, HistoryPoint, RunHistory

_HEAD = ("finished", "run", "version", "drop, pp [95% CI]")
_LEGEND = "Oldest run first; times are when runs finished, UTC."
_DRAWS = (
    "Draws: with another number of draws per example, examples that an attack changes only sometimes have "
    "another weight, so that drops before and after are not comparable; see `robustaudit compare`."
)


def render_history(history: RunHistory) -> RenderableType:
    """A table for each model under each attack, a line for each run."""
    return Group(*map(_part, history.series), legend(_legend(history)))


def _legend(history: RunHistory) -> list[str]:
    named = {name for series in history.series for point in series.points for name in point.changed}
    return [_LEGEND, _DRAWS] if "draws" in named else [_LEGEND]


def _part(series: DropHistory) -> RenderableType:
    finished, run, version, drop = _HEAD
    made = table(finished, run, version, figures=(drop, *_noise(series)))
    made.add_column("changed", overflow="fold")
    made.columns[0].no_wrap = made.columns[2].no_wrap = True
    for point in series.points:
        noise = (value(point.noise) for _ in _noise(series))
        changed = Text(", ".join(point.changed), style="yellow")
        made.add_row(_time(point), visible(point.run), visible(point.version), _drop(point), *noise, changed)
    return section(f"Model {series.model}, {series.attack}", made)


def _noise(series: DropHistory) -> Sequence[str]:
    """The head of a column for noise, where there is any."""
    return ("noise, %",) if any(point.noise for point in series.points) else ()


def markdown_history(history: RunHistory) -> str:
    """Runs over time as Markdown."""
    parts = []
    for series in history.series:
        rows = [
            (
                _time(point),
                cell(point.run),
                cell(point.version),
                _drop(point),
                *(value(point.noise) for _ in _noise(series)),
                ", ".join(point.changed),
            )
            for point in series.points
        ]
        head = (*_HEAD, *_noise(series), "changed")
        parts.append(f"## Model {code(series.model)}, {code(series.attack)}\n\n{markdown_table(head, rows)}")
    return "\n".join([*parts, "\n\n".join(_legend(history)), ""])


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
    return "not applicable" if point.drop is None else f"{value(point.drop)} {interval(point.drop)}"


_RESUME = "the command that made the run resumes it"


def health_lines(found: RunHealth) -> Iterator[str]:
    """The damaged files of a run, then its status."""
    yield from map(str, found.damages)
    yield f"run {found.run}: {', '.join(_state(found))}"


def _state(found: RunHealth) -> Iterator[str]:
    if found.status is None or found.time is None:
        yield "status unknown"
    elif found.at_work:
        yield f"running since {_at(found.time)}"
    elif found.status == "started":
        yield f"started {_at(found.time)} and interrupted before it finished: {_RESUME}"
    else:
        why = f" ({found.reason})" if found.reason else ""
        yield f"{found.status} {_at(found.time)}{why}" + (
            f": {_RESUME}" if found.status != "finished" else ""
        )
    of = "" if found.planned in (None, found.trials) else f" of {found.planned:,} planned"
    yield f"{found.trials:,}{of} trials"
    if found.damages:
        yield f"{count(len(found.damages), 'file')} damaged"
    elif found.is_intact:
        yield "complete and intact"
    else:
        yield "intact so far"


def _at(time: str) -> str:
    return datetime.fromisoformat(time).strftime("%Y-%m-%d %H:%M %Z")
