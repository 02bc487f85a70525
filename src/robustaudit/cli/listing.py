"""`robustaudit list`: attacks, perturbations, severities, defences, languages, models and data sets."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer

from robustaudit.cli.console import show, show_json, show_rows
from robustaudit.cli.options import AsJson, AsMarkdown, ModelsDir
from robustaudit.cli.streams import results

list_ = typer.Typer(
    help="List attacks, perturbations, severities, defences, languages, models and data.",
    no_args_is_help=True,
)


Word = Annotated[
    str | None,
    typer.Argument(help="A name, which is shown in full, or a word to look for.", show_default="all"),
]


@list_.command("attacks")
def attacks(word: Word = None, as_json: AsJson = False) -> None:
    """List attacks by family: perturbations, then recipes; one in full, or those with a word.

    The word is looked for in names, families and descriptions.
    """
    from robustaudit.attacks import list_attacks
    from robustaudit.core.registry import entries_with

    entries = list_attacks()
    if word is not None:
        entries = entries_with(entries, word, kind="attack")
        if word == entries[0].name:
            _show_attack(word, as_json=as_json)
            return
    if as_json:
        show_json([asdict(entry) for entry in entries])
    else:
        show_rows(_by_family(entries, ("name", "description")), as_json=False)


@list_.command("perturbations")
def perturbations(
    word: Word = None,
    as_json: AsJson = False,
    as_markdown: Annotated[
        bool,
        typer.Option(
            "--markdown",
            help="Print a table of Markdown, with examples and parameters too.",
            rich_help_panel="Output",
        ),
    ] = False,
) -> None:
    """List perturbations by family: what an edit imitates, whether the meaning is kept.

    Give a name for one in full, or a word to look for.
    """
    from robustaudit.attacks import list_perturbations
    from robustaudit.core.registry import entries_with
    from robustaudit.reports.listing import perturbations_markdown

    entries = list_perturbations()
    if word is not None:
        entries = entries_with(entries, word, kind="perturbation")
    if as_markdown:
        typer.echo(perturbations_markdown(entries), file=results(), nl=False)
    elif word is not None and word == entries[0].name:
        _show_attack(word, as_json=as_json)
    elif as_json:
        show_json([asdict(entry) for entry in entries])
    else:
        show_rows(_by_family(entries, ("name", "meaning", "description")), as_json=False)


def _show_attack(name: str, *, as_json: bool) -> None:
    from robustaudit.attacks import describe_attack
    from robustaudit.reports.listing import attack_as_json, render_attack

    found = describe_attack(name)
    if as_json:
        show_json([attack_as_json(found)])
    else:
        show(render_attack(found))


def _by_family(entries: Sequence[Any], columns: Sequence[str]) -> list[dict[str, str]]:
    """Rows with those columns behind the family, which the first of each family alone names."""
    families = [entry.family for entry in entries]
    return [
        {"family": "" if family == before else family}
        | {column: getattr(entry, column) for column in columns}
        for before, family, entry in zip([None, *families], families, entries, strict=False)
    ]


@list_.command("severities")
def severities(
    as_json: AsJson = False,
    as_markdown: AsMarkdown = False,
) -> None:
    """List severities: the rate of each perturbation at levels 1 to 5, and the characters changed."""
    from robustaudit.attacks import calibrated_variants
    from robustaudit.reports.listing import render_severities, severities_markdown

    known = calibrated_variants()
    if as_markdown:
        typer.echo(severities_markdown(known), file=results(), nl=False)
    elif as_json:
        show_json([{"perturbation": name, **asdict(found)} for name, found in known.items()])
    else:
        show(render_severities(known))


@list_.command("defences")
def defences(word: Word = None, as_json: AsJson = False, as_markdown: AsMarkdown = False) -> None:
    """List defences: what each cleans before a model reads a text, and what it needs.

    Give a name for one in full, or a word to look for.
    """
    from robustaudit.core.registry import entries_with
    from robustaudit.defences import describe_defence, list_defences
    from robustaudit.reports.listing import defences_markdown, render_defence

    entries = list_defences()
    if word is not None:
        entries = entries_with(entries, word, kind="defence")
        if word == entries[0].name:
            entries = [describe_defence(word)]
    if as_markdown:
        typer.echo(defences_markdown(entries), file=results(), nl=False)
    elif as_json:
        show_json([asdict(entry) for entry in entries])
    elif word is not None and word == entries[0].name:
        show(render_defence(entries[0]))
    else:
        rows = [{"name": each.name, "description": each.description} for each in entries]
        show_rows(rows, as_json=False)


@list_.command("languages")
def languages(as_json: AsJson = False, as_markdown: AsMarkdown = False) -> None:
    """List languages: what perturbations do to a sentence of each, or that they find nothing to edit."""
    from robustaudit.attacks import list_languages
    from robustaudit.reports.listing import languages_markdown, render_language

    entries = list_languages()
    if as_markdown:
        typer.echo(languages_markdown(entries), file=results(), nl=False)
    elif as_json:
        show_json([asdict(entry) for entry in entries])
    else:
        for entry in entries:
            show(render_language(entry))


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
