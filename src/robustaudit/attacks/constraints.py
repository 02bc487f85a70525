"""Constraints on the edits of an attack, as one value in a canonical form."""

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

import regex

from robustaudit.core.errors import UserError
from robustaudit.core.validation import check_at_least, check_known, check_unicode

KEPT = ("first_letter", "last_letter", "stop_words")
PROTECTED = ("emails", "handles", "hashtags", "numbers", "urls")

_MOST = 1_000  # words and patterns, and characters of each


@dataclass(frozen=True, slots=True)
class Constraints:
    """Several constraints together: `a & b` allows the edits that both allow.

    `keep`, `words`, `patterns` and `protect` are what stays unchanged; edits lie in the words of each of
    `only`, in words of `min_length` letters or more, and number `at_most` that many.
    """

    keep: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    protect: tuple[str, ...] = ()
    only: tuple[tuple[str, ...], ...] = ()
    min_length: int = 1
    at_most: int | None = None

    def __and__(self, other: "Constraints") -> "Constraints":
        limits = [limit for limit in (self.at_most, other.at_most) if limit is not None]
        return Constraints(
            keep=_united(self.keep, other.keep),
            words=_united(self.words, other.words),
            patterns=_united(self.patterns, other.patterns),
            protect=_united(self.protect, other.protect),
            only=tuple(sorted({*self.only, *other.only})),
            min_length=max(self.min_length, other.min_length),
            at_most=min(limits, default=None),
        )

    @property
    def limits_sites(self) -> bool:
        """Whether they forbid some edits by themselves, beyond limiting the number."""
        return replace(self, at_most=None) != Constraints()

    def __str__(self) -> str:
        kept = [*self.keep, *map(_quoted, self.words), *(f"pattern={_quoted(it)}" for it in self.patterns)]
        written = [
            f"keep({', '.join(kept)})" if kept else "",
            f"protect({', '.join(self.protect)})" if self.protect else "",
            *(f"only({', '.join(map(_quoted, words))})" for words in self.only),
            f"min_length({self.min_length})" if self.min_length > 1 else "",
            f"at_most({self.at_most})" if self.at_most is not None else "",
        ]
        return " & ".join(filter(None, written)) or "min_length(1)"


class ConstraintArgument(NamedTuple):
    """An argument of a constraint, with its position in the expression."""

    value: str
    kind: str  # STRING, NUMBER or NAME
    position: int
    name: str | None = None


class ArgumentError(UserError):
    """An argument that a constraint cannot take."""

    def __init__(self, argument: ConstraintArgument, message: object) -> None:
        super().__init__(str(message))
        self.position = argument.position


def build_constraint(name: str, arguments: Sequence[ConstraintArgument]) -> Constraints:
    """The constraint of that name.

    Raises:
        ArgumentError: it cannot take an argument.
        UserError: there is none of that name, or it lacks an argument.
    """
    check_known("constraint", name, _BUILDERS)
    if not arguments:
        raise UserError(f"{name} needs arguments: {_EXAMPLES[name]}")
    return _BUILDERS[name](arguments)


@cache
def compiled(pattern: str) -> regex.Pattern[str]:
    """The compiled form of a user's pattern; raises a UserError if it is invalid."""
    try:
        with warnings.catch_warnings(action="ignore"):
            return regex.compile(pattern)
    except (regex.error, KeyError, ValueError, OverflowError, RecursionError) as error:
        raise UserError(f"pattern {pattern!r} cannot be read: {error}") from error


def _keep(arguments: Sequence[ConstraintArgument]) -> Constraints:
    kept = Constraints()
    for argument in arguments:
        match argument:
            case ConstraintArgument(kind="STRING", name=None):
                kept &= Constraints(words=(_word(argument),))
            case ConstraintArgument(kind="STRING", name="pattern"):
                kept &= Constraints(patterns=(_pattern(argument),))
            case _:
                kept &= Constraints(keep=(_name(argument, "keep", KEPT),))
    return kept


def _protect(arguments: Sequence[ConstraintArgument]) -> Constraints:
    return Constraints(protect=_united([_name(argument, "protect", PROTECTED) for argument in arguments]))


def _only(arguments: Sequence[ConstraintArgument]) -> Constraints:
    for argument in arguments:
        if argument.kind != "STRING" or argument.name:
            raise ArgumentError(argument, f"only takes words in quotes: {_EXAMPLES['only']}")
    return Constraints(only=(_united(map(_word, arguments)),))


def _min_length(arguments: Sequence[ConstraintArgument]) -> Constraints:
    return Constraints(min_length=_number(arguments, "min_length"))


def _at_most(arguments: Sequence[ConstraintArgument]) -> Constraints:
    return Constraints(at_most=_number(arguments, "at_most"))


_BUILDERS: Mapping[str, Callable[[Sequence[ConstraintArgument]], Constraints]] = MappingProxyType(
    {"keep": _keep, "protect": _protect, "only": _only, "min_length": _min_length, "at_most": _at_most}
)
_EXAMPLES = {
    "keep": 'keep(stop_words, "Acme", pattern="[A-Z]{2,}")',
    "protect": "protect(urls, numbers)",
    "only": 'only("great", "awful")',
    "min_length": "min_length(4)",
    "at_most": "at_most(2)",
}


def _name(argument: ConstraintArgument, constraint: str, known: Sequence[str]) -> str:
    if argument.kind != "NAME" or argument.name:
        raise ArgumentError(argument, f"{constraint} cannot take that: write {_EXAMPLES[constraint]}")
    try:
        return check_known(f"name in {constraint}", argument.value, known)
    except UserError as error:
        hint = " (write a word in quotes)" if constraint == "keep" else ""
        raise ArgumentError(argument, f"{error}{hint}") from error


def _word(argument: ConstraintArgument) -> str:
    word = " ".join(_text(argument).split())
    if not word or "\\" in word:
        raise ArgumentError(argument, f"a word must not be empty or have a backslash, got {argument.value!r}")
    return word


def _pattern(argument: ConstraintArgument) -> str:
    pattern = _text(argument)
    try:
        compiled(pattern)
    except UserError as error:
        raise ArgumentError(argument, error) from error
    return pattern


def _text(argument: ConstraintArgument) -> str:
    try:
        if len(check_unicode("a word or pattern", argument.value)) <= _MOST:
            return argument.value
    except UserError as error:
        raise ArgumentError(argument, error) from error
    raise ArgumentError(argument, f"a word or pattern must have at most {_MOST} characters")


def _number(arguments: Sequence[ConstraintArgument], constraint: str) -> int:
    (argument, *others) = arguments
    if others or argument.kind != "NUMBER" or argument.name or not argument.value.isdecimal():
        wrong = argument if argument.kind != "NUMBER" or not others else others[0]
        raise ArgumentError(wrong, f"{constraint} takes one whole number: {_EXAMPLES[constraint]}")
    try:
        return check_at_least(constraint, int(argument.value[:20]), 1)
    except UserError as error:
        raise ArgumentError(argument, error) from error


def _united(*groups: Iterable[str]) -> tuple[str, ...]:
    found = tuple(sorted({item for group in groups for item in group}))
    if len(found) > _MOST:
        raise UserError(f"a constraint must name at most {_MOST} words and patterns, got {len(found)}")
    return found


def _quoted(text: str) -> str:
    return f'"{text}"'
