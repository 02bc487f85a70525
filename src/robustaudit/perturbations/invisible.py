"""Invisible changes: zero-width and bidirectional characters, tags, selectors, other spaces, normal forms."""

import unicodedata
from collections.abc import Iterable, Sequence
from string import ascii_lowercase
from typing import Literal, get_args

import regex

from robustaudit.perturbations.protocol import LetterPerturbation, WordPerturbation, perturbation
from robustaudit.perturbations.sites import inserted
from robustaudit.perturbations.spans import Span, SpanPerturbation, single_spaces
from robustaudit.perturbations.word_lists import changes
from robustaudit.perturbations.words import graphemes

Character = Literal[
    "any",
    "zero width space",
    "zero width non-joiner",
    "zero width joiner",
    "zero width no-break space",
    "word joiner",
    "invisible times",
    "invisible separator",
    "invisible plus",
    "function application",
    "combining grapheme joiner",
]

_CHARACTERS = {name: unicodedata.lookup(name.upper()) for name in get_args(Character) if name != "any"}


@perturbation("zero_width", family="unicode", meaning="kept")
class ZeroWidth(LetterPerturbation):
    """Put an invisible character between two letters: `great` becomes `gr<U+200B>eat`.

    Invisible characters of Boucher et al. 2021, arXiv:2106.09898.
    """

    character: Character = "any"

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        any_ = self.character == "any"
        return inserted(letters, [*_CHARACTERS.values()] if any_ else [_CHARACTERS[self.character]])


_TAKEN_BACK = [letter + "\b" for letter in ascii_lowercase]


@perturbation("backspaced", family="unicode", meaning="kept")
class Backspaced(LetterPerturbation):
    """Put a letter and a backspace between two letters: `great` becomes `grx<U+0008>eat`.

    Deletions of Boucher et al. 2021, arXiv:2106.09898: a terminal shows the word as it was.
    """

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        return inserted(letters, _TAKEN_BACK)


_MARKS = ("\u200e", "\u200f", "\u061c")  # left-to-right, right-to-left, Arabic letter mark


@perturbation("bidi_mark", family="unicode", meaning="kept")
class BidiMark(LetterPerturbation):
    """Put an invisible mark of writing direction between two letters: `great` becomes `gr<U+200E>eat`."""

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        return inserted(letters, _MARKS)


_RIGHT_TO_LEFT = {"R", "AL"}
_RLO, _LRO, _PDF = "\u202e", "\u202d", "\u202c"


@perturbation("bidi_override", family="unicode", meaning="kept")
class BidiOverride(LetterPerturbation):
    """Store a word backwards and show it forwards: `great` becomes `<U+202E>taerg<U+202C>`.

    The two control characters reverse it on the screen. Reorderings of Boucher et al. 2021, arXiv:2106.09898.
    """

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        directions = {unicodedata.bidirectional(letter[0]) for letter in letters}
        override = _LRO if directions & _RIGHT_TO_LEFT else _RLO
        return ("".join((override, *reversed(letters), _PDF)),)


_TAGS = [chr(point) for point in range(0xE0020, 0xE007F)]  # a twin of each character of ASCII that is seen


@perturbation("tag_character", family="unicode", meaning="kept")
class TagCharacter(LetterPerturbation):
    """Hide a tag, an invisible copy of an ASCII character, in a word: `great` becomes `gr<U+E0078>eat`.

    Tags can carry messages to a language model that its reader does not see.
    """

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        return inserted(letters, _TAGS)


_SELECTORS = [chr(point) for point in range(0xFE00, 0xFE10)]


@perturbation("variation_selector", family="unicode", meaning="kept")
class VariationSelector(LetterPerturbation):
    """Append an invisible selector of a variant that a letter lacks: `great` becomes `gr<U+FE01>eat`."""

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        return inserted(letters, _SELECTORS)


_TEXT, _EMOJI = "\ufe0e", "\ufe0f"
_ONE = regex.compile(rf"\p{{Extended_Pictographic}}[{_TEXT}{_EMOJI}]?")


@perturbation("emoji_style", family="unicode", meaning="kept")
class EmojiStyle(SpanPerturbation):
    """Select an emoji in colour, in black and white, or neither, as devices differ: `❤` becomes `❤️`."""

    def spans(self, text: str) -> Iterable[Span]:
        for start, run in _runs(text):
            signs = "".join(run)
            bare = [letter[0] for letter in run]
            forms = ("".join(sign + selector for sign in bare) for selector in ("", _TEXT, _EMOJI))
            yield Span(start, start + len(signs), [form for form in forms if form != signs])


def _runs(text: str) -> Iterable[tuple[int, list[str]]]:
    """Runs of emoji of one character, and where they begin."""
    if not _ONE.search(text):
        return
    at, start, run = 0, 0, list[str]()
    for letter in (*graphemes(text), ""):
        if _ONE.fullmatch(letter):
            start = start if run else at
            run.append(letter)
        elif run:
            yield start, run
            run = []
        at += len(letter)


# En quad to hair space, narrow no-break, mathematical and ideographic space.
_SPACES = [*map(chr, range(0x2000, 0x200B)), "\u202f", "\u205f", "\u3000"]


@perturbation("unusual_space", family="unicode", meaning="kept")
class UnusualSpace(SpanPerturbation):
    """Use a space of another width, as typesetting does: `the best` becomes `the<U+2003>best`."""

    def spans(self, text: str) -> Iterable[Span]:
        return single_spaces(text, _SPACES)


@perturbation("normal_form", family="unicode", meaning="kept")
class NormalForm(WordPerturbation):
    """Write a word in another normal form, as file systems do: `café` becomes `café`, its accent apart."""

    form: Literal["NFD", "NFC", "NFKD", "NFKC"] = "NFD"

    def replacements(self, word: str) -> Sequence[str]:
        return changes(word, [unicodedata.normalize(self.form, word)])
