"""`robustaudit augment`: data with perturbed copies of its texts, to train on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

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
    complete_attack,
    complete_data,
    file_option,
    grouped,
)
from robustaudit.cli.streams import results
from robustaudit.core import defaults, spelling
from robustaudit.core.errors import UserError

if TYPE_CHECKING:
    from robustaudit.api.augmenting import AugmentedData


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


@dataclass(frozen=True, slots=True, kw_only=True)
class WritingOptions(Group):
    """How files are written."""

    PANEL = "Output"

    output_format: Annotated[
        Literal["csv", "tsv", "jsonl", "parquet"] | None,
        typer.Option(help="Format of the output.", show_default="by the file's name, csv for -"),
    ] = None
    held_out: Annotated[
        Path | None,
        file_option("A file for the texts that are not in the training split, unchanged, to test on."),
    ] = None
    force: Annotated[bool, typer.Option("--force", help="Replace the output if it exists.")] = False


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
        file_option(
            "The file to write, .csv, .tsv, .jsonl or .parquet; - for standard output.",
            "--output",
            "-o",
            panel="Output",
        ),
    ],
    writing: WritingOptions,
    offline: Offline = False,
    quiet: Quiet = False,
) -> None:
    """Write data with perturbed copies of its texts, to train a model on.

    Copies have the label and the group of their originals: a split by group keeps them together.
    """
    from robustaudit.api.augmenting import augment_with
    from robustaudit.datasets.writing import format_of

    to_stream, held_out, force = output == STANDARD_OUTPUT, writing.held_out, writing.force
    form = writing.output_format or ("csv" if to_stream else format_of(output))
    fields = {"attacks": attack, "offline": offline}
    for group in (strength, copying, splitting, reading):
        fields |= group.said()
    if fields.pop("no_originals", False):
        fields["originals"] = False
    if held_out:
        _check_held_out(held_out, output, fields)
    _check_new([path for path in (output, held_out) if path and path != STANDARD_OUTPUT], force=force)
    announce = saying(quiet=quiet)
    with spelling.spelt(replace(spelling.FLAGS, names={**spelling.FLAGS.names, "slices": "keep"})):
        made = augment_with(data, fields, announce=announce)
    rest = _saved_rest(made, held_out, force=force) if held_out else ""
    if to_stream:
        results().flush()
        results().buffer.write(made.as_bytes(form))
    else:
        made.save(output, form=form, force=force)
    written = "" if to_stream else f"{len(made):,} rows written to {output}"
    tested_on = held_out or "texts that are not in it"
    then = f"next: train on {output}; run both models on {tested_on}; `robustaudit compare OLD_RUN NEW_RUN`"
    for line in filter(None, (*made.notes, written, rest, "" if to_stream else then)):
        announce(line)


def _check_new(paths: Sequence[Path], *, force: bool) -> None:
    from robustaudit.core.files import is_file

    for path in paths:
        if not force and is_file(path):
            raise UserError(f"{str(path)!r} already exists: give --force to replace it")


def _check_held_out(path: Path, output: Path, fields: dict[str, Any]) -> None:
    """Refuse what cannot be held out, and copy the training split alone."""
    from robustaudit.datasets.writing import format_of

    format_of(path)
    if path == output:
        raise UserError(f"--held-out must be another file than --output, got {str(path)!r}")
    if (split := fields.setdefault("split", "train")) != "train":
        raise UserError(f"--held-out needs the training split: give --split train, got {split}")


def _saved_rest(made: "AugmentedData", path: Path, *, force: bool) -> str:
    """Write the texts that were not copied, and return what was written."""
    if made.held_out is None:
        raise UserError("--held-out has no text to write: all are in the training split")
    made.held_out.save(path, force=force)
    return f"{len(made.held_out):,} rows, held out, written to {path}"
