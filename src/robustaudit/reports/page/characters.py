"""Which characters of a perturbed text a page must name, since the eye cannot tell them."""

import unicodedata
from collections.abc import Collection, Iterator
from functools import lru_cache

import regex

from robustaudit.core.display import hides, unseen

_PICTURE = regex.compile(r"[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}]")


def named(text: str) -> dict[str, str]:
    """The names of the characters of a text that a browser would obey or hide, by character."""
    if text.isascii() and text.isprintable():
        return {}
    return {character: name_of(character) for character in set(text) if hides(character)}


def foreign(text: str, replacement: str) -> str:
    """The characters of a replacement that the text has not, and that may be taken for others.

    They are of a script or kind that the text does not use, or Latin letters with no plain one within: `ɑ`.
    What hides is not among them, nor are emoji.
    """
    return "".join(
        dict.fromkeys(
            character
            for character in replacement
            if not (character.isascii() and not character.isalpha())
            and character not in text
            and not hides(character)
            and not _PICTURE.match(character)
            and (_kind(character) not in _kinds(text) or _is_odd(character))
        )
    )


def written(text: str, *, alike: str = "") -> Iterator[tuple[str, str | None]]:
    """A text in pieces: what may stand as it is, with None, and characters to write out, with their names.

    What is `alike` others stands, with itself to write out behind.
    """
    run, hidden = "", unseen(text)
    for place, character in enumerate(text):
        if character in alike:
            run += character
        if character in alike or place in hidden:
            yield run, None
            yield character, name_of(character)
            run = ""
        else:
            run += character
    yield run, None


def name_of(character: str) -> str:
    """Its name in Unicode; control characters have none, and are called so."""
    kind = "control character" if unicodedata.category(character) == "Cc" else "no character"
    return unicodedata.name(character, kind)


@lru_cache(maxsize=4096)
def _kind(character: str) -> str:
    """`LATIN`, `CYRILLIC`, `FULLWIDTH`, `COMBINING`: the first word of its name, most often its script."""
    return unicodedata.name(character, "").partition(" ")[0]


def _is_odd(character: str) -> bool:
    return _kind(character) == "LATIN" and not unicodedata.normalize("NFKD", character)[0].isascii()


@lru_cache(maxsize=1024)
def _kinds(text: str) -> Collection[str]:
    return frozenset(_kind(character) for character in text if character.isalpha())
