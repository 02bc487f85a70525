"""Named things with parameters, written as calls, `fold(words="all")`; values from outside are checked."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeAlias, TypeVar, get_args

import numpy as np

from robustaudit.core.errors import UserError
from robustaudit.core.registry import Registry
from robustaudit.core.typed_values import hints_of, parse_field
from robustaudit.core.validation import check_known

Value: TypeAlias = str | int | float | bool

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CallParameter:
    """A parameter of a named thing with its default, and all its values if they are a choice."""

    name: str
    default: Value
    choices: tuple[Value, ...]


def call_parameters(cls: type[Any]) -> tuple[CallParameter, ...]:
    """What a named thing may be given: the fields of its dataclass."""
    hints = hints_of(cls)
    return tuple(
        CallParameter(field.name, field.default, get_args(hints[field.name])) for field in _fields(cls)
    )


def build_from(registry: Registry[type[T]], name: str, parameters: Mapping[str, Value]) -> T:
    """Build the dataclass that is registered under that name, with those parameters as its fields.

    Raises:
        UserError: the name or a parameter is unknown, or a value is invalid.
    """
    cls = registry.get(name)
    hints = hints_of(cls)
    known = [field.name for field in _fields(cls)]
    for parameter, value in parameters.items():
        if not known:
            raise UserError(f"{name} has no parameters, got {parameter}={value!r}")
        check_known(f"parameter of {name}", parameter, known, these="it takes")
        parse_field(hints[parameter], value, where=f"{parameter} of {name}")
    return cls(**parameters)  # a whole number stays one: expressions, and so draws, keep their form


def parameters_of(thing: object) -> dict[str, Value]:
    """The fields of a dataclass that are not at their defaults."""
    return {
        field.name: value
        for field in _fields(type(thing))
        if (value := getattr(thing, field.name)) != field.default
    }


def format_call(name: str, parameters: Mapping[str, Value]) -> str:
    """A name with parameters, as in expressions."""
    given = ", ".join(f"{parameter}={_literal(value)}" for parameter, value in parameters.items())
    return f"{name}({given})" if given else name


def _fields(cls: type[Any]) -> tuple[Any, ...]:
    return fields(cls)


def _literal(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return np.format_float_positional(value, trim="0")
    return f'"{value}"' if isinstance(value, str) else repr(value)
