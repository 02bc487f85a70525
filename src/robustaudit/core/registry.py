"""Registries of named things: a decorator for built-in ones, entry points for those of other packages."""

import inspect
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from typing import Generic, Protocol, TypeVar

from robustaudit.core.display import visible
from robustaudit.core.errors import UserError
from robustaudit.core.validation import check_known

T = TypeVar("T")


class Entry(Protocol):
    """What a list has of a named thing."""

    @property
    def name(self) -> str: ...

    @property
    def description(self) -> str: ...


E = TypeVar("E", bound=Entry)


def entries_with(entries: Sequence[E], word: str, *, kind: str) -> list[E]:
    """Those of that name, or else those with the word in their name, description or family.

    Raises:
        UserError: there are none.
    """
    named = [entry for entry in entries if entry.name == word]
    folded = word.casefold()
    found = named or [
        entry for entry in entries if any(folded in part.casefold() for part in _words_of(entry))
    ]
    if not found:
        names = [entry.name for entry in entries]
        check_known(kind, word, names, listing=f"robustaudit list {kind}s")
    return found


def _words_of(entry: Entry) -> tuple[str, ...]:
    return entry.name, getattr(entry, "family", ""), entry.description


def first_line(thing: object) -> str:
    """The first line of a docstring, which lists show."""
    return (inspect.getdoc(thing) or "").split("\n")[0]


class Registry(Generic[T]):
    """Named things of one kind; those of other packages are loaded on demand."""

    def __init__(self, kind: str, *, group: str) -> None:
        self.kind = kind
        self._group = group
        self._known: dict[str, T] = {}

    def register(self, name: str) -> Callable[[T], T]:
        """A decorator that registers a thing; a name can be used once."""

        def decorate(thing: T) -> T:
            if name in self._known:
                raise ValueError(f"{self.kind} {name!r} is registered twice")
            self._known[name] = thing
            return thing

        return decorate

    def get(self, name: str) -> T:
        """The thing of that name.

        Raises:
            UserError: it is unknown (the message has the nearest name), or its package cannot be used.
        """
        foreign = self._foreign
        if name not in self._known:
            check_known(self.kind, name, [*self._known, *foreign])
            self._known[name] = self._load(foreign[name])
        return self._known[name]

    def _load(self, point: EntryPoint) -> T:
        where = f"{self.kind} {point.name!r} of package {_package(point)!r}"
        try:
            thing: T = point.load()
        except Exception as error:  # foreign code may raise what it likes
            said = visible(" ".join(str(error).split()))
            raise UserError(f"{where} cannot be loaded: {type(error).__name__}: {said}") from error
        for name, known in self._known.items():
            if known is thing and name != point.name:
                raise UserError(f"{where} calls itself {name!r}: entry point and decorator must agree")
        return thing

    def name_of(self, thing: T) -> str:
        """The name under which a thing was registered."""
        return next(name for name, known in self._known.items() if known is thing)

    def __contains__(self, name: object) -> bool:
        return name in self._known or name in self._foreign

    def __iter__(self) -> Iterator[str]:
        yield from self._known
        yield from (name for name in self._foreign if name not in self._known)

    @cached_property
    def _foreign(self) -> dict[str, EntryPoint]:
        """Entry points of installed packages, by name.

        Raises:
            UserError: a name is taken.
        """
        offered: dict[str, EntryPoint] = {}
        for point in entry_points(group=self._group):
            ours = point.name in self._known and not _is_from(self._known[point.name], point)
            if ours or offered.setdefault(point.name, point) != point:
                first = "robustaudit" if ours else f"package {_package(offered[point.name])!r}"
                raise UserError(
                    f"package {_package(point)!r} offers {self.kind} {point.name!r}, "
                    f"which {first} has already: one of them must go, or take another name"
                )
        return offered


def _package(point: EntryPoint) -> str:
    return visible(point.dist.name) if point.dist else point.module


def _is_from(thing: object, point: EntryPoint) -> bool:
    """Whether a thing was registered by the package of this entry point, imported earlier."""
    module: str = getattr(thing, "__module__", "")
    return module.partition(".")[0] == point.module.partition(".")[0]
