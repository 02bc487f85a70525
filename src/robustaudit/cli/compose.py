"""`robustaudit compose`: what an expression means, shown on real texts."""

from pathlib import Path
from typing import Annotated

import typer

from robustaudit.cli.console import show
from robustaudit.cli.options import DATA, Rate, SegmentationOption
from robustaudit.core import defaults
from robustaudit.core.validation import check_at_least

_MOST = 1_000  # texts are enough to tell what share of them an attack can change


def compose(
    expression: Annotated[str, typer.Argument(help="An attack, such as 'homoglyph,qwerty'.")],
    examples: Annotated[int, typer.Option(help="How many texts to show before and after.")] = 5,
    data: Annotated[str, typer.Option(help=DATA)] = "tiny",
    rate: Rate = None,
    severity: Annotated[
        int | None,
        typer.Option(help="From 1 to 5: how much of the characters it changes, instead of --rate."),
    ] = None,
    seed: Annotated[int, typer.Option(help="All draws come from it.")] = defaults.SEED,
    segmentation: SegmentationOption = defaults.SEGMENTATION,
    save: Annotated[
        Path | None,
        typer.Option(
            help="Keep it as a recipe, such as attacks/mine.toml; rates not given are those of its use."
        ),
    ] = None,
    description: Annotated[
        str | None, typer.Option(help="What --save says of it.", show_default="the expression")
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Never use the network.")] = False,
) -> None:
    """Show what an attack means: its parts, some texts before and after, the share of texts it changes."""
    from robustaudit.api.running import rate_or_default
    from robustaudit.attacks import out_of_reach, parse_attack, write_recipe
    from robustaudit.cli.console import say
    from robustaudit.datasets import load
    from robustaudit.perturbations import find_segmenter
    from robustaudit.reports import render_composition
    from robustaudit.runs.plan import choose, sample

    check_at_least("examples", examples, 0)
    named = parse_attack(expression, rate=rate_or_default(rate, severity), severity=severity)
    for line in out_of_reach(named.missed):
        say(line)
    dataset = load(data, offline=offline, announce=say)
    chosen = choose(dataset.audited, _MOST, seed=seed)
    drawn = sample(named.attack, chosen, seed=seed, segmenter=find_segmenter(segmentation))
    if save is not None:
        write_recipe(named, save, description=description or named.label)
    show(render_composition(named, drawn, examples=examples, data=dataset.name))
    if save is not None:
        say(f"kept in {save}")
