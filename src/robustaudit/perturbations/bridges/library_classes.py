"""Classes of other libraries: named in expressions, checked by their signatures, instantiated on demand."""

import inspect
import random
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any, Protocol

import numpy as np

from robustaudit.core.calls import Value, format_call
from robustaudit.core.display import visible
from robustaudit.core.errors import UserError
from robustaudit.core.extras import check_installed, extra
from robustaudit.core.installing import Extra
from robustaudit.core.validation import check_known

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_LONGEST = 240  # characters of what a library says


@dataclass(frozen=True, slots=True)
class LibraryCall:
    """A class of another library, with the parameters that are not at their defaults."""

    name: str
    parameters: tuple[tuple[str, Value], ...]

    def __str__(self) -> str:
        return format_call(self.name, dict(self.parameters))


def load(library: Extra, module: str) -> ModuleType:
    """A module of the library that the extra of that name installs.

    Raises:
        UserError: it is not installed, or cannot be imported.
    """
    check_installed(library, (library, "rapidfuzz"))
    try:
        with extra(library):
            return import_module(module)
    except UserError:
        raise
    except Exception as error:  # what it needs may be there in a version that it cannot use
        raise UserError(f"{library} is installed but cannot be imported: {summary(error)}") from error


def call(
    name: str, cls: type[Any], given: Mapping[str, Value], *, reserved: Mapping[str, str]
) -> LibraryCall:
    """The call of an expression; `reserved` are parameters with what to write instead."""
    known = signature(cls)
    for parameter in given:
        if parameter in reserved:
            raise UserError(f"{parameter} of {name} is set by {reserved[parameter]}")
        if not known:
            raise UserError(f"{name} has no parameters, got {parameter}={given[parameter]!r}")
        check_known(f"parameter of {name}", parameter, known, these="it takes")
    others = [(key, value) for key, value in sorted(given.items()) if not _is_default(known[key], value)]
    return LibraryCall(name, tuple(others))


def make(what: LibraryCall, cls: type[Any], **parameters: object) -> Any:  # noqa: ANN401
    """The object of a call, with further parameters.

    Raises:
        UserError: the library raised an error.
    """
    try:
        with without_downloads():
            return cls(**dict(what.parameters), **parameters)
    except Exception as error:  # foreign code may raise what it likes
        raise UserError(f"{what} cannot be made: {summary(error)}") from error


@contextmanager
def without_downloads() -> Iterator[None]:
    """Keep NLTK from downloading data, as some classes do unasked; they report missing data themselves."""
    nltk = sys.modules.get("nltk")
    with ExitStack() as undo:
        if nltk is not None:
            replace(undo, nltk, "download", lambda *_, **__: True)
        yield


_MISSING = object()


def replace(undo: ExitStack, owner: object, name: str, value: object) -> None:
    """Set an attribute until `undo` is closed."""
    before = getattr(owner, name, _MISSING)
    undo.callback(*((delattr, owner, name) if before is _MISSING else (setattr, owner, name, before)))
    setattr(owner, name, value)


def summary(error: Exception) -> str:
    """An error of another library in one line that is safe for a terminal."""
    lines = (line.strip(" \t*") for line in _COLOUR.sub("", str(error)).splitlines())
    said = visible(next(filter(None, lines), ""))[:_LONGEST]
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def signature(cls: type[Any]) -> dict[str, inspect.Parameter]:
    """The parameters of a class by name, with those of its bases that it passes on."""
    known: dict[str, inspect.Parameter] = {}
    for base in cls.__mro__:
        if "__init__" in vars(base) and base is not object:
            found = list(inspect.signature(vars(base)["__init__"]).parameters.values())[1:]
            named = [each for each in found if each.kind not in {each.VAR_POSITIONAL, each.VAR_KEYWORD}]
            known = {each.name: each for each in named} | known
            if not any(each.kind is each.VAR_KEYWORD for each in found):
                break
    return known


def _is_default(parameter: inspect.Parameter, value: Value) -> bool:
    return type(parameter.default) is type(value) and bool(parameter.default == value)


_HALF = 2**32


@contextmanager
def seeded_global_generators() -> Iterator[Callable[[int], None]]:
    """Yield a function that seeds Python, NumPy and torch with 64 bits; restore their states afterwards."""
    with ExitStack() as undo:
        undo.callback(random.setstate, random.getstate())
        undo.callback(np.random.set_state, np.random.get_state())  # noqa: NPY002  # what others draw from
        if torch := sys.modules.get("torch"):
            undo.enter_context(torch.random.fork_rng(range(torch.cuda.device_count())))
        yield _seed


def _seed(key: int) -> None:
    random.seed(key)
    np.random.seed([key % _HALF, key // _HALF])  # noqa: NPY002
    if torch := sys.modules.get("torch"):
        torch.manual_seed(key)


class Rewriter(Protocol):
    """A transformation of whole texts: a hashable value whose `str` is its expression."""

    def rewrite(self, text: str, *, rate: float) -> str:
        """A rewritten text, drawn from the global generators, which are seeded before each call."""
