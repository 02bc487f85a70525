"""`robustaudit baseline`: a small file of what a run found, to commit and to hold later runs against."""

from pathlib import Path
from typing import Annotated

import typer

from robustaudit.cli.console import say
from robustaudit.cli.options import a_path

baseline = typer.Typer(help="What a run found, for later runs to be held against.", no_args_is_help=True)


@baseline.callback()
def _baseline() -> None:
    """What a run found, for later runs to be held against."""


@baseline.command("save")
def save(
    run: Annotated[Path, typer.Argument(help="The folder of a run, such as reports/tiny-0123456789ab.")],
    output: Annotated[
        Path | None,
        typer.Option(
            parser=a_path, metavar="PATH", help="The file.", show_default="robustaudit-baseline.json"
        ),
    ] = None,
) -> None:
    """Write the baseline that `max_regression` compares with; commit it."""
    from robustaudit.gate.baseline import make_baseline, write_baseline
    from robustaudit.gate.configured import BASELINE
    from robustaudit.runs.stored import open_run

    stored = open_run(run)
    path = output or Path(BASELINE)
    made = make_baseline(stored.finished(), stored.trials())
    size = write_baseline(made, path)
    say(f"written to {path}: {size:,} bytes; commit it, and set max_regression in [gate]")
