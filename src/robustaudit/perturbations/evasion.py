"""Filter evasion: words that a filter misses and people still read."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Literal

import regex

from robustaudit.perturbations.protocol import LetterPerturbation, WordPerturbation, perturbation
from robustaudit.perturbations.sites import Lazy, inserted, one_letter_changed
from robustaudit.perturbations.word_lists import changes, load_table, look_up, match_case
from robustaudit.perturbations.words import graphemes

Gaps = Literal["all", "one"]


def pulled_apart(letters: Sequence[str], fillings: Sequence[str], *, gaps: Gaps) -> Sequence[str]:
    """The word with each filling between all its letters, or between any two."""
    if gaps == "all":
        return Lazy(len(fillings), lambda k: fillings[k].join(letters))
    return inserted(letters, fillings)


@perturbation("space_letters", family="evasion", meaning="kept")
class SpaceLetters(LetterPerturbation):
    """Put spaces between the letters of a word, or a single one: `great` becomes `g r e a t`."""

    gaps: Gaps = "all"

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        return pulled_apart(letters, " ", gaps=self.gaps)


@perturbation("punctuate_letters", family="evasion", meaning="kept")
class PunctuateLetters(LetterPerturbation):
    """Put punctuation between the letters of a word, or a single mark: `great` becomes `g.r.e.a.t`."""

    mark: Literal["any", ".", "-", "_", "*", "~"] = "any"
    gaps: Gaps = "all"

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        return pulled_apart(letters, ".-_*~" if self.mark == "any" else self.mark, gaps=self.gaps)


@perturbation("mask_letters", family="evasion", meaning="mostly kept")
class MaskLetters(LetterPerturbation):
    """Mask one inner letter of a word, or all of them: `great` becomes `gr*at` or `g***t`."""

    mask: Literal["*", "#", "_", "-", "."] = "*"
    letters: Literal["one", "all"] = "one"

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        inner = letters[1:-1]
        masks = [self.mask if letter[0].isalpha() else letter for letter in inner]
        if self.letters == "all":
            return changes("".join(letters), ["".join((letters[0], *masks, letters[-1]))])
        choices = [self.mask if letter[0].isalpha() else "" for letter in inner]
        return one_letter_changed(letters, ["", *choices, ""])


_LEFT_AT_LEAST = 2


@perturbation("drop_vowels", family="evasion", meaning="mostly kept")
class DropVowels(LetterPerturbation):
    """Write a word without its vowels, except a first letter: `great` becomes `grt`."""

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        kept = [letters[0], *(letter for letter in letters[1:] if letter.lower() not in "aeiou")]
        return ("".join(kept),) if _LEFT_AT_LEAST <= len(kept) < len(letters) else ()


@perturbation("leetspeak", family="evasion", meaning="kept")
class Leetspeak(WordPerturbation):
    """Write digits and symbols for letters: `great` becomes `gr34t`."""

    letters: Literal["all", "one"] = "all"
    alphabet: Literal["usual", "full"] = "usual"

    def replacements(self, word: str) -> Sequence[str]:
        table = load_table("leetspeak.toml", self.alphabet)
        letters = graphemes(word)
        choices = [table.get(letter.lower(), ()) for letter in letters]
        if self.letters == "one":
            return one_letter_changed(letters, choices)
        signs = [(*found, letter)[: len(found) or 1] for letter, found in zip(letters, choices, strict=True)]
        return changes(word, ("".join(found[at] for found in signs) for at in (0, -1)))


@perturbation("spell_by_sound", family="evasion", meaning="mostly kept")
class SpellBySound(WordPerturbation):
    """Respell a part of a word with the same sound: `phone` becomes `fone`."""

    def replacements(self, word: str) -> Sequence[str]:
        return changes(word, _respelt(word)) if word.isascii() else ()


def _respelt(word: str) -> Iterator[str]:
    spelt = word.lower()
    for pattern, sounds in _patterns():
        for match in pattern.finditer(spelt):
            for sound in sounds:
                there = word[match.start() : match.end()]
                yield word[: match.start()] + match_case(there, sound) + word[match.end() :]


@cache
def _patterns() -> tuple[tuple[regex.Pattern[str], tuple[str, ...]], ...]:
    table = load_table("sounds.toml", "sounds")
    return tuple((regex.compile(pattern), sounds) for pattern, sounds in table.items())


@perturbation("algospeak", family="evasion", meaning="mostly kept")
class Algospeak(WordPerturbation):
    """Replace a moderated word by its code word: `killed` becomes `unalived`."""

    def replacements(self, word: str) -> Sequence[str]:
        return look_up(word, load_table("algospeak.toml", "algospeak"))


@perturbation("emoji_for_word", family="evasion", meaning="mostly kept")
class EmojiForWord(WordPerturbation):
    """Replace a word by an emoji: `pizza` becomes `🍕`."""

    def replacements(self, word: str) -> Sequence[str]:
        return load_table("emoji.toml", "emoji").get(word.lower(), ())
