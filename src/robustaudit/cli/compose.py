"""`robustaudit compose`: show on real texts what an expression does."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from robustaudit.cli.console import show
from robustaudit.cli.options import (
    DATA,
    Offline,
    OneStrengthOptions,
    ReadingOptions,
    complete_attack,
    complete_data,
    grouped,
)
from robustaudit.core import defaults, spelling
from robustaudit.core.errors import UserError
from robustaudit.core.validation import check_at_least

if TYPE_CHECKING:
    from robustaudit.core.records import PerturbedText

_DATA = "tiny"
_MOST = 1_000  # texts are enough to tell what share of them an attack can change


@grouped
def compose(
    expression: Annotated[
        str, typer.Argument(help="An attack, such as 'homoglyph,qwerty'.", autocompletion=complete_attack)
    ],
    *,
    strength: OneStrengthOptions,
    data: Annotated[
        str | None,
        typer.Option(help=DATA, show_default="tiny", rich_help_panel="Data", autocompletion=complete_data),
    ] = None,
    text: Annotated[
        str | None, typer.Option(help="Show draws of this text instead.", rich_help_panel="Data")
    ] = None,
    reading: ReadingOptions,
    examples: Annotated[
        int,
        typer.Option(help="Number of texts, or draws of --text, to show.", rich_help_panel="Output"),
    ] = 5,
    seed: Annotated[int, typer.Option(help="Random seed.", rich_help_panel="Statistics")] = defaults.SEED,
    save: Annotated[
        Path | None,
        typer.Option(
            help="Save it as a recipe, such as attacks/mine.toml; rates not given are set where it is used."
        ),
    ] = None,
    description: Annotated[
        str | None, typer.Option(help="The description in the recipe.", show_default="the expression")
    ] = None,
    offline: Offline = False,
) -> None:
    """Show what an attack does: its parts, some texts before and after, the share of texts it changes."""
    from robustaudit.api.perturbing import perturb
    from robustaudit.api.request import chosen_attacks, levels
    from robustaudit.attacks import Composition, unreached_lines, write_recipe
    from robustaudit.cli.console import say
    from robustaudit.datasets import load
    from robustaudit.perturbations import find_segmenter
    from robustaudit.reports.listing import render_composition
    from robustaudit.runs.plan import first_draws, sample_examples

    check_at_least("examples", examples, 0)
    given = None if strength.severities is None else levels("--severity", strength.severities)
    named, *more = chosen_attacks((expression,), rate=strength.rate, severities=given)
    if more:
        raise UserError(f"--severity must be one level here, got {strength.severities}")
    for line in unreached_lines(named.unreached):
        say(line)
    segmentation = strength.segmentation or defaults.SEGMENTATION
    drawn: Sequence[PerturbedText]
    if text is not None:
        _check_alone(text, data, reading)
        composed = Composition(named.attack)
        drawn = perturb(text, composed, draws=max(examples, 1), seed=seed, segmentation=segmentation)
    else:
        dataset = load(data or _DATA, reading.parsed(), offline=offline, announce=say)
        texts = sample_examples(dataset.audited, _MOST, seed=seed)
        drawn = first_draws(named.attack, texts, seed=seed, segmenter=find_segmenter(segmentation))
    if save is not None:
        write_recipe(named.label, save, description=description or named.label)
    show(render_composition(named, drawn, examples=examples, data=None if text is not None else dataset.name))
    if save is not None:
        say(f"written to {save}")


def _check_alone(text: str, data: str | None, reading: ReadingOptions) -> None:
    """Refuse a text without words, or beside data or options of reading it."""
    if not text.strip():
        raise UserError("--text must not be empty")
    if data is not None:
        raise UserError("--text and --data exclude each other: give one of them")
    if given := reading.said():
        raise UserError(f"{spelling.named(next(iter(given)))} is for --data, not for --text")
