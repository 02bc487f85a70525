"""Assignments such as `lstm.training.epochs=3`, to the numbers of a preset before they are checked."""

import tomllib
from collections.abc import Iterator
from typing import Any

from robustaudit.core.errors import UserError
from robustaudit.core.validation import check_known


def assign(content: dict[str, Any], change: str) -> None:
    """Put a value into nested tables, in the place of the one that is there."""
    name, equals, value = (part.strip() for part in change.partition("="))
    if not equals or not value:
        raise UserError(f"set must be NAME=VALUE, such as lstm.training.epochs=3, got {change!r}")
    check_known("number of a preset", name, [each for each in _names(content) if "." in each])
    *tables, last = name.split(".")
    for table in tables:
        content = content[table]
    content[last] = _value(value)


def _names(content: dict[str, Any], before: str = "") -> Iterator[str]:
    """The name of every value in nested tables, such as `lstm.training.epochs`."""
    for key, value in content.items():
        if isinstance(value, dict):
            yield from _names(value, f"{before}{key}.")
        else:
            yield f"{before}{key}"


def _value(written: str) -> object:
    """A value as TOML reads it; a bare word is a string, so that a shell needs no quotes in quotes."""
    try:
        return tomllib.loads(f"value = {written}")["value"]
    except tomllib.TOMLDecodeError:
        return written
