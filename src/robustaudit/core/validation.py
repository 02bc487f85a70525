"""Checks of values from outside; a message says what, the value given, and what is allowed."""

import difflib
from collections.abc import Collection
from typing import TypeVar

from robustaudit.core.display import short_repr
from robustaudit.core.errors import UserError

_LONGEST = 200  # characters of a name


def check_between(name: str, value: float, low: float, high: float) -> float:
    """Return `value` if low < value <= high; NaN is refused too."""
    if not low < value <= high:
        raise UserError(f"{name} must be above {low:g} and at most {high:g}, got {value:g}")
    return value


def check_at_least(name: str, value: int, minimum: int, *, maximum: int = 2**63 - 1) -> int:
    """Return `value` if it is from `minimum` to `maximum`, by default the largest 64-bit integer."""
    if value < minimum:
        raise UserError(f"{name} must be at least {minimum}, got {value}")
    if value > maximum:
        raise UserError(f"{name} must be at most {maximum}, got {value}")
    return value


def check_unicode(name: str, value: str) -> str:
    """Return `value` if UTF-8 can encode it: JSON and command lines can smuggle in half a surrogate pair."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        lone = f"U+{ord(value[error.start]):04X} at character {error.start + 1}"
        raise UserError(f"{name} must be valid Unicode, got the lone surrogate {lone}") from error
    return value


def check_known(
    kind: str, name: str, known: Collection[str], *, listing: str | None = None, these: str = "known are"
) -> str:
    """Return `name` if it is one of `known`; the message has the nearest name, or all of a few.

    If there are many, `listing` is the command that lists them; `these` is what introduces a list of a
    few.
    """
    if name in known:
        return name
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    if near:
        hint = f"did you mean {near[0]!r}?"
    elif listing:
        hint = f"{listing} shows the {len(known)} that are known"
    else:
        hint = f"{these} {', '.join(sorted(known))}" if known else "none are known"
    raise UserError(f"unknown {kind} {short_repr(name, longest=_LONGEST)}: {hint}")


T = TypeVar("T")


def check_choice(name: str, value: object, allowed: Collection[T]) -> T:
    """Return the one of a few allowed values that `value` is."""
    for each in allowed:
        if type(value) is type(each) and value == each:  # to Python, True is 1
            return each
    listed = ", ".join(map(repr, allowed))
    near = difflib.get_close_matches(value, map(str, allowed), n=1) if isinstance(value, str) else []
    hint = f": did you mean {near[0]!r}?" if near else ""
    raise UserError(f"{name} must be one of {listed}, got {short_repr(value)}{hint}")
