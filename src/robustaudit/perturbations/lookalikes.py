"""Look-alike characters: homoglyphs, styled letters, accents, digits of other scripts."""

import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from string import ascii_letters, ascii_lowercase, digits
from typing import Literal

from robustaudit.core.validation import check_at_least
from robustaudit.perturbations.protocol import LetterPerturbation, OneLetter, WordPerturbation, perturbation
from robustaudit.perturbations.sites import Lazy, one_letter_changed
from robustaudit.perturbations.word_lists import changes, load_map
from robustaudit.perturbations.words import graphemes


@perturbation("homoglyph", family="unicode", meaning="kept")
class Homoglyph(OneLetter):
    """Use a character that looks like the right one: `great` becomes `grеat`, with a Cyrillic е."""

    shortest = 1

    def choices(self, letter: str) -> str:
        return load_map("homoglyphs.toml", "reference").get(letter, "")


@perturbation("confusable", family="unicode", meaning="kept")
class Confusable(WordPerturbation):
    """Use a letter that Unicode lists as confusable with the right one (UTS #39): `great` becomes `grеat`.

    The look-alikes are Latin, Greek and Cyrillic letters and digits, or those of all scripts. Unlike
    `homoglyph` it has several for a letter, for capitals, and for the letters of the other scripts.
    """

    scripts: Literal["near", "all"] = "near"

    def replacements(self, word: str) -> Sequence[str]:
        near, far = load_map("confusables.toml", "near"), load_map("confusables.toml", "far")
        letters = graphemes(word)
        found = [near.get(letter, "") + far.get(letter, "") * (self.scripts == "all") for letter in letters]
        return one_letter_changed(letters, found)


_WIDE = {chr(point): chr(point + 0xFEE0) for point in range(ord("!"), ord("~") + 1)}


@perturbation("full_width", family="unicode", meaning="kept")
class FullWidth(WordPerturbation):
    """Write a word, or one letter of it, as wide as a Chinese character: `great` becomes `ｇｒｅａｔ`."""

    reach: Literal["word", "letter"] = "word"

    def replacements(self, word: str) -> Sequence[str]:
        letters = graphemes(word)
        if self.reach == "letter":
            return one_letter_changed(letters, [_WIDE.get(letter, "") for letter in letters])
        return changes(word, ["".join(_WIDE.get(letter, letter) for letter in letters)])


Style = Literal[
    "bold",
    "italic",
    "bold italic",
    "script",
    "bold script",
    "fraktur",
    "bold fraktur",
    "double-struck",
    "sans-serif",
    "sans-serif bold",
    "sans-serif italic",
    "monospace",
    "circled",
    "parenthesized",
    "squared",
    "negative circled",
    "negative squared",
    "small capital",
    "superscript",
]


@cache
def styled(style: Style) -> dict[str, str]:
    """The letters and digits of a style, with capitals for missing lower-case letters."""
    found = {letter: new for letter in ascii_letters + digits for new in [_find(style, letter)] if new}
    capitals = {letter: found[letter.upper()] for letter in ascii_letters if letter.upper() in found}
    return capitals | found


def _find(style: Style, letter: str) -> str:
    for name in _names(style.upper(), letter):
        try:
            return unicodedata.lookup(name)
        except KeyError:
            continue
    return ""


def _names(style: str, letter: str) -> Iterator[str]:
    """The possible Unicode names of the letter in the style."""
    name = unicodedata.name(letter).removeprefix("LATIN ")  # SMALL LETTER A, DIGIT ONE
    short = name.replace(" LETTER", "")
    if style == "SMALL CAPITAL":
        if letter.islower():
            yield f"LATIN LETTER SMALL CAPITAL {letter.upper()}"
        return
    if style == "SUPERSCRIPT":
        yield f"MODIFIER LETTER {short}"
        yield f"SUPERSCRIPT {name.removeprefix('DIGIT ')}"
        yield f"SUPERSCRIPT LATIN {name}"
        return
    yield f"MATHEMATICAL {style} {short}"
    if not (letter.islower() and "SQUARED" in style):  # there is a lone small d, of another meaning
        yield f"{style} LATIN {name}"
        yield f"{style} {name}"
    older = {"FRAKTUR": "BLACK-LETTER"}.get(style, style)
    yield f"{older} {short}"
    if style == "ITALIC" and letter == "h":
        yield "PLANCK CONSTANT"


@perturbation("letter_style", family="unicode", meaning="kept")
class LetterStyle(WordPerturbation):
    """Write a word in mathematical letters, as in posts and names: `great` becomes `𝐠𝐫𝐞𝐚𝐭`."""

    style: Style = "bold"

    def replacements(self, word: str) -> Sequence[str]:
        letters = styled(self.style)
        return changes(word, ["".join(letters.get(letter, letter) for letter in word)])


Script = Literal[
    "arabic-indic",
    "extended arabic-indic",
    "bengali",
    "devanagari",
    "fullwidth",
    "khmer",
    "myanmar",
    "tamil",
    "thai",
    "tibetan",
]


@perturbation("digit_script", family="unicode", meaning="kept")
class DigitScript(WordPerturbation):
    """Write numbers in the digits of another script, as keyboards of that language do: `10` becomes `١٠`."""

    script: Script = "arabic-indic"

    def replacements(self, word: str) -> Sequence[str]:
        return changes(word, [word.translate(_digits(self.script))])


