"""The list of defences, entry by entry."""

import inspect
from dataclasses import dataclass

from robustaudit.core.calls import CallParameter, call_parameters
from robustaudit.core.registry import first_line
from robustaudit.defences.defence import DEFENCES


@dataclass(frozen=True, slots=True)
class DefenceEntry:
    """A defence that has a name; `needs` are the packages of the extra `repair` that it cannot do without."""

    name: str
    description: str
    wordwise: bool
    needs: tuple[str, ...]
    parameters: tuple[CallParameter, ...]


def list_defences() -> list[DefenceEntry]:
    """All defences that have a name: ours, then those of other packages."""
    return [_entry(name, first_line(DEFENCES.get(name))) for name in DEFENCES]


def describe_defence(name: str) -> DefenceEntry:
    """A defence that has a name, with all that its docstring says."""
    return _entry(name, " ".join((inspect.getdoc(DEFENCES.get(name)) or "").split()))


def _entry(name: str, description: str) -> DefenceEntry:
    cls = DEFENCES.get(name)
    needs: tuple[str, ...] = getattr(cls, "packages", ())
    return DefenceEntry(name, description, cls.wordwise, needs, call_parameters(cls))
