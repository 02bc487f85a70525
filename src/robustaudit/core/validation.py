"""Checks of values from outside; every message says what, the value given, and what is allowed."""

import difflib
from collections.abc import Collection

from robustaudit.core.display import shown
from robustaudit.core.errors import UserError

_LONGEST = 200  # characters of a name


def check_between(name: str, value: float, low: float, high: float) -> float:
    """Return `value` where low < value <= high (so that no NaN passes)."""
    if not low < value <= high:
        raise UserError(f"{name} must be above {low:g} and at most {high:g}, got {value:g}")
    return value


def check_at_least(name: str, value: int, minimum: int, *, maximum: int = 2**63 - 1) -> int:
    """Return `value` where it is from `minimum` to `maximum`, which is what files and libraries hold."""
    if value < minimum:
        raise UserError(f"{name} must be at least {minimum}, got {value}")
    if value > maximum:
        raise UserError(f"{name} must be at most {maximum}, got {value}")
    return value


def check_unicode(name: str, value: str) -> str:
    """Return `value` where UTF-8 can hold it: JSON and command lines can smuggle in half a surrogate pair."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        lone = f"U+{ord(value[error.start]):04X} at character {error.start + 1}"
        raise UserError(f"{name} must be valid Unicode, got the lone surrogate {lone}") from error
    return value


def check_known(kind: str, name: str, known: Collection[str], *, listing: str | None = None) -> str:
    """Return `name` where it is one of `known`; the message names the nearest, or all of a few.

    Where they are many, `listing` is the command that shows them.
    """
    if name in known:
        return name
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    if near:
        hint = f"did you mean {near[0]!r}?"
    elif listing:
        hint = f"{listing} shows the {len(known)} that are known"
    else:
        hint = "known are " + ", ".join(sorted(known)) if known else "none are known"
    raise UserError(f"unknown {kind} {shown(name, longest=_LONGEST)}: {hint}")
