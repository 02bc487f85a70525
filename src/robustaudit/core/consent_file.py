"""The user's consents, in a file of the user's: paths, each with a digest of its content."""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import platformdirs

from robustaudit.core.documents import read_json, to_pretty_json
from robustaudit.core.errors import UserError
from robustaudit.core.files import exists, write_to
from robustaudit.core.typed_values import parse_typed

_FILE = "trusted.json"
_LARGEST = 16_000_000
_WHAT = "file of what you trust"


@dataclass(frozen=True, slots=True)
class Consent:
    """Consent to the models that a file or a run names, valid while its content has this SHA-256."""

    digest: str
    models: tuple[str, ...]


def consents() -> Mapping[Path, Consent]:
    """All consents, by path.

    Raises:
        UserError: the file that stores them is damaged.
    """
    file = _file()
    if not exists(file):
        return {}
    try:
        kept = parse_typed(Mapping[str, Consent], read_json(file, _WHAT, most=_LARGEST), where=str(file))  # type: ignore[type-abstract]
    except UserError as error:
        raise UserError(f"{error}: remove it, and give consent again") from error
    return {Path(path): consent for path, consent in kept.items()}


def has_consent(path: Path, content: object) -> bool | None:
    """Whether the user consented to this content of `path`; None if there is no consent for the path."""
    given = consents().get(_whole(path))
    return None if given is None else given.digest == _digest(content)


def give_consent(path: Path, content: object, models: Sequence[str]) -> None:
    """Store a consent; consents for paths that no longer exist are removed."""
    kept = {known: consent for known, consent in consents().items() if exists(known)}
    _write(kept | {_whole(path): Consent(_digest(content), tuple(models))})


def revoke_consent(path: Path) -> bool:
    """Remove a consent; False if there was none."""
    kept = dict(consents())
    found = kept.pop(_whole(path), None)
    if found is not None:
        _write(kept)
    return found is not None


def _write(kept: Mapping[Path, Consent]) -> None:
    content = {str(path): asdict(consent) for path, consent in sorted(kept.items())}
    write_to(_file(), to_pretty_json(content))


def _file() -> Path:
    return Path(platformdirs.user_config_dir("robustaudit", appauthor=False)) / _FILE


def _whole(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()
