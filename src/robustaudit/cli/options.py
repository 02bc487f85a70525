"""What several commands read from their options alike."""

from pathlib import Path
from typing import Annotated

import typer

from robustaudit.core import defaults
from robustaudit.core.errors import UserError

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
IdColumn = Annotated[
    str | None,
    typer.Option(
        help="The data's column that tells rows apart, or none.", show_default="id, where it is there"
    ),
]
GroupColumn = Annotated[
    str | None,
    typer.Option(
        help="The data's column of what belongs together, or none.", show_default="group, where it is there"
    ),
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
Escaped = Annotated[
    bool, typer.Option("--escaped", help="A backslash in a file's field says that a quote is a sign.")
]
Columns = Annotated[
    str | None,
    typer.Option(
        help="The names of all columns, for a file without a header: label,text.", show_default="its header"
    ),
]
MaxDataMb = Annotated[
    int | None,
    typer.Option(
        help="Megabytes that packed data may hold, and an object of JSON.",
        show_default="256, or 100 times its size",
    ),
]
SegmentationOption = Annotated[
    str,
    typer.Option(
        "--segmentation",
        help="What a word is where no blanks part them, as in Chinese: characters, or icu.",
    ),
]

Rate = Annotated[
    float | None,
    typer.Option(help="Share of the words that an attack edits.", show_default=str(defaults.RATE)),
]

_LONGEST = 4  # digits of a level, right or wrong

MODELS = (
    "Models: numbers such as 1,4,7, tfidf, or one's own such as hf:FOLDER, sklearn:FILE or http://HOST/PATH."
)

Trusted = Annotated[
    list[str] | None,
    typer.Option(
        "--trust", help="A type that a sklearn: model may hold, such as mine.Cleaner; again for more."
    ),
]
TrustPickle = Annotated[
    bool, typer.Option("--trust-pickle", help="Load pickled sklearn: models: they may run any code.")
]

TrustModels = Annotated[
    bool,
    typer.Option(
        "--trust-models",
        help="Use models that a file names and not you, though they run code or are sent texts.",
    ),
]

MaxCalls = Annotated[
    int | None,
    typer.Option(
        help="Calls that may be made of http: and openai: models together, retries counted.",
        show_default="no limit",
    ),
]
LoadLimit = Annotated[
    float | None,
    typer.Option(help="Seconds that loading a model may take.", show_default=f"{defaults.LOAD_LIMIT:g}"),
]


def a_path(given: str) -> Path:
    """A path that an option gives; an empty one, as of a variable that is not set, is no working folder."""
    if not given.strip():
        raise typer.BadParameter("a path must not be empty: the working folder is .")
    return Path(given)


def split_names(what: str, given: str) -> list[str]:
    """The names in an option such as `1,4,7`."""
    names = [name.strip() for name in given.split(",")]
    if not all(names):
        raise UserError(f"{what} must be names parted by commas, such as 1,4,7, got {given!r}")
    return names


def split_levels(given: str) -> list[int]:
    """The levels in an option such as `1,2,3`."""
    names = split_names("severity", given)
    if not all(name.isascii() and name.isdigit() and len(name) < _LONGEST for name in names):
        raise UserError(f"severity must be levels from 1 to 5, such as 1,2,3,4,5, got {given!r}")
    return list(dict.fromkeys(map(int, names)))
