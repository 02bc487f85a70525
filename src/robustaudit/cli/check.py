"""`robustaudit check`: whether a run is whole."""

from pathlib import Path
from typing import Annotated

import typer

from robustaudit.cli.console import show_json, show_lines

_NOT_WHOLE = 1


def check(
    run: Annotated[Path, typer.Argument(help="The folder of a run, such as reports/tiny-0123456789ab.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON alone.")] = False,
) -> None:
    """Say whether a run is finished and all of it as it was written, and what mends what is not.

    Exit codes: 0 whole, 1 not, 2 no run.
    """
    from robustaudit.gate.checking import check_run
    from robustaudit.reports.checking import health_lines

    found = check_run(run)
    if as_json:
        show_json(found.as_json())
    else:
        show_lines(health_lines(found))
    if not found.whole:
        raise typer.Exit(_NOT_WHOLE)
