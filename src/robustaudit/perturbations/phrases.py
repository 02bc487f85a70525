"""Phrases of a table, found in a text as people write them."""

from collections.abc import Iterator
from functools import lru_cache

import regex

from robustaudit.perturbations.spans import Span
from robustaudit.perturbations.tables import load_table, look_up

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
