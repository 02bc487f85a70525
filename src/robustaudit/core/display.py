"""Text from outside, made safe and visible before it reaches a terminal, a page or a line of a log."""

import unicodedata

# Cc and Cf move the cursor, hide or reorder text; Zl and Zp break lines; Co, Cn and Cs have no agreed glyph.
_UNSHOWN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_JOINERS = frozenset("\u200c\u200d")  # within words and emoji of many scripts


def visible(text: str) -> str:
    """The text with every character that a terminal would obey or hide written as `<U+202E>`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character in _JOINERS or unicodedata.category(character) not in _UNSHOWN:
        return character
    return f"<U+{ord(character):04X}>"
