"""`robustaudit report`: a stored run as a page, a table or a file for other programs."""

from pathlib import Path
from typing import Annotated

import typer

from robustaudit.cli.console import say
from robustaudit.cli.options import a_path, split_names


def report(
    run: Annotated[Path, typer.Argument(help="The folder of a run, such as reports/tiny-0123456789ab.")],
    formats: Annotated[
        str,
        typer.Option(
            "--format", help="html, markdown, json, figures, csv, parquet, junit, sarif: one or several."
        ),
    ] = "html",
    output: Annotated[
        Path | None,
        typer.Option(
            parser=a_path, metavar="PATH", help="The folder to write to.", show_default="the run's own"
        ),
    ] = None,
    plots: Annotated[bool, typer.Option("--plots", help="Write the plots too, as PNG and SVG.")] = False,
    models_dir: Annotated[
        Path | None,
        typer.Option(help="Where trained models lie.", show_default="./trained_models, or those that ship"),
    ] = None,
) -> None:
    """Write reports of a finished run: an HTML page that opens offline, and files for other programs."""
    from robustaudit.api.models import models_folder
    from robustaudit.core.files import check_writable, write_atomically
    from robustaudit.core.validation import check_known
    from robustaudit.gate.verdict import read_verdict
    from robustaudit.reports.formats import FORMATS
    from robustaudit.reports.plots import write_plots
    from robustaudit.reports.report import Report
    from robustaudit.reports.training import trainings_of
    from robustaudit.runs.stored import open_run

    chosen = [check_known("format", name, FORMATS) for name in split_names("format", formats)]
    stored = open_run(run)
    result = stored.finished()
    trainings = trainings_of(result.plan["models"], folder=models_folder(models_dir))
    made = Report(run=stored, result=result, verdict=read_verdict(stored), trainings=trainings)
    folder = output or run
    check_writable(folder)
    contents = {FORMATS[name].file: FORMATS[name].write(made) for name in chosen}
    for name, content in contents.items():
        write_atomically(folder / name, content)
        say(f"written {folder / name}")
    for path in write_plots(made, folder / "plots") if plots else ():
        say(f"written {path}")
