"""`robustaudit plan`: the sample size of an audit."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from robustaudit.cli.console import say, show, show_json
from robustaudit.cli.options import ALPHA, AsJson


def plan(
    max_drop: Annotated[
        float, typer.Option(help="Largest acceptable drop, such as 0.05 for 5 percentage points.")
    ],
    true_drop: Annotated[
        float | None,
        typer.Option(help="The true drop to detect.", show_default="half of --max-drop"),
    ] = None,
    power: Annotated[float, typer.Option(help="The chance to detect it with a fixed sample size.")] = 0.8,
    alpha: Annotated[float, typer.Option(help=ALPHA)] = 0.05,
    pilot: Annotated[
        Path | None,
        typer.Option(help="The folder of a pilot run.", show_default="cautious assumptions"),
    ] = None,
    clean_accuracy: Annotated[
        float | None,
        typer.Option(help="Without a pilot: limits how many texts may flip.", show_default="not known"),
    ] = None,
    attacks: Annotated[
        int | None, typer.Option(help="Number of attacks.", show_default="the pilot's, or 1")
    ] = None,
    models: Annotated[
        int | None, typer.Option(help="Number of models.", show_default="the pilot's, or 1")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Plan the sample size: examples and draws that a gate needs, and what --until-decided would take."""
    from robustaudit.reports.sample_size_report import render_forecast
    from robustaudit.runs.forecast import forecast, learn_from_pilot
    from robustaudit.runs.stored_run import open_run
    from robustaudit.statistics.sample_size import PowerTarget

    run = open_run(pilot) if pilot else None
    if run and run.result is None:
        say(f"pilot {str(pilot)!r} is not finished: it is taken as far as it came")
    question = PowerTarget(
        max_drop=max_drop,
        true_drop=max_drop / 2 if true_drop is None else true_drop,
        power=power,
        alpha=alpha,
        models=_number(models, run.plan["models"] if run else ()),
        attacks=_number(attacks, run.plan["attacks"] if run else ()),
    )
    found = forecast(
        question, learn_from_pilot(run, question) if run else None, clean_accuracy=clean_accuracy
    )
    if as_json:
        show_json(found.as_json())
    else:
        show(render_forecast(found))


def _number(given: int | None, of_pilot: Sequence[object]) -> int:
    return given if given is not None else max(1, len(of_pilot))
