"""Letters with and without accents, from the Unicode database."""

import unicodedata
from collections.abc import Sequence
from functools import cache

# Grave, acute, circumflex, tilde, macron, breve, dot, diaeresis, ring, double acute, caron, cedilla, ogonek.
_ACCENTS = "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030b\u030c\u0327\u0328"
_POINTS = range(10, 36)  # combining classes of Hebrew and Arabic vowel signs
_ABOUT_A_LETTER = 202  # combining classes from here on are of accents; those below belong to their letters


@cache
def accented(letter: str) -> Sequence[str]:
    """A letter under each accent with which Unicode has it as one character."""
    pairs = (unicodedata.normalize("NFC", letter + accent) for accent in _ACCENTS)
    return [pair for pair in pairs if len(pair) == 1] if letter.isalpha() else ()


@cache
def bare(letter: str) -> str:
    """A letter without accents, vowel signs or strokes: `é` is `e`, `ø` is `o`."""
    parts = unicodedata.normalize("NFD", letter)
    kept = "".join(part for part in parts if not _may_go(unicodedata.combining(part)))
    if kept != parts:
        return unicodedata.normalize("NFC", kept)
    name, stroke, _ = unicodedata.name(letter, "").partition(" WITH ") if len(letter) == 1 else ("", "", "")
    return unicodedata.lookup(name) if stroke and letter.isalpha() and _is_known(name) else letter


def _may_go(combining: int) -> bool:
    return combining in _POINTS or combining >= _ABOUT_A_LETTER


def _is_known(name: str) -> bool:
    try:
        unicodedata.lookup(name)
    except KeyError:
        return False
    return True
