"""The interface of defences, and the registry of those that have a name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, TypeVar, dataclass_transform

from robustaudit.core.registry import Registry


class Defence(Protocol):
    """A pure function of a text that is applied before a model reads it; a hashable value without state."""

    version: ClassVar[int]
    """Raised whenever some text is cleaned otherwise than before."""

    wordwise: ClassVar[bool]
    """Whether cleaning a text cleans each part between white space, and each white space, by itself."""

    def clean(self, texts: Sequence[str]) -> list[str]:
        """The texts as a model shall read them, in order; depends on nothing but the text and the parameters.

        Raises:
            MissingExtra: a library that it needs is not installed.
            UserError: a file that a parameter names cannot be read.
        """
        ...

    def sources(self) -> Mapping[str, str]:
        """What else decides the result, such as the version of a library or the SHA-256 of a file."""
        ...


DEFENCES: Registry[type[Defence]] = Registry("defence", group="robustaudit.defences")
"""Every defence by its name; other packages add theirs as entry points of this group."""

D = TypeVar("D", bound=Defence)


@dataclass_transform(frozen_default=True, kw_only_default=True)
def defence(name: str) -> Callable[[type[D]], type[D]]:
    """Register a class under `name`, as a frozen dataclass whose fields are the parameters."""

    def decorate(cls: type[D]) -> type[D]:
        cls = dataclass(frozen=True, slots=True, kw_only=True)(cls)
        DEFENCES.register(name)(cls)
        return cls

    return decorate


class TextDefence(Defence):
    """A defence that cleans one text at a time, and that nothing else decides."""

    __slots__ = ()

    def clean_one(self, text: str) -> str:
        """The text as a model shall read it."""
        raise NotImplementedError

    def clean(self, texts: Sequence[str]) -> list[str]:
        return [self.clean_one(text) for text in texts]

    def sources(self) -> Mapping[str, str]:
        return {}
