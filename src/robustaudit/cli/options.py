"""What several commands read from their options alike."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from robustaudit.cli.console import say
from robustaudit.core.errors import UserError
from robustaudit.core.files import is_folder

if TYPE_CHECKING:
    from robustaudit.models import ModelSource

DATA = "reviews, tiny, a .csv, .jsonl or .parquet file, or hf:NAME of the Hugging Face hub."

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
    typer.Option(help="The class of each label, such as neg=0,pos=1.", show_default="the label itself"),
]
MaxExamples = Annotated[
    int | None, typer.Option(help="Read only the first so many rows of each split.", show_default="all")
]

_TRAINED_HERE = Path("trained_models")
_BASELINE = "tfidf"


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

MaxCalls = Annotated[
    int | None,
    typer.Option(
        help="Calls that may be made of http: and openai: models together, retries counted.",
        show_default="no limit",
    ),
]


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


def chosen_models(
    given: Sequence[str],
    *,
    folder: Path | None,
    trust: Sequence[str] | None,
    pickle: bool,
    max_calls: int | None = None,
) -> "list[ModelSource]":
    """The models that an option names, ours and those made elsewhere."""
    from robustaudit.models import Budget, Trust, resolve, split_models

    names = split_models(given)
    if not all(names):
        raise UserError(f"models must be names parted by commas, such as 1,4,7, got {', '.join(given)!r}")
    if pickle:
        say("--trust-pickle: a pickle runs whatever code its maker put into it, with all your rights")
    calls = None if max_calls is None else Budget(max_calls)
    allowed = Trust(types=tuple(trust or ()), pickle=pickle, calls=calls)
    return [resolve(name, folder=folder, trust=allowed) for name in names]


def baseline(folder: Path | None) -> "ModelSource | None":
    """The baseline whose accuracy stands beside the models', where it is there and whole."""
    from robustaudit.models import resolve

    try:
        return resolve(_BASELINE, folder=folder)
    except UserError:
        return None  # it is only shown; who audits it by name is told what is wrong
