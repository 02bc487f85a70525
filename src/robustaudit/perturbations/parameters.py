"""Perturbations from a name and parameters, and back; all values from expressions are checked here."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np

from robustaudit.core.errors import UserError
from robustaudit.core.typed_values import hints_of, parse_field
from robustaudit.core.validation import check_known
from robustaudit.perturbations.protocol import PERTURBATIONS, Perturbation

Value: TypeAlias = str | int | float | bool


@runtime_checkable
class Unregistered(Protocol):
    """A perturbation that is not in the registry and provides its own expression."""

    @property
    def expression(self) -> str: ...


def build(name: str, parameters: Mapping[str, Value]) -> Perturbation:
    """Build the perturbation of that name with those parameters.

    Raises:
        UserError: the name or a parameter is unknown, or a value is invalid.
    """
    cls = PERTURBATIONS.get(name)
    hints = hints_of(cls)
    known = [field.name for field in _fields(cls)]
    for parameter, value in parameters.items():
        if not known:
            raise UserError(f"{name} has no parameters, got {parameter}={value!r}")
        check_known(f"parameter of {name}", parameter, known, these="it takes")
        parse_field(hints[parameter], value, where=f"{parameter} of {name}")
    return cls(**parameters)  # a whole number stays one: expressions, and so draws, keep their form


def expression_of(perturbation: Perturbation) -> str:
    """The expression of a perturbation, with the parameters that are not at their defaults."""
    if isinstance(perturbation, Unregistered):
        return perturbation.expression
    cls = type(perturbation)
    given = {
        field.name: value
        for field in _fields(cls)
        if (value := getattr(perturbation, field.name)) != field.default
    }
    return format_call(PERTURBATIONS.name_of(cls), given)


def format_call(name: str, parameters: Mapping[str, Value]) -> str:
    """A name with parameters, as in expressions."""
    given = ", ".join(f"{parameter}={_literal(value)}" for parameter, value in parameters.items())
    return f"{name}({given})" if given else name


def _fields(cls: type[Perturbation]) -> tuple[Any, ...]:
    return fields(cls)  # type: ignore[arg-type]  # each is a dataclass; a Protocol cannot say so


def _literal(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return np.format_float_positional(value, trim="0")
    return f'"{value}"' if isinstance(value, str) else repr(value)
