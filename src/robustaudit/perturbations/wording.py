"""Other words for the same: abbreviations, spellings, homophones, fillers, lost and swapped words."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from itertools import chain, pairwise, product
from pathlib import Path
from typing import Literal, TypeAlias, final

import regex

from robustaudit.core.errors import MissingExtra
from robustaudit.perturbations.characters import is_unspaced
from robustaudit.perturbations.protocol import WordPerturbation, perturbation
from robustaudit.perturbations.sites import Sites
from robustaudit.perturbations.spans import Span, SpanPerturbation, sites_of_spans
from robustaudit.perturbations.word_lists import changes, load_table, look_up, phrase_spans, whole_words
from robustaudit.perturbations.words import TextBatch

WordSequence: TypeAlias = Sequence[tuple[int, int]]
"""Neighbouring words of a text, as starts and stops."""


class WordSequencePerturbation(ABC):
    """A perturbation of consecutive words with only white space between them."""

    __slots__ = ()

    @abstractmethod
    def spans_in(self, text: str, words: WordSequence) -> Iterable[Span]:
        """The spans of these words of `text`, with their replacements, in order."""

    @final
    def sites(self, batch: TextBatch) -> Sites:
        return sites_of_spans(
            (row, span)
            for row, words in _word_sequences(batch)
            for span in self.spans_in(batch.texts[row], words)
        )


def small_groups(words: WordSequence) -> Iterator[WordSequence]:
    """The words in groups of three or two; a single word is in none."""
    at = 0
    while (left := len(words) - at) > 1:
        size = 2 if left in (2, 4) else 3
        yield words[at : at + size]
        at += size


def _word_sequences(batch: TextBatch) -> Iterator[tuple[int, WordSequence]]:
    """The words of each text of a batch, split where anything but white space separates them."""
    words = batch.words
    found: list[tuple[int, int]] = []
    last = 0
    for row, start, stop in zip(words.text.tolist(), words.start.tolist(), words.stop.tolist(), strict=True):
        if found and (row != last or batch.texts[row][found[-1][1] : start].strip()):
            yield last, found
            found = []
        found.append((start, stop))
        last = row
    if found:
        yield last, found


@perturbation("abbreviate", family="words", meaning="kept")
class Abbreviate(SpanPerturbation):
    """Shorten a phrase to its initials: `as soon as possible` becomes `asap`."""

    def spans(self, text: str) -> Iterable[Span]:
        return phrase_spans(text, "abbreviations.toml", "abbreviations")


@perturbation("colloquial", family="words", meaning="kept")
class Colloquial(SpanPerturbation):
    """Write a phrase as it is spoken: `going to` becomes `gonna`."""

    def spans(self, text: str) -> Iterable[Span]:
        return phrase_spans(text, "colloquial.toml", "colloquial")


@perturbation("chat_spelling", family="words", meaning="kept")
class ChatSpelling(WordPerturbation):
    """Spell a word as chats do: `you` becomes `u`, `tonight` becomes `2nite`."""

    def replacements(self, word: str) -> Sequence[str]:
        return look_up(word, load_table("chat.toml", "chat"))


_FILE = "spelling.toml"
_FAMILIES = ("our", "ise", "yse", "re", "ll")


@cache
def to_american() -> Mapping[str, tuple[str, ...]]:
    """American spellings by British word."""
    return {british: (american,) for british, american in _both_ways()} | dict(
        load_table(_FILE, "british_only")
    )


@cache
def to_british() -> Mapping[str, tuple[str, ...]]:
    """British spellings by American word."""
    return {american: (british,) for british, american in _both_ways()}


def _both_ways() -> Iterator[tuple[str, str]]:
    for family in _FAMILIES:
        parts = load_table(_FILE, family)
        (british,), (american,) = parts["british"], parts["american"]
        for stem, ending in product(parts["stems"], parts["endings"]):
            yield f"{stem}{british}{ending}", f"{stem}{american}{ending}"
    for british, (american,) in load_table(_FILE, "pairs").items():
        yield british, american


@perturbation("american_spelling", family="words", meaning="kept")
class AmericanSpelling(WordPerturbation):
    """Spell a British word as American English does: `centre` becomes `center`."""

    def replacements(self, word: str) -> Sequence[str]:
        return look_up(word, to_american())


@perturbation("british_spelling", family="words", meaning="kept")
class BritishSpelling(WordPerturbation):
    """Spell an American word as British English does: `center` becomes `centre`."""

    def replacements(self, word: str) -> Sequence[str]:
        return look_up(word, to_british())


@perturbation("homophone", family="words", meaning="mostly kept")
class Homophone(WordPerturbation):
    """Use a word that sounds the same, as speech recognition does: `their` becomes `there`."""

    def replacements(self, word: str) -> Sequence[str]:
        return look_up(word, load_table("homophones.toml", "homophones"))


@perturbation("misspell", family="words", meaning="mostly kept")
class Misspell(WordPerturbation):
    """Misspell a word as many people do: `definitely` becomes `definately`."""

    words: Literal["common", "codespell"] = "common"

    def __post_init__(self) -> None:
        if self.words == "codespell":
            check_installed()

    def replacements(self, word: str) -> Sequence[str]:
        table = misspellings() if self.words == "codespell" else load_table("misspellings.toml", "common")
        return look_up(word, table)


# The dictionary of codespell is under CC BY-SA 3.0 and no part of this project.
@cache
def misspellings() -> Mapping[str, tuple[str, ...]]:
    """The unambiguous misspellings of each word."""
    found: dict[str, list[str]] = {}
    for line in (_folder() / "data" / "dictionary.txt").read_text(encoding="utf-8").splitlines():
        wrong, _, right = line.partition("->")
        if right.isalpha() and wrong.isalpha():
            found.setdefault(right, []).append(wrong)
    return {right: tuple(wrong) for right, wrong in found.items()}


def check_installed() -> None:
    """Raise MissingExtra if codespell is not installed."""
    _folder()


def _folder() -> Path:
    spec = find_spec("codespell_lib")
    if spec is None or spec.origin is None:
        raise MissingExtra("codespell", "words")
    return Path(spec.origin).parent


@perturbation("confuse_article", family="words", meaning="mostly kept")
class ConfuseArticle(WordPerturbation):
    """Use the wrong article, as learners of English do: `the` becomes `a`."""

    def replacements(self, word: str) -> Sequence[str]:
        return look_up(word, load_table("learners.toml", "articles"))


@perturbation("confuse_preposition", family="words", meaning="mostly kept")
class ConfusePreposition(WordPerturbation):
    """Use the wrong preposition, as learners of English do: `on Monday` becomes `in Monday`."""

    def replacements(self, word: str) -> Sequence[str]:
        return look_up(word, load_table("learners.toml", "prepositions"))


_TO_NINETEEN = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    *("ten", "eleven", "twelve", "thirteen", "fourteen"),
    *("fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_HUNDRED = 100


def in_words(number: int) -> tuple[str, ...]:
    """A number below a thousand in words, over a hundred in British and American form."""
    if number < len(_TO_NINETEEN):
        return (_TO_NINETEEN[number],)
    if number < _HUNDRED:
        tens, ones = divmod(number, 10)
        return (_TENS[tens - 2] + (f"-{_TO_NINETEEN[ones]}" if ones else ""),)
    hundreds, rest = divmod(number, _HUNDRED)
    start = f"{_TO_NINETEEN[hundreds]} hundred"
    if not rest:
        return (start,)
    (ending,) = in_words(rest)
    return f"{start} and {ending}", f"{start} {ending}"


@cache
def in_digits() -> dict[str, str]:
    """Numbers below a hundred by their words, except `one`, which is often a pronoun."""
    return {in_words(number)[0]: str(number) for number in range(_HUNDRED) if number != 1}


@perturbation("number_digits", family="words", meaning="kept")
class NumberDigits(SpanPerturbation):
    """Write a number below a hundred in digits: `three stars` becomes `3 stars`."""

    def spans(self, text: str) -> Iterator[Span]:
        for found in _pattern().finditer(text):
            digits = in_digits().get("-".join(regex.split(r"[\s-]+", found.group().lower())))
            if digits:
                yield Span(found.start(), found.end(), (digits,))


@cache
def _pattern() -> regex.Pattern[str]:
    longest_first = sorted(in_digits(), key=lambda words: (-len(words), words))
    return whole_words("|".join(words.replace("-", r"[\s-]") for words in longest_first))


# Not a part of a longer number, a date, a price, a score, a name or an address.
_NUMBER = regex.compile(
    r"(?<![\p{L}\p{N}\p{M}\p{Sc}\p{Sm}#@&'’_*:/\\.,\-])(?:0|[1-9][0-9]{0,2})"
    r"(?![\p{L}\p{N}\p{M}\p{Sc}\p{Sm}%‰°@&'’_*/\\\-\u200D\u20E3]|[.,:][\p{L}\p{N}])"
)


@perturbation("number_words", family="words", meaning="kept")
class NumberWords(SpanPerturbation):
    """Write a number below a thousand in words: `3 stars` becomes `three stars`."""

    def spans(self, text: str) -> Iterator[Span]:
        for found in _NUMBER.finditer(text):
            yield Span(found.start(), found.end(), in_words(int(found.group())))


@perturbation("add_filler", family="words", meaning="kept")
class AddFiller(WordSequencePerturbation):
    """Add a filler, as in speech: `it was great` becomes `it was um great`."""

    kind: Literal["any", "sounds", "words"] = "any"

    def spans_in(self, text: str, words: WordSequence) -> Iterator[Span]:  # noqa: ARG002
        table = load_table("small_words.toml", "fillers")
        fillers = chain.from_iterable(table.values()) if self.kind == "any" else table[self.kind]
        options = [f"{filler} " for filler in fillers]
        for (_, end), (start, _) in pairwise(words):
            if start > end:  # fillers are words of a language with spaces
                yield Span(start, start, options)


@perturbation("double_word", family="words", meaning="kept")
class DoubleWord(WordPerturbation):
    """Write a word twice, as is easily missed at a line break: `the` becomes `the the`."""

    def replacements(self, word: str) -> Sequence[str]:
        return (word + word if is_unspaced(word[0]) else f"{word} {word}",)


@perturbation("drop_word", family="words", meaning="may change")
class DropWord(WordSequencePerturbation):
    """Omit a word: `it was great` becomes `it great`."""

    def spans_in(self, text: str, words: WordSequence) -> Iterator[Span]:
        for group in small_groups(words):
            yield Span(group[0][0], group[-1][1], [_without(text, group, at) for at in range(len(group))])


def _without(text: str, group: WordSequence, at: int) -> str:
    """The group without one of its words and the gap before it, or after it for the first word."""
    start, stop = group[0][0], group[-1][1]
    if at == 0:
        return text[group[1][0] : stop]
    return text[start : group[at - 1][1]] + text[group[at][1] : stop]


@perturbation("swap_words", family="words", meaning="mostly kept")
class SwapWords(WordSequencePerturbation):
    """Swap two neighbouring words: `it was great` becomes `was it great`."""

    def spans_in(self, text: str, words: WordSequence) -> Iterator[Span]:
        for group in small_groups(words):
            start, stop = group[0][0], group[-1][1]
            swapped = (
                text[start : left[0]] + _swap(text, left, right) + text[right[1] : stop]
                for left, right in pairwise(group)
            )
            if options := changes(text[start:stop], swapped):
                yield Span(start, stop, options)


def _swap(text: str, left: tuple[int, int], right: tuple[int, int]) -> str:
    return text[right[0] : right[1]] + text[left[1] : right[0]] + text[left[0] : left[1]]


@perturbation("drop_stop_word", family="words", meaning="mostly kept")
class DropStopWord(SpanPerturbation):
    """Omit stop words, as notes and headlines do: `it was the best` becomes `it was best`."""

    def spans(self, text: str) -> Iterator[Span]:
        for found in _small_words().finditer(text):
            words = found.captures("word")
            shorter = ("".join((*words[:at], *words[at + 1 :])) for at in range(len(words)))
            yield Span(found.start(), found.end(), changes(found.group(), ["", *shorter]))


@cache
def _small_words() -> regex.Pattern[str]:
    """Consecutive stop words, each with the white space after it, if another word follows."""
    words = chain.from_iterable(load_table("small_words.toml", "stop_words").values())
    one = whole_words("|".join(words)).pattern
    return regex.compile(rf"(?P<word>{one}\s++(?=[\p{{L}}\p{{N}}]))++", regex.IGNORECASE)
