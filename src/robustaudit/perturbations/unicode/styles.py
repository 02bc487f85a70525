"""Styles of letters that have code points of their own, found by their names in the Unicode database."""

import unicodedata
from collections.abc import Iterator
from functools import cache
from string import ascii_letters, digits
from typing import Literal

Style = Literal[
    "bold",
    "italic",
    "bold italic",
    "script",
    "bold script",
    "fraktur",
    "bold fraktur",
    "double-struck",
    "sans-serif",
    "sans-serif bold",
    "sans-serif italic",
    "monospace",
    "circled",
    "parenthesized",
    "squared",
    "negative circled",
    "negative squared",
    "small capital",
    "superscript",
]


@cache
def styled(style: Style) -> dict[str, str]:
    """The letters and digits that there are in a style; capitals stand for small ones where these lack."""
    found = {letter: new for letter in ascii_letters + digits for new in [_find(style, letter)] if new}
    capitals = {letter: found[letter.upper()] for letter in ascii_letters if letter.upper() in found}
    return capitals | found


def _find(style: Style, letter: str) -> str:
    for name in _names(style.upper(), letter):
        try:
            return unicodedata.lookup(name)
        except KeyError:
            continue
    return ""


def _names(style: str, letter: str) -> Iterator[str]:
    """What the letter may be called in the style."""
    name = unicodedata.name(letter).removeprefix("LATIN ")  # SMALL LETTER A, DIGIT ONE
    short = name.replace(" LETTER", "")
    if style == "SMALL CAPITAL":
        if letter.islower():
            yield f"LATIN LETTER SMALL CAPITAL {letter.upper()}"
        return
    if style == "SUPERSCRIPT":
        yield f"MODIFIER LETTER {short}"
        yield f"SUPERSCRIPT {name.removeprefix('DIGIT ')}"
        yield f"SUPERSCRIPT LATIN {name}"
        return
    yield f"MATHEMATICAL {style} {short}"
    if not (letter.islower() and "SQUARED" in style):  # there is a lone small d, of another meaning
        yield f"{style} LATIN {name}"
        yield f"{style} {name}"
    older = {"FRAKTUR": "BLACK-LETTER"}.get(style, style)
    yield f"{older} {short}"
    if style == "ITALIC" and letter == "h":
        yield "PLANCK CONSTANT"
