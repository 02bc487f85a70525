"""`robustaudit augment`: data with perturbed copies of its texts, to train on."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

import typer

from robustaudit.cli.console import saying
from robustaudit.cli.options import (
    DATA,
    STANDARD_OUTPUT,
    Group,
    Offline,
    Quiet,
    ReadingOptions,
    StrengthOptions,
    a_path,
    complete_attack,
    complete_data,
    grouped,
)
from robustaudit.cli.streams import results
from robustaudit.core import defaults, spelling
from robustaudit.core.errors import UserError


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyOptions(Group):
    """Which texts are copied, and which copies are kept."""

    PANEL = "Copies"

    copies: Annotated[
        int | None, typer.Option(help="Copies of each text, of each attack.", show_default="1")
    ] = None
    share: Annotated[
        float | None, typer.Option(help="Share of the texts that are copied.", show_default="1")
    ] = None
    seed: Annotated[
        int | None,
        typer.Option(
            help="Random seed: the same gives the same copies of a text.", show_default=str(defaults.SEED)
        ),
    ] = None
    no_originals: Annotated[bool, typer.Option("--no-originals", help="Write the copies alone.")] = False
    keep_repeats: Annotated[
        bool,
        typer.Option("--keep-repeats", help="Keep copies that equal their original or another copy of it."),
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitOptions(Group):
    """Which examples are read, and which of their columns are kept."""

    PANEL = "Data"

    split: Annotated[
        Literal["train", "validation", "test"] | None,
        typer.Option(help="The split to copy.", show_default="train, or all of data without splits"),
    ] = None
    slices: Annotated[
        list[str] | None,
        typer.Option("--keep", help="A further column of the data to write; repeat for more."),
    ] = None


@grouped
def augment(
    data: Annotated[str, typer.Argument(help=DATA, autocompletion=complete_data)],
    *,
    attack: Annotated[
        list[str],
        typer.Option(
            help="An attack, such as qwerty or 'homoglyph,qwerty'; repeat for more.",
            rich_help_panel="Attacks",
            autocompletion=complete_attack,
        ),
    ],
    strength: StrengthOptions,
    copying: CopyOptions,
    splitting: SplitOptions,
    reading: ReadingOptions,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            parser=a_path,
            metavar="PATH",
            help="The file to write, .csv, .tsv, .jsonl or .parquet; - for standard output.",
            rich_help_panel="Output",
        ),
    ],
    output_format: Annotated[
        Literal["csv", "tsv", "jsonl", "parquet"] | None,
        typer.Option(
            help="Format of the output.",
            show_default="by the file's name, csv for -",
            rich_help_panel="Output",
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace the output if it exists.", rich_help_panel="Output")
    ] = False,
    offline: Offline = False,
    quiet: Quiet = False,
) -> None:
    """Write data with perturbed copies of its texts, to train a model on.

    Copies have the label and the group of their originals: a split by group keeps them together.
    """
    from robustaudit.api.augmenting import augment_with
    from robustaudit.core.files import is_file
    from robustaudit.datasets.writing import format_of

    to_stream = output == STANDARD_OUTPUT
    form = output_format or ("csv" if to_stream else format_of(output))
    if not (to_stream or force) and is_file(output):
        raise UserError(f"{str(output)!r} already exists: give --force to replace it")
    fields = {"attacks": attack, "offline": offline}
    for group in (strength, copying, splitting, reading):
        fields |= group.said()
    if fields.pop("no_originals", False):
        fields["originals"] = False
    announce = saying(quiet=quiet)
    with spelling.spelt(replace(spelling.FLAGS, names={**spelling.FLAGS.names, "slices": "keep"})):
        made = augment_with(data, fields, announce=announce)
    if to_stream:
        results().flush()
        results().buffer.write(made.as_bytes(form))
    else:
        made.save(output, form=form, force=force)
    for line in made.notes:
        announce(line)
    if not to_stream:
        announce(f"{len(made):,} rows written to {output}")
