"""The interface of defences, and the registry of those that have a name."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, NamedTuple, Protocol, TypeVar, dataclass_transform

from robustaudit.core.documents import to_canonical_json
from robustaudit.core.extras import check_installed, extra
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


Clean = Callable[[str], str]


class CleaningRule(NamedTuple):
    """How a text is cleaned: by what `make(**values)` returns.

    `make`, and all that it uses, needs nothing of robustaudit but other such functions, and the values can be
    written as JSON: so a chain can be exported as a module of its own. `notice` says whose data the values
    are.
    """

    make: Callable[..., Clean]
    values: Mapping[str, Any]
    notice: str = ""


class RuleDefence(Defence):
    """A defence that a rule carries out."""

    __slots__ = ()

    packages: ClassVar[tuple[str, ...]] = ()
    """The packages of the extra `repair` that the rule needs."""

    def rule(self) -> CleaningRule:
        """The rule with all data that it needs.

        Raises:
            UserError: a file that a parameter names cannot be read.
        """
        raise NotImplementedError

    def clean(self, texts: Sequence[str]) -> list[str]:
        return list(map(_cleaner(self), texts))

    def sources(self) -> Mapping[str, str]:
        check_installed("repair", self.packages)
        from importlib.metadata import version  # noqa: PLC0415  (a quarter of a second, for few)

        values = hashlib.sha256(to_canonical_json(self.rule().values)).hexdigest()
        return {"values": values} | {package: version(package) for package in self.packages}


@cache
def _cleaner(defence: RuleDefence) -> Clean:
    rule = defence.rule()
    with extra("repair"):
        return rule.make(**rule.values)
