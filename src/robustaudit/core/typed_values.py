"""Values from outside become typed ones, by the annotation of the field that they are for.

A message says which field, what is allowed, and the value given: `seed must be a whole number, got '3'`.
"""

import dataclasses
import operator
import types
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, SupportsFloat, TypeVar, Union, get_args, get_origin, get_type_hints

from robustaudit.core.display import short_repr
from robustaudit.core.errors import UserError
from robustaudit.core.validation import check_choice, check_known

T = TypeVar("T")


def hints_of(kind: Any) -> Mapping[str, Any]:  # noqa: ANN401  (types are values here)
    """The annotations of a dataclass's fields."""
    return _hints(kind)


_hints = cache(get_type_hints)


def parse_typed(kind: type[T], value: object, *, where: str) -> T:
    """A value of JSON, TOML or Python; a dataclass is a table with all its fields. Numbers may be NumPy's.

    Messages say `where` the value is: `seed`, or `compact.toml, [lstm]`.

    Raises:
        UserError: it is of another type.
    """
    parsed: T = _parse(kind, value, where)
    return parsed


def parse_field(kind: Any, value: object, *, where: str) -> Any:  # noqa: ANN401  (types are values here)
    """A value as a user gives it for a field: where it may be several, a text with commas, a list or one.

    Raises:
        UserError: it is of another type.
    """
    if value is None and _is_union(kind):
        return None
    kind = _given(kind)
    if get_origin(kind) is not tuple:
        return _parse(kind, value, where)
    if isinstance(value, str):
        return parse_text(kind, value, where=where)
    return parse_several(get_args(kind)[0], value, where=where)


def field_parser(kind: Any) -> Callable[[str, object], Any]:  # noqa: ANN401
    """`parse_field` for that annotation, as a function of how messages call the field, and the value."""
    return lambda where, value: parse_field(kind, value, where=where)


def parse_several(kind: type[T], value: object, *, where: str) -> tuple[T, ...]:
    """One value, or several; a text is one.

    Raises:
        UserError: one is of another type.
    """
    values = value if isinstance(value, Iterable) and not isinstance(value, str | Mapping) else [value]
    return tuple(parse_typed(kind, each, where=where) for each in values)


def parse_text(
    kind: Any,  # noqa: ANN401
    text: str,
    *,
    where: str,
    unescape: Callable[[str], str] = str.strip,
) -> Any:  # noqa: ANN401
    """A value written as text: `true`, `0.5`, `mean`, or several with commas; each string is unescaped.

    Raises:
        UserError: the text is no such value.
    """
    kind = _given(kind)
    several = get_origin(kind) is tuple
    item = get_args(kind)[0] if several else kind
    read = _FROM_TEXT.get(item, unescape)
    try:
        values = [read(part) for part in (text.split(",") if several else [text])]
    except (ValueError, KeyError) as error:
        allowed = _name(item) + (", or several with commas between" if several else "")
        raise UserError(f"{where} must be {allowed}, got {short_repr(text)}") from error
    return parse_several(item, values, where=where) if several else _parse(kind, values[0], where)


_FROM_TEXT: Mapping[Any, Callable[[str], object]] = {
    bool: {"true": True, "false": False}.__getitem__,
    int: int,
    float: float,
}

_NAMES = {
    bool: "true or false",
    dict: "a table",
    Mapping: "a table",
    list: "a list",
    tuple: "a list",
    int: "a whole number",
    float: "a number",
    str: "a string",
    Path: "a path",
    types.NoneType: "null",
}


def _name(kind: Any) -> str:  # noqa: ANN401
    if _is_union(kind):
        return " or ".join(map(_name, get_args(kind)))
    kind = get_origin(kind) or kind
    return _NAMES.get(kind, "a table" if dataclasses.is_dataclass(kind) else str(kind))


def _is_union(kind: Any) -> bool:  # noqa: ANN401
    return get_origin(kind) in (Union, types.UnionType)


def _given(kind: Any) -> Any:  # noqa: ANN401
    """The annotation of a value that is given: without None."""
    kinds = [each for each in get_args(kind) if each is not types.NoneType] if _is_union(kind) else [kind]
    return kinds[0] if len(kinds) == 1 else kind


def _parse(kind: Any, value: object, where: str) -> Any:  # noqa: ANN401
    if dataclasses.is_dataclass(kind):
        return _parse_dataclass(kind, value, where)
    if _is_union(kind):
        return _parse_union(kind, value, where)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return check_choice(where, value, arguments)
    if origin is tuple:
        items = _check(list, list(value) if isinstance(value, tuple) else value, where)
        return tuple(_parse(arguments[0], item, f"{where}[{i}]") for i, item in enumerate(items))
    if origin is Mapping:
        items = _check(dict, value, where)
        return {key: _parse(arguments[1], item, f"{where}.{key}") for key, item in items.items()}
    return _SCALARS[kind](value, where) if kind in _SCALARS else _check(kind, value, where)


def _parse_dataclass(kind: Any, value: object, where: str) -> Any:  # noqa: ANN401
    table, hints = _check(dict, value, where), hints_of(kind)
    for key in table:
        check_known(f"key in {where}", key, hints)
    missing = [name for name in hints if name not in table]
    if missing:
        raise UserError(f"{where} lacks {', '.join(missing)}")
    return kind(**{name: _parse(hint, table[name], f"{where}.{name}") for name, hint in hints.items()})


def _parse_union(union: Any, value: object, where: str) -> Any:  # noqa: ANN401
    kinds = get_args(union)
    if type(value) in kinds:
        return value
    if not _is_union(_given(union)) and value is not None:
        return _parse(_given(union), value, where)
    for kind in kinds:
        if isinstance(value, _HELD_AS.get(get_origin(kind), dict if dataclasses.is_dataclass(kind) else ())):
            return _parse(kind, value, where)
    raise UserError(f"{where} must be {_name(union)}, got {short_repr(value)}")


_HELD_AS: Mapping[Any, type] = {Literal: str, tuple: list, Mapping: dict}


def _whole(value: object, where: str) -> int:
    try:
        if not isinstance(value, bool):
            return operator.index(value)  # type: ignore[arg-type]  # whatever has no index raises
    except TypeError:
        pass
    raise _refused(int, value, where)


def _number(value: object, where: str) -> float:
    if isinstance(value, bool | str) or not isinstance(value, SupportsFloat):
        raise _refused(float, value, where)
    try:
        return float(value)
    except TypeError as error:  # an array
        raise _refused(float, value, where) from error
    except OverflowError as error:
        bits = int(value).bit_length()  # type: ignore[call-overload]  # a whole number, or a fraction
        raise UserError(f"{where} must be a number below 1e308, got one of {bits} bits") from error


def _path(value: object, where: str) -> Path:
    if value == "":
        raise UserError(f"{where} must not be empty: the working folder is '.'")
    try:
        return Path(value).expanduser()  # type: ignore[arg-type]
    except (TypeError, RuntimeError) as error:
        raise _refused(Path, value, where) from error


def _string(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise _refused(str, value, where)
    return str(value)  # NumPy's is another type


_SCALARS: Mapping[Any, Callable[[object, str], object]] = {
    int: _whole,
    float: _number,
    str: _string,
    Path: _path,
}


def _check(kind: type, value: object, where: str) -> Any:  # noqa: ANN401
    if type(value) is not kind:
        raise _refused(kind, value, where)
    return value


def _refused(kind: Any, value: object, where: str) -> UserError:  # noqa: ANN401
    return UserError(f"{where} must be {_name(kind)}, got {short_repr(value)}")
