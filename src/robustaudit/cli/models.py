"""`robustaudit models`: what a network is made of, and what the files of trainings tell."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from robustaudit.cli.console import console, say, show, show_json
from robustaudit.cli.describe import describe
from robustaudit.cli.options import a_path, split_names
from robustaudit.cli.score import score

if TYPE_CHECKING:
    from robustaudit.reports.training import Training

models = typer.Typer(
    help="What models are made of, how good they are, how they compare, how they learned.",
    no_args_is_help=True,
)

Names = Annotated[
    str | None,
    typer.Argument(help="Models, such as 1,4,7.", show_default="every trained network"),
]
Folder = Annotated[
    Path | None,
    typer.Option(
        "--models-dir",
        help="Where trained models lie.",
        show_default="./trained_models, or those that ship",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON alone.")]

models.command("describe")(describe)
models.command("score")(score)


@models.command("compare")
def compare(names: Names = None, models_dir: Folder = None, as_json: AsJson = False) -> None:
    """Compare trainings: times, losses, accuracies, and which differences the data shows."""
    from robustaudit.reports.training import comparison_as_json, render_comparison

    trainings = _trainings(names, models_dir)
    if as_json:
        show_json(comparison_as_json(trainings))
    else:
        show(render_comparison(trainings))


@models.command("curves")
def curves(
    names: Names = None,
    models_dir: Folder = None,
    output: Annotated[
        Path | None,
        typer.Option(
            parser=a_path, metavar="PATH", help="Draw curves.png and curves.svg into this folder too."
        ),
    ] = None,
) -> None:
    """Show the learning curves: train loss, validation loss, validation accuracy."""
    from robustaudit.reports.training import render_curves, write_curves

    trainings = _trainings(names, models_dir)
    written = write_curves(trainings, output) if output else ()
    show(render_curves(trainings, width=console().width))
    for path in written:
        say(f"written to {path}")


@models.command("diagnose")
def diagnose(names: Names = None, models_dir: Folder = None) -> None:
    """Look for over-fitting, under-fitting and instability by stated rules, and tell the memory taken."""
    from robustaudit.reports.training import render_diagnosis

    show(render_diagnosis(_trainings(names, models_dir)))


def _trainings(names: str | None, models_dir: Path | None) -> "tuple[Training, ...]":
    from robustaudit.api.models import models_folder
    from robustaudit.reports.training import read_trainings

    chosen = None if names is None else split_names("models", names)
    return read_trainings(chosen, folder=models_folder(models_dir))
