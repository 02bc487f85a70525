"""Checks and parsing of values from outside; a message says what, the value given, and what is allowed."""

import dataclasses
import difflib
import types
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from robustaudit.core.display import short_repr
from robustaudit.core.errors import UserError

_LONGEST = 200  # characters of a name


def check_between(name: str, value: float, low: float, high: float) -> float:
    """Return `value` if low < value <= high; NaN is refused too."""
    if not low < value <= high:
        raise UserError(f"{name} must be above {low:g} and at most {high:g}, got {value:g}")
    return value


def check_at_least(name: str, value: int, minimum: int, *, maximum: int = 2**63 - 1) -> int:
    """Return `value` if it is from `minimum` to `maximum`, by default the largest 64-bit integer."""
    if value < minimum:
        raise UserError(f"{name} must be at least {minimum}, got {value}")
    if value > maximum:
        raise UserError(f"{name} must be at most {maximum}, got {value}")
    return value


def check_unicode(name: str, value: str) -> str:
    """Return `value` if UTF-8 can encode it: JSON and command lines can smuggle in half a surrogate pair."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        lone = f"U+{ord(value[error.start]):04X} at character {error.start + 1}"
        raise UserError(f"{name} must be valid Unicode, got the lone surrogate {lone}") from error
    return value


def check_known(
    kind: str, name: str, known: Collection[str], *, listing: str | None = None, these: str = "known are"
) -> str:
    """Return `name` if it is one of `known`; the message has the nearest name, or all of a few.

    If there are many, `listing` is the command that lists them; `these` is what introduces a list of a
    few.
    """
    if name in known:
        return name
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    if near:
        hint = f"did you mean {near[0]!r}?"
    elif listing:
        hint = f"{listing} shows the {len(known)} that are known"
    else:
        hint = f"{these} {', '.join(sorted(known))}" if known else "none are known"
    raise UserError(f"unknown {kind} {short_repr(name, longest=_LONGEST)}: {hint}")


T = TypeVar("T")

_NAMES = {
    bool: "true or false",
    dict: "a table",
    list: "a list",
    int: "a whole number",
    float: "a number",
    str: "a string",
}


def parse_typed(kind: type[T], value: object, *, where: str) -> T:
    """Parse a mapping into a dataclass and check types; messages say `where`, as `compact.toml, [lstm]`."""
    parsed: T = _parse(kind, value, where)
    return parsed


def _parse(kind: Any, value: object, where: str) -> Any:  # noqa: ANN401  (types are values here)
    if dataclasses.is_dataclass(kind):
        return _parse_dataclass(kind, value, where)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return _parse_union(arguments, value, where)
    if origin is Literal:
        return check_known(where, _check(str, value, where), arguments)
    return _parse_container(kind, value, where)


def _parse_container(kind: Any, value: object, where: str) -> Any:  # noqa: ANN401
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is tuple:
        items = _check(list, value, where)
        return tuple(_parse(arguments[0], item, f"{where}[{i}]") for i, item in enumerate(items))
    if origin is Mapping:
        items = _check(dict, value, where)
        return {key: _parse(arguments[1], item, f"{where}.{key}") for key, item in items.items()}
    return _check(kind, _as_float(value, where) if kind is float and type(value) is int else value, where)


def _as_float(value: int, where: str) -> float:
    try:
        return float(value)
    except OverflowError as error:
        raise UserError(
            f"{where} must be a number below 1e308, got one of {value.bit_length()} bits"
        ) from error


def _parse_dataclass(kind: Any, value: object, where: str) -> Any:  # noqa: ANN401
    table = _check(dict, value, where)
    hints = _hints(kind)
    for key in table:
        check_known(f"key in {where}", key, hints)
    missing = [name for name in hints if name not in table]
    if missing:
        raise UserError(f"{where} lacks {', '.join(missing)}")
    return kind(**{name: _parse(hint, table[name], f"{where}.{name}") for name, hint in hints.items()})


@cache
def _hints(kind: Any) -> dict[str, Any]:  # noqa: ANN401
    return get_type_hints(kind)


def _parse_union(kinds: tuple[Any, ...], value: object, where: str) -> Any:  # noqa: ANN401
    if type(value) in kinds:
        return value
    for kind in kinds:
        if dataclasses.is_dataclass(kind) and isinstance(value, dict):
            return _parse(kind, value, where)
        if get_origin(kind) is Literal and isinstance(value, str):
            return _parse(kind, value, where)
        if get_origin(kind) is tuple and isinstance(value, list):
            return _parse(kind, value, where)
    names = " or ".join(getattr(kind, "__name__", str(kind)) for kind in kinds)
    raise UserError(f"{where} must be {names}, got {short_repr(value)}")


def _check(kind: type, value: object, where: str) -> Any:  # noqa: ANN401
    # type() and not isinstance(): to Python, True is a whole number.
    if type(value) is not kind:
        raise UserError(f"{where} must be {_NAMES.get(kind, kind.__name__)}, got {short_repr(value)}")
    return value
