"""Values from options, files or Python arguments: each is checked once, under its name."""

import operator
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, SupportsFloat, TypeVar

from robustaudit.core.errors import UserError
from robustaudit.datasets import format_label_map, is_plain

T = TypeVar("T")


def whole(name: str, value: Any) -> int:  # noqa: ANN401
    """A whole number, also NumPy's, but not a boolean."""
    try:
        if not isinstance(value, bool):
            return operator.index(value)
    except TypeError:
        pass
    raise UserError(f"{name} must be a whole number, got {value!r}")


def number(name: str, value: Any) -> float:  # noqa: ANN401
    """A number, also NumPy's."""
    if isinstance(value, bool | str) or not isinstance(value, SupportsFloat):
        raise UserError(f"{name} must be a number, got {value!r}")
    return float(value)


def switch(name: str, value: Any) -> bool:  # noqa: ANN401
    """True or false."""
    if not isinstance(value, bool):
        raise UserError(f"{name} must be true or false, got {value!r}")
    return value


def string(name: str, value: Any) -> str:  # noqa: ANN401
    """A string."""
    if not isinstance(value, str):
        raise UserError(f"{name} must be a string, got {value!r}")
    return value


def strings(name: str, given: Any) -> tuple[str, ...]:  # noqa: ANN401
    """One string, or several."""
    if isinstance(given, str):
        return (given,)
    values = tuple(given) if isinstance(given, Iterable) else (None,)
    if not all(isinstance(each, str) for each in values):
        raise UserError(f"{name} must be a string, or several, got {given!r}")
    return values


def path(name: str, given: Any) -> Path:  # noqa: ANN401
    """A path, with a leading `~` expanded."""
    if given == "":
        raise UserError(f"{name} must not be empty: the working folder is '.'")
    try:
        return Path(given).expanduser()
    except (TypeError, RuntimeError) as error:
        raise UserError(f"{name} must be a path, got {given!r}") from error


def optional(check: Callable[[str, Any], T], name: str, value: Any) -> T | None:  # noqa: ANN401
    """The checked value, or None."""
    return None if value is None else check(name, value)


def label_map(name: str, given: Any) -> str:  # noqa: ANN401
    """A label map in the form of the command line: `neg=0,pos=1`."""
    if isinstance(given, Mapping) and all(each is None or is_plain(each) for each in given.values()):
        return format_label_map(given.items())
    if not isinstance(given, str):
        raise UserError(f"{name} must be such as {{'neg': 0, 'pos': 1}}, got {given!r}")
    return given
