"""What several commands read from their options alike."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from robustaudit.core.errors import UserError
from robustaudit.core.files import is_folder

if TYPE_CHECKING:
    from robustaudit.models import ModelSource

DATA = "reviews, tiny, a file, folder or address of yours, - for standard input, or hf:NAME of the hub."

TextColumn = Annotated[
    str | None,
    typer.Option(
        help="The data's column of texts, or several such as title,content.", show_default="text, or the like"
    ),
]
LabelColumn = Annotated[
    str | None, typer.Option(help="The data's column of labels.", show_default="label, or the like")
]
LabelMap = Annotated[
    str | None,
    typer.Option(
        help="The class of each label: neg=0,pos=1 or neg=negative.", show_default="the label itself"
    ),
]
MaxExamples = Annotated[
    int | None, typer.Option(help="Read only the first so many rows of each split.", show_default="all")
]
OnBadRow = Annotated[str, typer.Option(help="stop or skip at a row that is no example.")]
DataFormat = Annotated[
    str | None,
    typer.Option("--format", help="csv, tsv, jsonl, json or parquet.", show_default="as the name ends"),
]
Encoding = Annotated[str | None, typer.Option(help="Of a file that is not UTF-8, such as cp1252.")]
Delimiter = Annotated[
    str | None,
    typer.Option(
        help="What parts the fields of a file: comma, semicolon, tab, pipe, or another character.",
        show_default="by its header",
    ),
]
NoQuotes = Annotated[bool, typer.Option("--no-quotes", help="Quotes in a file are signs like any other.")]

_TRAINED_HERE = Path("trained_models")
_BASELINE = "tfidf"


def split_names(what: str, given: str) -> list[str]:
    """The names in an option such as `1,4,7`."""
    names = [name.strip() for name in given.split(",")]
    if not all(names):
        raise UserError(f"{what} must be names parted by commas, such as 1,4,7, got {given!r}")
    return names


def models_folder(given: Path | None) -> Path | None:
    """Where trained models are looked for: as asked, else here where there are some, else those that ship."""
    if given is not None:
        if not is_folder(given):
            raise UserError(f"models folder {str(given)!r} does not exist")
        return given
    return _TRAINED_HERE if _TRAINED_HERE.is_dir() else None


def baseline(folder: Path | None) -> "ModelSource | None":
    """The baseline whose accuracy stands beside the models', where it is there and whole."""
    from robustaudit.models import resolve

    try:
        return resolve(_BASELINE, folder=folder)
    except UserError:
        return None  # it is only shown; who audits it by name is told what is wrong
