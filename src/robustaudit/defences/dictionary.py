"""English words in texts: what a part of a text is, and how frequent words are by symspellpy's dictionary."""

from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

SOLID = r"[^\s\x1C-\x1F]"
"""Anything but white space as Python has it: to regex, separators of records and fields are none."""

DICTIONARY = "frequency_dictionary_en_82_765.txt"  # in symspellpy; MIT

# Usual words, mostly of two or three letters, that the dictionary lacks: it would turn `ok` into `of`.
USUAL = frozenset(
    """ad aka aint ain't app apps asap bbq blog btw cd cds cm dr dvd dvds eh etc ft fyi gb gps hd
    hdmi hmm hr hrs ie im imo jr kg km lb lbs led lol mb mm mp mph mr mrs ms oh ok omg oz pc pm pls
    ps sr tbh thx tv tvs uh uk um ur us usa usb vs wifi wow wtf xl yay yr yrs yup""".split()  # noqa: SIM905
)
_USUALLY = 300_000  # as often as the dictionary has contractions

_TAILS = frozenset({"d", "ll", "m", "re", "s", "t", "ve"})
_TAILS_OF_ANY = frozenset({"d", "ll", "re", "s", "ve"})  # of any word


@cache
def word_counts() -> Mapping[str, int]:
    """How often each English word is written, in lower case."""
    lines = files("symspellpy").joinpath(DICTIONARY).read_text(encoding="utf-8-sig").splitlines()
    counts = {word: int(count) for word, count in map(str.split, lines)}
    return MappingProxyType(dict.fromkeys(USUAL, _USUALLY) | counts)


@cache
def counting() -> Callable[[str], int]:
    """How often a word is written, whatever its case and apostrophe; 0 if it is unknown."""
    counts = word_counts()

    def count(word: str) -> int:
        spelt = word.lower().replace("’", "'")
        stem, mark, tail = spelt.rpartition("'")
        return counts.get(spelt) or (counts.get(stem, 0) if mark and tail in _TAILS_OF_ANY else 0)

    return count


def stem_and_tail(word: str) -> tuple[str, str]:
    """A word before its apostrophe, and the usual ending from there on: `film` and `'s`; else all of it."""
    stem, mark, tail = word.replace("’", "'").partition("'")
    return (word[: len(stem)], word[len(stem) :]) if mark and tail.lower() in _TAILS else (word, "")


def in_case_of(word: str, term: str) -> str:
    """The term in the case of a word: capitalised, or all upper case."""
    if word.isupper():
        return term.upper()
    return term[0].upper() + term[1:] if word[0].isupper() else term
