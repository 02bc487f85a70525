"""One registry for everything that has a name: a decorator for ours, entry points for others'."""

from collections.abc import Callable, Iterator
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from typing import Generic, TypeVar

from robustaudit.core.validation import check_known

T = TypeVar("T")


class Registry(Generic[T]):
    """Names to things of one kind; those of other packages are loaded when they are asked for."""

    def __init__(self, kind: str, *, group: str) -> None:
        self.kind = kind
        self._group = group
        self._known: dict[str, T] = {}

    def register(self, name: str) -> Callable[[T], T]:
        """A decorator that gives a thing its name; a name is given once."""

        def decorate(thing: T) -> T:
            if name in self._known:
                raise ValueError(f"{self.kind} {name!r} is registered twice")
            self._known[name] = thing
            return thing

        return decorate

    def get(self, name: str) -> T:
        """The thing of that name; a UserError names the nearest where there is none."""
        if name not in self._known:
            foreign = self._foreign
            check_known(self.kind, name, [*self._known, *foreign])
            self._known[name] = foreign[name].load()
        return self._known[name]

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
        return {point.name: point for point in entry_points(group=self._group)}
