"""Text from outside, made safe to show in a terminal, a page or a log."""

import unicodedata
from functools import cache
from typing import Any

# Cc and Cf move the cursor, hide or reorder text; Zl and Zp break lines; Co, Cn and Cs have no agreed glyph.
_UNSHOWN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# The flags of England, Scotland and Wales are a black flag with letters that show nothing elsewhere.
_FLAGS = "|".join(
    "".join(chr(0xE0000 + ord(letter)) for letter in flag) + "\U000e007f"
    for flag in ("gbeng", "gbsct", "gbwls")
)
_IGNORABLE = r"\p{Default_Ignorable_Code_Point}"
# Where the two joiners have an effect: after a virama, between letters that join (RFC 5892, A.1 and A.2), in
# emoji; and where variation selectors do: after symbols, and letters of scripts that have variants.
_AT_WORK = (
    r"(?<=\p{Canonical_Combining_Class=9})[\u200c\u200d]"
    r"|(?<=[\p{Joining_Type=L}\p{Joining_Type=D}]\p{Joining_Type=T}*)\u200c"
    r"(?=\p{Joining_Type=T}*[\p{Joining_Type=R}\p{Joining_Type=D}])"
    r"|(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f])\u200d(?=\p{Extended_Pictographic})"
    r"|(?<=[\p{Extended_Pictographic}\p{Han}\p{Mongolian}\p{Myanmar}])\p{Variation_Selector}"
    r"|\ufe0f(?=\u20e3)"
    rf"|(?<=\U0001f3f4)(?:{_FLAGS})"
)


@cache
def _compiled(pattern: str) -> Any:  # noqa: ANN401  (a regex.Pattern)
    import regex  # noqa: PLC0415  (plain text, as of the help, needs none)

    return regex.compile(pattern)


def visible(text: str) -> str:
    """The text with every character that a terminal would interpret or hide written as `<U+202E>`.

    Joiners stay where they join, as in words of many scripts and in emoji.
    """
    written = hidden_positions(text)
    if not written:
        return text
    return "".join(
        code_point(character) if place in written else character for place, character in enumerate(text)
    )


def short_repr(value: object, *, longest: int = 60) -> str:
    """The `repr` of a value for a message: strings cut to `longest` characters, others to twice as many."""
    if isinstance(value, str):
        value = value if len(value) <= longest else value[:longest] + "…"
    written = visible(repr(value))
    return written if len(written) <= 2 * longest else written[: 2 * longest] + "…"


def hidden_positions(text: str) -> set[int]:
    """The positions of the characters that `visible` writes out."""
    if text.isascii() and text.isprintable():
        return set()
    at_work = {place for match in _compiled(_AT_WORK).finditer(text) for place in range(*match.span())}
    return {place for place, character in enumerate(text) if is_hidden(character)} - at_work


def is_hidden(character: str) -> bool:
    """Whether a terminal or a page would interpret the character, or show nothing for it."""
    return unicodedata.category(character) in _UNSHOWN or _compiled(_IGNORABLE).match(character) is not None


def code_point(character: str) -> str:
    """A character by its code point: `<U+202E>`."""
    return f"<U+{ord(character):04X}>"


_NOISE = 1e-12  # rounding error of sums, as of thirds


def percent(share: float, *, beside: float = 0.0) -> str:
    """A fraction in per cent, with at least one decimal and enough to differ from `beside`: 0.0004 is `0.04`.

    So no figure looks equal to the zero, or the threshold, that it is above or below.
    """
    if abs(share - beside) < _NOISE:
        share = beside
    decimals = 1
    while share != beside and round(100 * share, decimals) == round(100 * beside, decimals):
        decimals += 1
    # Adding zero turns a negative zero into zero.
    return f"{round(100 * share, decimals) + 0.0:.{decimals}f}"
