"""Tables of words and letters, from the data files of the package."""

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
    """The tables of a TOML file of `data/`; their source and licence stand in the file."""
    return tomllib.loads(files(__package__).joinpath("data", file).read_text(encoding="utf-8"))


def load_map(file: str, table: str) -> dict[str, str]:
    """One table of a file of `data/`: each key with its string."""
    loaded: dict[str, str] = load_data(file)[table]
    return loaded


def match_case(original: str, replacement: str) -> str:
    """The replacement with the case of the original's first letter, or all in capitals as it is."""
    if original.isupper() and sum(map(str.isalpha, original)) > 1:
        return replacement.upper()
    return replacement[0].upper() + replacement[1:] if original[0].isupper() else replacement


@cache
def contractions() -> dict[str, str]:
    """Contractions in lower case, with a straight apostrophe, and what each stands for."""
    return {
        short.lower(): full.lower() for short, full in load_map("contractions.toml", "contractions").items()
    }


@cache
def load_table(file: str, table: str) -> Mapping[str, tuple[str, ...]]:
    """One table of a file of `data/`: each key with its strings, in order."""
    return MappingProxyType({key: tuple(values) for key, values in load_data(file)[table].items()})


def look_up(word: str, table: Mapping[str, Sequence[str]]) -> Sequence[str]:
    """What a table of lower-case words has for a word, in the word's case; never the word itself."""
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
    """Where the phrases of a table stand in a text, the longest first, and what the table has for them.

    Any white space may part the words of a phrase; case and the kind of apostrophe do not matter.
    """
    for found in _pattern(file, table).finditer(text):
        phrase = " ".join(found.group().split())
        if phrase.startswith("I ") and not phrase.isupper():
            phrase = phrase.lower()  # that capital says nothing of what stands for the phrase
        if options := look_up(phrase, load_table(file, table)):
            yield Span(found.start(), found.end(), options)


def whole_words(alternatives: str) -> regex.Pattern[str]:
    """A pattern that finds one of the alternatives in any case, where it is no part of a longer word."""
    return regex.compile(rf"{_NOT_WITHIN_A_WORD}(?:{alternatives}){_NOT_GOING_ON}", regex.IGNORECASE)


def _pattern(file: str, table: str) -> regex.Pattern[str]:
    return pattern_of(tuple(load_table(file, table)))


@lru_cache(maxsize=64)
def pattern_of(phrases: tuple[str, ...]) -> regex.Pattern[str]:
    """A pattern that finds phrases as people write them, the longest first."""
    longest_first = sorted(phrases, key=lambda phrase: (-len(phrase), phrase))
    written = (regex.escape(phrase, literal_spaces=True) for phrase in longest_first)
    return whole_words("|".join(phrase.replace(" ", r"\s+").replace("'", "['’]") for phrase in written))
