"""Defences against misspelt words: held keys, and spelling mistakes."""

from collections.abc import Callable, Collection, Iterator
from functools import cache, lru_cache
from importlib.resources import as_file, files
from itertools import product
from pathlib import Path
from typing import Any, ClassVar

import regex

from robustaudit.core.errors import UserError
from robustaudit.core.files import expand_home, is_file
from robustaudit.core.validation import check_at_least
from robustaudit.defences.defence import CleaningRule, RuleDefence, defence
from robustaudit.defences.dictionary import DICTIONARY, SOLID, USUAL, counting, in_case_of, stem_and_tail

_PARTS = 1 << 17  # words with their marks that are remembered, for each set of parameters

# Words between white space; parts with digits, addresses and names of accounts are left out.
_SPELT_WORD = regex.compile(
    rf"(?<!{SOLID})(?:{SOLID}*\d{SOLID}*|{SOLID}*://{SOLID}*|{SOLID}*@{SOLID}+|[#@]{SOLID}+|www\.{SOLID}*)(?!{SOLID})"
    r"(*SKIP)(*FAIL)|[^\W\d_]+(?:['’][^\W\d_]+)*"
)


_HELD = regex.compile(r"([A-Za-z])\1\1", regex.IGNORECASE)
_RUN = regex.compile(r"([A-Za-z])\1+", regex.IGNORECASE)
_ROMAN = regex.compile(r"m*(?:c[md]|d?c*)(?:x[cl]|l?x*)(?:i[xv]|v?i*)", regex.IGNORECASE)
_MOST_RUNS = 8  # of a word: more are none
_DOUBLED = 100  # a double letter is meant unless the word with a single one is that many times as frequent


@defence("collapse")
class Collapse(RuleDefence):
    """Write a letter once or twice that stands three times or more: `sooo goood` becomes `so good`.

    The dictionary says which: twice if that makes a word, unless the one with a single letter is a hundred
    times as frequent (`goooo` becomes `go`, not `goo`). Where neither makes a word, it is written twice.
    Words of the dictionary, of one letter alone (`zzz`) and Roman numerals stay; so do parts of a text with
    digits, addresses.
    """

    version: ClassVar[int] = 1
    wordwise: ClassVar[bool] = True
    packages: ClassVar[tuple[str, ...]] = ("symspellpy",)

    def rule(self) -> CleaningRule:
        return CleaningRule(collapsing, {})


def collapsing() -> Callable[[str], str]:
    """Collapses the repeated letters of a text."""
    count = counting()

    def collapsed_word(found: regex.Match[str]) -> str:
        word = found[0]
        if not _HELD.search(word) or not word.isascii() or count(word) or _ROMAN.fullmatch(word):
            return word
        if len(set(word.lower())) == 1:
            return word
        made = max(_shortened(word), key=lambda each: count(each[0]) * _DOUBLED ** each[1])[0]
        return made if count(made) else _RUN.sub(lambda run: run[0][:2], word)

    @lru_cache(maxsize=_PARTS)
    def collapsed(part: str) -> str:
        return _SPELT_WORD.sub(collapsed_word, part) if _HELD.search(part) else part

    def collapse(text: str) -> str:
        return " ".join(map(collapsed, text.split(" "))) if _HELD.search(text) else text

    return collapse


def _shortened(word: str) -> Iterator[tuple[str, int]]:
    """The word with each run of a letter written twice or once, and how many letters these are."""
    runs = list(_RUN.finditer(word))[:_MOST_RUNS]
    for lengths in product((2, 1), repeat=len(runs)):
        made, end = "", 0
        for run, length in zip(runs, lengths, strict=True):
            made += word[end : run.start() + length]
            end = run.end()
        yield made + word[end:], sum(lengths)


_FURTHEST = 2  # edits: beyond, most of what is found is another word


@defence("spell")
class Spell(RuleDefence):
    """Correct misspelt English words: `graet` becomes `great`.

    A word that is not in the dictionary becomes the most frequent of those that the fewest edits make
    of it, at most `distance`, and stays if there is none. Case is kept. What stays as it is: words of the
    file `words`, one a line; single letters, words with letters that are not English; parts of a text with
    digits, addresses.

    The dictionary and the search for near words are those of
    [symspellpy](https://github.com/mammothb/symspellpy).
    """

    distance: int = 2
    words: str = ""

    version: ClassVar[int] = 2
    wordwise: ClassVar[bool] = True
    packages: ClassVar[tuple[str, ...]] = ("symspellpy",)

    def __post_init__(self) -> None:
        check_at_least("distance of spell", self.distance, 1, maximum=_FURTHEST)

    def rule(self) -> CleaningRule:
        return CleaningRule(spelling, {"distance": self.distance, "words": sorted(_words_of(self.words))})


def spelling(*, distance: int, words: Collection[str]) -> Callable[[str], str]:
    """Corrects a text, whose `words`, in lower case, stay."""
    from symspellpy import Verbosity  # noqa: PLC0415  (an extra)

    dictionary, kept = _near_words(distance), USUAL.union(words)

    def correct(word: str) -> str:
        spelt = word.lower().replace("’", "'")
        if len(word) == 1 or not spelt.isascii() or spelt in dictionary.words or spelt in kept:
            return word
        stem, tail = stem_and_tail(word)
        if tail:
            return correct(stem) + tail
        for far in range(1, distance + 1):  # most are near, and found sooner so
            if found := dictionary.lookup(spelt, Verbosity.TOP, max_edit_distance=far):
                return in_case_of(word, found[0].term)
        return word

    @lru_cache(maxsize=_PARTS)
    def corrected(part: str) -> str:
        return _SPELT_WORD.sub(lambda found: correct(found[0]), part)

    return lambda text: " ".join(map(corrected, text.split(" ")))


@cache
def _near_words(distance: int) -> Any:  # noqa: ANN401  (an extra without types)
    from symspellpy import SymSpell  # noqa: PLC0415

    made = SymSpell(max_dictionary_edit_distance=distance, prefix_length=7)
    with as_file(files("symspellpy").joinpath(DICTIONARY)) as path:
        made.load_dictionary(path, term_index=0, count_index=1, encoding="utf-8")
    return made


def _words_of(given: str) -> frozenset[str]:
    """The words of a file, if there is one; in lower case."""
    if not given:
        return frozenset()
    path = expand_home(given)
    if not is_file(path):
        raise UserError(f"words of spell must be a file with one word a line, got {given!r}: there is none")
    return frozenset(line.strip().lower() for line in _lines_of(path, given))


def _lines_of(path: Path, given: str) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"words of spell: file {given!r} cannot be read as UTF-8: {error}") from error
