"""Perturbations from a name and parameters, and back; all values from expressions are checked here."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from robustaudit.core.calls import Value, build_from, format_call, parameters_of
from robustaudit.perturbations.protocol import PERTURBATIONS, Perturbation


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
    return build_from(PERTURBATIONS, name, parameters)


def expression_of(perturbation: Perturbation) -> str:
    """The expression of a perturbation, with the parameters that are not at their defaults."""
    if isinstance(perturbation, Unregistered):
        return perturbation.expression
    return format_call(PERTURBATIONS.name_of(type(perturbation)), parameters_of(perturbation))
