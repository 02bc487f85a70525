"""Typed values from parsed TOML or JSON; an unknown or missing key or a value of another type is refused."""

import dataclasses
import types
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from robustaudit.core.display import shown
from robustaudit.core.errors import UserError
from robustaudit.core.validation import check_known

T = TypeVar("T")

_NAMES = {
    bool: "true or false",
    dict: "a table",
    list: "a list",
    int: "a whole number",
    float: "a number",
    str: "a string",
}


def parse(kind: type[T], value: object, *, where: str) -> T:
    """A dataclass from a mapping; `where` is what messages call it: `compact.toml, [lstm.model]`."""
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
    raise UserError(f"{where} must be {names}, got {shown(value)}")


def _check(kind: type, value: object, where: str) -> Any:  # noqa: ANN401
    # type() and not isinstance(): to Python, True is a whole number.
    if type(value) is not kind:
        raise UserError(f"{where} must be {_NAMES.get(kind, kind.__name__)}, got {shown(value)}")
    return value
