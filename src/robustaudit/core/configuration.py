"""The user's configuration: a `robustaudit.toml`, or `[tool.robustaudit]` in a `pyproject.toml`."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from robustaudit.core.display import short_repr
from robustaudit.core.documents import MOST_BYTES, parse_toml, read_bounded, read_toml
from robustaudit.core.errors import UserError
from robustaudit.core.files import is_file
from robustaudit.core.validation import check_known

NAME = "robustaudit.toml"
_PROJECT = "pyproject.toml"
NAMES = (NAME, _PROJECT)
_TABLES = ("run", "gate", "verify")
_WHAT = "configuration"


@dataclass(frozen=True, slots=True)
class Configuration:
    """The tables of a configuration file; `prefix` is `tool.robustaudit.` in a `pyproject.toml`."""

    path: Path
    prefix: str
    tables: Mapping[str, Mapping[str, Any]]

    def where(self, table: str) -> str:
        """A table's name in messages: `pyproject.toml, [tool.robustaudit.gate]`."""
        return f"{self.path.name}, [{self.prefix}{table}]"


def find_configuration(folder: Path) -> Path | None:
    """The nearest configuration file from `folder` upward; `robustaudit.toml` precedes `pyproject.toml`.

    Raises:
        UserError: a `robustaudit.toml` is no file, or a `pyproject.toml` that names us is unreadable.
    """
    absolute = folder.absolute()
    for place in (absolute, *absolute.parents):
        if os.path.lexists(place / NAME):
            read_bounded(place / NAME, _WHAT, most=MOST_BYTES)
            return place / NAME
        if is_file(place / _PROJECT) and "robustaudit" in _tool(_project(place / _PROJECT)):
            return place / _PROJECT
    return None


def read_configuration(path: Path) -> Configuration:
    """The tables of a configuration file; their values are checked where they are used.

    Raises:
        UserError: it cannot be read, or has an unknown table.
    """
    content = read_toml(path, _WHAT)
    prefix = ""
    if path.name == _PROJECT:
        prefix, content = "tool.robustaudit.", _tool(content).get("robustaudit", {})
    if not isinstance(content, dict):
        raise UserError(f"{str(path)!r}: tool.robustaudit must be a table, got {short_repr(content)}")
    for name, table in content.items():
        check_known(f"key in {path.name}", name, _TABLES)
        if not isinstance(table, dict):
            raise UserError(f"{path.name}: {prefix}{name} must be a table, got {short_repr(table)}")
    return Configuration(path, prefix, content)


def _project(path: Path) -> dict[str, Any]:
    """A project file, parsed only if it mentions robustaudit at all."""
    content = read_bounded(path, _WHAT, most=MOST_BYTES)
    return parse_toml(content, f"{_WHAT} {str(path)!r}") if b"robustaudit" in content else {}


def _tool(content: Mapping[str, Any]) -> dict[str, Any]:
    tool = content.get("tool", {})
    return tool if isinstance(tool, dict) else {}
