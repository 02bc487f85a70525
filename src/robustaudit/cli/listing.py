"""`robustaudit list`: the attacks, perturbations, models and data sets there are."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from robustaudit.cli.console import show, show_json
from robustaudit.cli.options import models_folder
from robustaudit.core.display import visible

list_ = typer.Typer(help="List what there is.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print a JSON array.")]


@list_.command("attacks")
def attacks(as_json: AsJson = False) -> None:
    """Attacks: perturbations and recipes."""
    from robustaudit.attacks import list_attacks

    rows = [{"name": a.name, "kind": a.kind, "description": a.description} for a in list_attacks()]
    _show(rows, as_json=as_json)


@list_.command("perturbations")
def perturbations(
    as_json: AsJson = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print a Markdown table with examples and parameters.")
    ] = False,
) -> None:
    """Perturbations: their family, what an edit imitates, and whether the meaning is kept."""
    from robustaudit.attacks import list_perturbations
    from robustaudit.reports import perturbations_markdown

    entries = list_perturbations()
    if markdown:
        typer.echo(perturbations_markdown(entries), nl=False)
    elif as_json:
        show_json([asdict(entry) for entry in entries])
    else:
        columns = ("name", "family", "meaning", "description")
        _show([{column: getattr(entry, column) for column in columns} for entry in entries], as_json=False)


@list_.command("models")
def models(
    models_dir: Annotated[Path | None, typer.Option(help="Where trained models lie.")] = None,
    as_json: AsJson = False,
) -> None:
    """Models, whether they are trained, and how good they are."""
    from robustaudit.models import available

    rows = [
        {
            "name": listing.name,
            "title": listing.title,
            "trained": listing.card is not None,
            "data": listing.card.run.data if listing.card else None,
            "test_accuracy": listing.card.scores.test_accuracy if listing.card else None,
        }
        for listing in available(models_folder(models_dir))
    ]
    _show(rows, as_json=as_json)


@list_.command("data")
def data(as_json: AsJson = False) -> None:
    """Data sets that have a name."""
    from robustaudit.datasets import BUILT_IN

    rows = [
        {"name": d.name, "description": d.title, "source": d.source, "here": d.is_here()}
        for d in BUILT_IN.values()
    ]
    _show(rows, as_json=as_json)


def _show(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        show_json(rows)
        return
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, header_style="dim")
    for name in rows[0]:
        table.add_column(name.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(value)) for value in row.values()))
    show(table)


def _cell(value: object) -> str:
    match value:
        case None:
            return "–"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.3f}"
        case _:
            return visible(str(value))
