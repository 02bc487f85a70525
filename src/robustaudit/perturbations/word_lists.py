"""Tables of words and letters from the package's data files."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import regex

from robustaudit.perturbations.spans import Span


@cache
def load_data(file: str) -> dict[str, Any]:
    """The tables of a TOML file in `data/`, which also states their source and licence."""
    return tomllib.loads(files(__package__).joinpath("data", file).read_text(encoding="utf-8"))


def load_map(file: str, table: str) -> dict[str, str]:
    """A table of a file in `data/`: a string per key."""
    loaded: dict[str, str] = load_data(file)[table]
    return loaded


def match_case(original: str, replacement: str) -> str:
    """The replacement in the case of the original: capitalised, or all upper case."""
    if original.isupper() and sum(map(str.isalpha, original)) > 1:
        return replacement.upper()
    return replacement[0].upper() + replacement[1:] if original[0].isupper() else replacement


@cache
def contractions() -> dict[str, str]:
    """The full form of each contraction, in lower case and with a straight apostrophe."""
    return {
        short.lower(): full.lower() for short, full in load_map("contractions.toml", "contractions").items()
    }


@cache
def load_table(file: str, table: str) -> Mapping[str, tuple[str, ...]]:
    """A table of a file in `data/`: several strings per key, in order."""
    return MappingProxyType({key: tuple(values) for key, values in load_data(file)[table].items()})


def look_up(word: str, table: Mapping[str, Sequence[str]]) -> Sequence[str]:
    """The entries of a lower-case table for a word, in the word's case; never the word itself."""
    found = table.get(word.lower().replace("’", "'"), ())
    return changes(word, [match_case(word, replacement) for replacement in found])


def changes(original: str, replacements: Iterable[str]) -> Sequence[str]:
    """The replacements that differ from the original and from each other, in order."""
    return tuple(new for new in dict.fromkeys(replacements) if new != original)


# As `Words` has it: marks and joiners are of the word of a letter before them, joiners where one follows too.
_LETTER, _MARK, _JOINER = r"\p{L}\p{N}˗`×", r"\p{M}\u200C\u200D", r"'’\-_*@"
_NOT_WITHIN_A_WORD = rf"(?<![{_LETTER}][{_MARK}{_JOINER}]*+)"
_NOT_GOING_ON = rf"(?![{_MARK}]|[{_MARK}{_JOINER}]*+[{_LETTER}])"


def phrase_spans(text: str, file: str, table: str) -> Iterator[Span]:
    """The spans of a text with phrases of a table, the longest first, and their replacements.

    Any white space may separate the words of a phrase; case and the kind of apostrophe do not matter.
    """
    for found in _pattern(file, table).finditer(text):
        phrase = " ".join(found.group().split())
        if phrase.startswith("I ") and not phrase.isupper():
            phrase = phrase.lower()  # that capital says nothing of what stands for the phrase
        if options := look_up(phrase, load_table(file, table)):
            yield Span(found.start(), found.end(), options)


def whole_words(alternatives: str) -> regex.Pattern[str]:
    """A pattern for any of the alternatives as a whole word, in any case."""
    return regex.compile(rf"{_NOT_WITHIN_A_WORD}(?:{alternatives}){_NOT_GOING_ON}", regex.IGNORECASE)


def _pattern(file: str, table: str) -> regex.Pattern[str]:
    return pattern_of(tuple(load_table(file, table)))


@lru_cache(maxsize=64)
def pattern_of(phrases: tuple[str, ...]) -> regex.Pattern[str]:
    """A pattern for any of the phrases, the longest first, with any white space and apostrophe."""
    longest_first = sorted(phrases, key=lambda phrase: (-len(phrase), phrase))
    written = (regex.escape(phrase, literal_spaces=True) for phrase in longest_first)
    return whole_words("|".join(phrase.replace(" ", r"\s+").replace("'", "['’]") for phrase in written))
