"""Stored runs: the results of several over time, how far one is, and whether it is intact."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from robustaudit.core.display import percent, visible
from robustaudit.gate.run_health import RunHealth
from robustaudit.reports.layout import legend, section, strong, table
from robustaudit.reports.pace_text import lasting, rate, time_left, trials_done
from robustaudit.reports.terminal_charts import bar
from robustaudit.reports.text import cell, code, count, interval, markdown_table, value
from robustaudit.runs.history import DropHistory, HistoryPoint, RunHistory
from robustaudit.runs.pace import TrialProgress
from robustaudit.runs.run_status import ModelStatus, RunStatus

_MOST_BARS = 24
_NONE, _APART = "·", "┊"
_LEGEND = (
    "Oldest run first; times are when runs finished, UTC. Differs in: what is not as in the run before. "
    "robustaudit "
)
_DRAWS = (
    "Draws: with another number of draws per example, examples that an attack changes only sometimes have "
    "another weight, so that drops before and after are not comparable; see `robustaudit compare`."
)


def render_history(history: RunHistory) -> RenderableType:
    """The drops over all runs as bars, then a table for each model, with a line for each attack and run."""
    parts = (_part(*each) for each in _of_models(history))
    return Group(*_overview(history), *parts, legend(_legend(history)))


def _overview(history: RunHistory) -> Iterator[RenderableType]:
    """A line of bars, one for each run, for each model and attack that several runs have."""
    several = [series for series in history.series if len(_drops(series)) > 1]
    if not several:
        return
    shown = [drop for series in several for drop in _drops(series)]
    low, high = min(0.0, *shown), max(shown)
    made = table("model", "attack", "runs", figures=("first", "last, pp [95% CI]"))
    made.columns[2].no_wrap = True
    for series in several:
        bars = "".join(_bar(point, low, high) for point in series.points[-_MOST_BARS:])
        first, *_, last = (point for point in series.points if point.drop)
        names = (visible(series.model), visible(series.attack))
        made.add_row(*names, Text(bars, style="cyan"), value(first.drop), _drop(last))
    yield section("Drop over runs", made, Text(_key(several, low, high), style="dim"))


def _drops(series: DropHistory) -> list[float]:
    return [point.drop.value for point in series.points if point.drop is not None]


def _bar(point: HistoryPoint, low: float, high: float) -> str:
    mark = _NONE if point.drop is None else bar(point.drop.value, low, high)
    return mark if point.is_comparable else _APART + mark


def _key(several: Sequence[DropHistory], low: float, high: float) -> str:
    """What the bars mean."""
    points = [point for series in several for point in series.points]
    most = max(len(series.points) for series in several)
    lines = [f"A bar is a run, from {percent(low)} to {percent(high)} pp"]
    lines += [f"only the latest {_MOST_BARS}"] * (most > _MOST_BARS)
    lines += [f"{_NONE} not applicable"] * any(point.drop is None for point in points)
    changed = not all(point.is_comparable for point in points)
    lines += [f"{_APART} data, attack or draws differ: not comparable"] * changed
    return "; ".join(lines) + "."


def _of_models(history: RunHistory) -> Iterator[tuple[str, list[DropHistory]]]:
    for model, of_model in groupby(history.series, key=lambda series: series.model):
        yield model, list(of_model)


def _legend(history: RunHistory, *, named: Callable[[str], str] = visible) -> list[str]:
    points = [point for series in history.series for point in series.points]
    versions = ", ".join(dict.fromkeys(named(point.version) for point in points))
    draws = any("draws" in point.changed for point in points)
    return [f"{_LEGEND}{versions}.", *([_DRAWS] if draws else ())]


def _part(model: str, series: Sequence[DropHistory]) -> RenderableType:
    attack, finished, run, *figures, differs = _head(series)
    made = table(attack, finished, run, figures=figures)
    made.add_column(differs, overflow="fold")
    made.columns[1].no_wrap = True
    for name, *cells, changed in _rows(series):
        made.add_row(strong(name), *map(visible, cells), Text(changed, style="yellow"))
    return section(f"Model {model}", made)


def _head(series: Sequence[DropHistory]) -> tuple[str, ...]:
    noise = ["noise, %"] * _any_noise(series)
    return ("attack", "finished", "run", "drop, pp [95% CI]", *noise, "differs in")


def _rows(series: Sequence[DropHistory], *, named: Callable[[str], str] = str) -> Iterator[tuple[str, ...]]:
    """The cells of a model's points; an attack's name stands in its first line alone."""
    for each in series:
        for number, point in enumerate(each.points):
            attack = "" if number else named(each.attack)
            noise = [value(point.noise)] * _any_noise(series)
            yield attack, _time(point), named(point.run), _drop(point), *noise, ", ".join(point.changed)


def _any_noise(series: Sequence[DropHistory]) -> bool:
    return any(point.noise for each in series for point in each.points)


def markdown_history(history: RunHistory) -> str:
    """Runs over time as Markdown."""
    parts = [
        f"## Model {code(model)}\n\n{markdown_table(_head(series), list(_rows(series, named=cell)))}"
        for model, series in _of_models(history)
    ]
    return "\n".join([*parts, "\n\n".join(_legend(history, named=code)), ""])


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


def render_status(found: RunStatus) -> RenderableType:
    """How far a run is: a line on its state, and a row for each model."""
    lines = [str(damage) for damage in found.damages]
    lines.append(f"run {found.run}: {_of_status(found)}")
    parts: list[RenderableType] = [Text(visible(line)) for line in lines]
    if found.models:
        parts.append(_progress_table(found))
    if found.state == "working" and found.latest_unit:
        ago = (datetime.now(UTC) - datetime.fromisoformat(found.latest_unit)).total_seconds()
        parts.append(legend([f"Latest unit: finished {lasting(max(0.0, ago))} ago."]))
    return Group(*parts)


def _of_status(found: RunStatus) -> str:
    since = f" {_at(found.since)}" if found.since else ""
    match found.state:
        case "working":
            return f"worked on by {found.worked_on_by}"
        case "interrupted":
            return f"interrupted: started{since}, not ended, and nobody works on it now; {_RESUME}"
        case "finished":
            return f"finished{since}"
    why = f" ({found.reason})" if found.reason else ""
    return f"{found.state}{since}{why}; {_RESUME}"


def _progress_table(found: RunStatus) -> RenderableType:
    """Trials, rate and time left; of a sequential run its rounds, and the attacks that are not decided."""
    working = found.state == "working"
    sequential = ("rounds", "attacks open") * found.until_decided
    made = table("model", figures=("trials done", "", *sequential, *("rate", "time left") * working))
    for model in found.models:
        cells = _rounds_of(model) if found.until_decided else ()
        made.add_row(strong(model.model), *_of_progress(model.trials, working, *cells))
    if found.all_models and len(found.models) > 1:
        made.add_row(
            Text("all", style="dim"), *_of_progress(found.all_models, working, *("",) * len(sequential))
        )
    return made


def _of_progress(trials: TrialProgress, working: bool, *cells: str) -> Iterator[str]:
    yield trials_done(trials)
    yield f"{100 * trials.done // max(1, trials.total)}%"
    yield from cells
    if working:
        yield rate(trials)
        yield time_left(trials)


def _rounds_of(model: ModelStatus) -> tuple[str, str]:
    of = len(model.attacks)
    still_open = 0 if model.trials.phase == "done" else len(model.latest_attacks or model.attacks)
    return f"{model.rounds:,}", f"{still_open} of {of}"


def _at(time: str) -> str:
    return datetime.fromisoformat(time).strftime("%Y-%m-%d %H:%M %Z")
