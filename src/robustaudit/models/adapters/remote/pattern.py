"""A regular expression of the user's own that finds the label in what a chat model said."""

import re
from functools import cache
from math import prod

import regex

from robustaudit.core.errors import UserError

_LONGEST, _MOST_GROUPS, _MOST_REPEATS = 300, 10, 1000
_SECONDS = 1.0
_REPEATS = re.compile(r"\{(\d*),?(\d*)\}")


def check_pattern(pattern: str) -> str:
    """Return a pattern that can be searched with, or an empty one.

    What may take gigabytes to compile is refused: many groups, and repeats within repeats.
    """
    if not pattern:
        return pattern
    repeats = prod(
        max(int(number or 1) for number in found.groups()) or 1 for found in _REPEATS.finditer(pattern)
    )
    if len(pattern) > _LONGEST or pattern.count("(") > _MOST_GROUPS or repeats > _MOST_REPEATS:
        raise UserError(
            f"pattern must have at most {_LONGEST} characters and {_MOST_GROUPS} brackets, and repeat at "
            f"most {_MOST_REPEATS:,} times, got {pattern[:_LONGEST]!r}"
        )
    try:
        groups = _compiled(pattern).groups
    except (regex.error, RecursionError) as error:
        raise UserError(f"pattern must be a regular expression, got {pattern!r}: {error}") from error
    if not groups:
        raise UserError(rf"pattern must have a group for the label, as in 'label: (\w+)', got {pattern!r}")
    return pattern


def found_by(pattern: str, content: str) -> list[str]:
    """What the first group of a pattern finds, once each.

    Raises:
        UserError: it searches for too long.
    """
    try:
        matches = _compiled(pattern).finditer(content, timeout=_SECONDS)
        return list(dict.fromkeys(match[1] for match in matches if match[1] is not None))
    except TimeoutError as error:
        raise UserError(
            f"pattern {pattern!r} searched a reply for more than {_SECONDS:g} s: simplify it"
        ) from error


@cache
def _compiled(pattern: str) -> "regex.Pattern[str]":
    return regex.compile(pattern)
