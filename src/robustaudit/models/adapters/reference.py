"""Models as users name them: `SCHEME:TARGET?option=value&option=value`."""

import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints
from urllib.parse import unquote

from robustaudit.core.errors import UserError
from robustaudit.core.files import from_home
from robustaudit.core.validation import check_known
from robustaudit.models.adapters.budget import Budget
from robustaudit.models.source import DataLabels

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What the user lets models do: types that skops may make, whether pickles are loaded, and calls."""

    types: tuple[str, ...] = ()
    pickle: bool = False
    calls: Budget | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A model as the user named it; `rest` is all that stands behind the scheme's colon.

    `of_data` are the labels of the data, where they are known, for a model that names none.
    """

    scheme: str
    rest: str
    trust: Trust = field(default_factory=Trust)
    of_data: DataLabels | None = None

    @property
    def name(self) -> str:
        """The name as given: that of the model in options, tables and files."""
        return f"{self.scheme}:{self.rest}"

    @property
    def target(self) -> str:
        """What stands before the options: a path, a name, an address."""
        return self.rest.partition("?")[0]

    @property
    def path(self) -> Path:
        """The target as a path, from the user's home where it begins with `~`."""
        return from_home(self.target)

    @property
    def counted(self) -> tuple[str, ...]:
        """The classes of data that numbers them: those of a model that counts, and names none."""
        return self.of_data.names if self.of_data is not None and self.of_data.numbered else ()

    def options(self, kind: type[T]) -> T:
        """What stands behind the question mark, as a dataclass whose fields all have defaults.

        A value may be percent-encoded; those of a tuple are parted by commas.

        Raises:
            UserError: an option is not known, is given twice, or cannot have the value.
        """
        hints = get_type_hints(kind)
        given: dict[str, Any] = {}
        query = self.rest.partition("?")[2]
        for part in query.split("&") if query else ():
            name, _, value = part.partition("=")
            check_known(f"option of {self.scheme!r} models", name, hints)
            if name in given:
                raise UserError(f"option {name} of {self.name!r} is given twice")
            given[name] = _read(hints[name], value, f"option {name} of {self.name!r}")
        return kind(**given)


def _texts(value: str) -> tuple[str, ...]:
    return tuple(unquote(part) for part in value.split(","))


def _switch(value: str) -> bool:
    return {"true": True, "false": False}[value]


_READERS: Mapping[Any, tuple[str, Callable[[str], Any]]] = MappingProxyType(
    {
        bool: ("true or false", _switch),
        int: ("a whole number", int),
        float: ("a number", float),
        str: ("some text", unquote),
        tuple: ("names parted by commas", _texts),
    }
)


def _read(hint: Any, value: str, where: str) -> Any:  # noqa: ANN401  (types are values here)
    if isinstance(hint, types.UnionType):
        hint = next(kind for kind in get_args(hint) if kind is not types.NoneType)
    wanted, reader = _READERS[get_origin(hint) or hint]
    try:
        if value:
            return reader(value)
    except (ValueError, KeyError):
        pass
    raise UserError(f"{where} must be {wanted}, got {value!r}")