@cache
def _digits(script: Script) -> dict[int, int]:
    zero = ord(unicodedata.lookup(f"{script} digit zero"))
    return {ord("0") + value: zero + value for value in range(10)}


_LIKE_ANOTHER = dict(zip("bdnpqu", "qpudbn", strict=True))
_LIKE_THEMSELVES = "losxz"


@perturbation("upside_down", family="unicode", meaning="kept")
class UpsideDown(LetterPerturbation):
    """Write a word upside down, as in playful posts: `great` becomes `ʇɐǝɹƃ`."""

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        turned = [_turned().get(letter.lower(), "") for letter in letters]
        return changes("".join(letters), ["".join(reversed(turned))]) if all(turned) else ()


@cache
def _turned() -> dict[str, str]:
    """Letters that look like others turned upside down, mostly phonetic."""
    names = {letter: f"LATIN SMALL LETTER TURNED {letter.upper()}" for letter in "aehikmrtvwy"}
    found = {letter: unicodedata.lookup(name) for letter, name in names.items()}
    found |= _LIKE_ANOTHER | {letter: letter for letter in _LIKE_THEMSELVES}
    found |= {"c": "ɔ", "f": "ɟ", "g": "ƃ", "j": "ɾ", "'": ",", "’": ","}
    return {letter: found[letter] for letter in (*ascii_lowercase, "'", "’")}


# Grave, acute, circumflex, tilde, macron, breve, dot, diaeresis, ring, double acute, caron, cedilla, ogonek.
_ACCENTS = "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030b\u030c\u0327\u0328"
_POINTS = range(10, 36)  # combining classes of Hebrew and Arabic vowel signs
_ABOUT_A_LETTER = 202  # combining classes from here on are of accents; those below belong to their letters


@cache
def accented(letter: str) -> Sequence[str]:
    """A letter with each accent for which Unicode has a single character."""
    pairs = (unicodedata.normalize("NFC", letter + accent) for accent in _ACCENTS)
    return [pair for pair in pairs if len(pair) == 1] if letter.isalpha() else ()


@cache
def bare(letter: str) -> str:
    """A letter without accents, vowel signs or strokes: `é` is `e`, `ø` is `o`."""
    parts = unicodedata.normalize("NFD", letter)
    kept = "".join(part for part in parts if not _may_go(unicodedata.combining(part)))
    if kept != parts:
        return unicodedata.normalize("NFC", kept)
    name, stroke, _ = unicodedata.name(letter, "").partition(" WITH ") if len(letter) == 1 else ("", "", "")
    return unicodedata.lookup(name) if stroke and letter.isalpha() and _is_known(name) else letter


def _may_go(combining: int) -> bool:
    return combining in _POINTS or combining >= _ABOUT_A_LETTER


def _is_known(name: str) -> bool:
    try:
        unicodedata.lookup(name)
    except KeyError:
        return False
    return True


@perturbation("add_accent", family="unicode", meaning="kept")
class AddAccent(WordPerturbation):
    """Put an accent on a letter, to evade a filter or decorate a name: `great` becomes `gréat`."""

    def replacements(self, word: str) -> Sequence[str]:
        letters = graphemes(word)
        return one_letter_changed(letters, [accented(letter) for letter in letters])


@perturbation("strip_accents", family="unicode", meaning="mostly kept")
class StripAccents(WordPerturbation):
    """Remove all accents of a word, as people and search engines do: `café` becomes `cafe`."""

    def replacements(self, word: str) -> Sequence[str]:
        return () if word.isascii() else changes(word, ["".join(map(bare, graphemes(word)))])


_ABOVE, _BELOW = 230, 220  # combining classes
_MARKS = [chr(c) for c in range(0x0300, 0x0370) if unicodedata.combining(chr(c)) in (_ABOVE, _BELOW)]
_STRIDE = 31  # shares no divisor with the number of marks, so that letters in a row get different ones


@perturbation("zalgo", family="unicode", meaning="mostly kept")
class Zalgo(WordPerturbation):
    """Heap combining marks on each letter of a word, above and below: `great` becomes `g̤̀r͋̃e̩͎ă̬t͒̉`."""

    marks: int = 2

    def __post_init__(self) -> None:
        check_at_least("marks of zalgo", self.marks, 1, maximum=20)

    def replacements(self, word: str) -> Sequence[str]:
        letters = graphemes(word)

        def make(k: int) -> str:
            heaped = (letter + self._heap(k + at * self.marks) for at, letter in enumerate(letters))
            return "".join(heaped)

        return Lazy(len(_MARKS), make)

    def _heap(self, first: int) -> str:
        return "".join(_MARKS[(first + i) * _STRIDE % len(_MARKS)] for i in range(self.marks))


_DOTS = str.maketrans({"i": "ı", "I": "İ", "ı": "i", "İ": "I"})


@perturbation("turkish_case", family="unicode", meaning="kept")
class TurkishCase(WordPerturbation):
    """Change the case of i by Turkish rules and back by others: `dinner` becomes `dınner`."""

    def replacements(self, word: str) -> Sequence[str]:
        return changes(word, [word.translate(_DOTS)])
