"""`robustaudit list`: attacks, perturbations, severities, models and data sets."""

from dataclasses import asdict

import typer

from robustaudit.cli.console import show_json, show_rows
from robustaudit.cli.options import AsJson, AsMarkdown, ModelsDir
from robustaudit.cli.streams import results

list_ = typer.Typer(help="List attacks, perturbations, severities, models and data.", no_args_is_help=True)


@list_.command("attacks")
def attacks(as_json: AsJson = False) -> None:
    """List attacks: perturbations and recipes."""
    from robustaudit.attacks import list_attacks

    rows = [{"name": a.name, "kind": a.kind, "description": a.description} for a in list_attacks()]
    show_rows(rows, as_json=as_json)


@list_.command("perturbations")
def perturbations(
    as_json: AsJson = False,
    as_markdown: AsMarkdown = False,
) -> None:
    """List perturbations: family, what an edit imitates, whether the meaning is kept."""
    from robustaudit.attacks import list_perturbations
    from robustaudit.reports.listing import perturbations_markdown

    entries = list_perturbations()
    if as_markdown:
        typer.echo(perturbations_markdown(entries), file=results(), nl=False)
    elif as_json:
        show_json([asdict(entry) for entry in entries])
    else:
        columns = ("name", "family", "meaning", "description")
        show_rows(
            [{column: getattr(entry, column) for column in columns} for entry in entries], as_json=False
        )


@list_.command("severities")
def severities(
    as_json: AsJson = False,
    as_markdown: AsMarkdown = False,
) -> None:
    """List severities: the rate of each perturbation at levels 1 to 5, and the characters changed."""
    from robustaudit.attacks import calibrated_variants
    from robustaudit.reports.listing import severities_markdown, severity_rows

    known = calibrated_variants()
    if as_markdown:
        typer.echo(severities_markdown(known), file=results(), nl=False)
    elif as_json:
        show_json([{"perturbation": name, **asdict(found)} for name, found in known.items()])
    else:
        show_rows(severity_rows(known), as_json=False)


@list_.command("models")
def models(
    models_dir: ModelsDir = None,
    as_json: AsJson = False,
) -> None:
    """List reference models: whether they are trained, and their accuracy."""
    from robustaudit.api.models import models_folder
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
    show_rows(rows, as_json=as_json)


@list_.command("data")
def data(as_json: AsJson = False) -> None:
    """List built-in data sets."""
    from robustaudit.datasets import BUILT_IN

    rows = [
        {"name": d.name, "description": d.title, "source": d.source, "here": d.is_here()}
        for d in BUILT_IN.values()
    ]
    show_rows(rows, as_json=as_json)
