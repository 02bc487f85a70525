"""`robustaudit status`: how far a run is, from any process and machine that sees its folder."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from robustaudit.cli.console import console, say, show, show_json, show_lines
from robustaudit.cli.finished import refuse_others
from robustaudit.cli.options import AsJson, RunFolder
from robustaudit.cli.streams import results

if TYPE_CHECKING:
    from robustaudit.runs.run_status import RunStatus

_EVERY = 2.0  # seconds between two looks of --watch
_NOT_WELL = 1

Wait = Callable[[float], None]


def status(
    run: RunFolder = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Look every 2 seconds until nobody works on it any more.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show how far a run is, while it works or after: trials, rate and time left of each model.

    Without RUN: the one that is worked on in reports, else the one that was started or ended last. Exit
    codes: 0 finished or worked on, 1 failed, stopped, interrupted or damaged, 2 no run.
    """
    from robustaudit.runs.run_status import status_of

    folder = run or _latest()
    refuse_others("status", folder)
    if watch:
        found = _watch(looks(folder), as_json=as_json)
    else:
        found = status_of(folder)
        _show(found, as_json=as_json)
    if not found.is_well:
        raise typer.Exit(_NOT_WELL)


def _latest() -> Path:
    from robustaudit.api.request import RUNS
    from robustaudit.runs.run_status import latest_begun

    found = latest_begun(RUNS)
    say(f"latest run: {found}")
    return found


def looks(folder: Path, wait: Wait = time.sleep) -> Iterator["RunStatus"]:
    """The status of a run every 2 seconds, until nobody works on it."""
    from robustaudit.runs.run_status import status_of

    while (found := status_of(folder)).state == "working":
        yield found
        wait(_EVERY)
    yield found


def _watch(found: Iterator["RunStatus"], *, as_json: bool) -> "RunStatus":
    """Show each status: in a terminal in place of the one before, else where it is another."""
    from rich.live import Live

    from robustaudit.reports.stored_runs import render_status

    stream = console()
    if as_json or not stream.is_terminal:
        return _print_changes(found, as_json=as_json)
    with Live(console=stream, auto_refresh=False, redirect_stdout=False, redirect_stderr=False) as live:
        for each in found:
            live.update(render_status(each), refresh=True)
    return each


def _print_changes(found: Iterator["RunStatus"], *, as_json: bool) -> "RunStatus":
    before = None
    for each in found:
        if each != before:
            if as_json:
                show_lines([json.dumps(each.as_json())])
            else:
                _show(each, as_json=False)
            results().flush()
        before = each
    assert before is not None  # there is one look at least
    return before


def _show(found: "RunStatus", *, as_json: bool) -> None:
    from robustaudit.reports.stored_runs import render_status

    if as_json:
        show_json(found.as_json())
    else:
        show(render_status(found))
