"""`robustaudit compose`: show on real texts what an expression does."""

from pathlib import Path
from typing import Annotated

import typer

from robustaudit.cli.console import show
from robustaudit.cli.options import (
    DataName,
    Offline,
    ReadingOptions,
    StrengthOptions,
    complete_attack,
    grouped,
)
from robustaudit.core import defaults
from robustaudit.core.errors import UserError
from robustaudit.core.validation import check_at_least

_MOST = 1_000  # texts are enough to tell what share of them an attack can change


@grouped
def compose(
    expression: Annotated[
        str, typer.Argument(help="An attack, such as 'homoglyph,qwerty'.", autocompletion=complete_attack)
    ],
    *,
    strength: StrengthOptions,
    data: DataName = "tiny",
    reading: ReadingOptions,
    examples: Annotated[
        int, typer.Option(help="Number of texts to show before and after.", rich_help_panel="Output")
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
    from robustaudit.api.request import chosen_attacks, levels
    from robustaudit.attacks import unreached_lines, write_recipe
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
    dataset = load(data, reading.parsed(), offline=offline, announce=say)
    texts = sample_examples(dataset.audited, _MOST, seed=seed)
    drawn = first_draws(
        named.attack,
        texts,
        seed=seed,
        segmenter=find_segmenter(strength.segmentation or defaults.SEGMENTATION),
    )
    if save is not None:
        write_recipe(named.label, save, description=description or named.label)
    show(render_composition(named, drawn, examples=examples, data=dataset.name))
    if save is not None:
        say(f"kept in {save}")
