"""Defences as files, for services that have no robustaudit."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from robustaudit.core.errors import UserError
from robustaudit.core.files import expand_home, save
from robustaudit.core.spelling import named
from robustaudit.core.typed_values import parse_typed
from robustaudit.defences import Chain, ExportedChain

_FORMS: Mapping[str, Callable[[ExportedChain], str]] = MappingProxyType(
    {".py": ExportedChain.as_module, ".json": ExportedChain.as_json}
)


def export_defence(defences: str, *, output: str | Path, force: bool = False) -> None:
    """Write defences such as `"strip,fold,spell"` as a Python module, or as JSON with their tables.

    The module needs nothing of robustaudit, and has a function `clean(text)`.

    Raises:
        UserError: a defence is unknown or of another package, or the file cannot be written, or is there and
            `force` is false.
    """
    path = expand_home(output)
    save(path, exported_defence(defences, suffix=path.suffix).encode("utf-8"), force=force)


def exported_defence(defences: str, *, suffix: str = ".py") -> str:
    """What a file of that suffix has of the defences.

    Raises:
        UserError: a defence is unknown or of another package, or the suffix is neither .py nor .json.
    """
    if suffix not in _FORMS:
        known = " or ".join(_FORMS)
        raise UserError(f"{named('output')} must end in {known}, got {suffix or 'no such ending'}")
    return _FORMS[suffix](ExportedChain(Chain.parse(parse_typed(str, defences, where="defences"))))
