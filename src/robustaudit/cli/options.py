"""What several commands read from their options alike."""

from pathlib import Path
from typing import TYPE_CHECKING

from robustaudit.core.errors import UserError
from robustaudit.core.files import is_folder

if TYPE_CHECKING:
    from robustaudit.models import ModelSource

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
