"""Defences against characters that are not what they seem: misread, invisible, look-alikes."""

import tomllib
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import ClassVar, Literal

import regex

from robustaudit.defences.defence import CleaningRule, RuleDefence, defence

_MARKED_PARTS = 1 << 16  # words with their marks that are remembered


@defence("mojibake")
class EncodingRepair(RuleDefence):
    """Undo what reading a text in a wrong encoding left: `donâ€™t` becomes `don’t`.

    By [ftfy](https://ftfy.readthedocs.io), of which nothing else is used. It judges the text as a whole.
    """

    version: ClassVar[int] = 1
    wordwise: ClassVar[bool] = False  # no-break spaces may be bytes of a letter
    packages: ClassVar[tuple[str, ...]] = ("ftfy",)

    def rule(self) -> CleaningRule:
        return CleaningRule(reencoding, {})


def reencoding() -> Callable[[str], str]:
    """Undoes wrong encodings in a text."""
    from ftfy import fix_encoding  # noqa: PLC0415  (an extra)

    return lambda text: text if text.isascii() else fix_encoding(text)


_BACKSPACED = regex.compile(r"\S\x08")
# Default-ignorable and format characters, and control characters that are no white space. Kept are joiners
# within scripts and emoji that need them, the selector behind an emoji, and the tags of a flag.
_INVISIBLE = regex.compile(
    r"""
    (?<=[^\p{Latin}\p{Greek}\p{Cyrillic}\p{N}\p{P}\s\p{Cc}\p{Cf}])[\u200C\u200D]
        (?=[^\p{Latin}\p{Greek}\p{Cyrillic}\p{N}\p{P}\s\p{Cc}\p{Cf}]) (*SKIP)(*FAIL)
    | (?<=[\p{Extended_Pictographic}0-9\#*])\uFE0F (*SKIP)(*FAIL)
    | (?<=\U0001F3F4[\U000E0020-\U000E007E]*)[\U000E0020-\U000E007F] (*SKIP)(*FAIL)
    | [\p{Default_Ignorable_Code_Point}\p{Cf}] | (?![\s\x1C-\x1F\x85])\p{Cc}
    """,
    regex.VERBOSE,
)
_SUSPECT = regex.compile(r"[\p{Default_Ignorable_Code_Point}\p{Cf}]")  # the others are not printable


@defence("strip")
class Strip(RuleDefence):
    """Remove invisible characters: of zero width, of direction, controls, a letter and its backspace.

    Joiners stay where a script or an emoji needs them.
    """

    version: ClassVar[int] = 1
    wordwise: ClassVar[bool] = True

    def rule(self) -> CleaningRule:
        return CleaningRule(stripping, {})


def stripping() -> Callable[[str], str]:
    """Removes invisible characters from a text."""

    def stripped(text: str) -> str:
        if text.isprintable() and not _SUSPECT.search(text):
            return text
        return " ".join(map(_without_invisible, text.split(" ")))

    return stripped


@lru_cache(maxsize=_MARKED_PARTS)
def _without_invisible(part: str) -> str:
    while (shorter := _BACKSPACED.sub("", part)) != part:
        part = shorter
    return _INVISIBLE.sub("", part)


_WORD_OF_ANY_SCRIPT = regex.compile(r"[\p{L}\p{M}\p{N}˗]+")
_NO_OTHER_SCRIPT = regex.compile(r"[\p{Latin}\p{Common}]")
_LATIN_LETTER = regex.compile(r"[A-Za-z]")
_UNICODE = "Look-alikes: from Unicode's confusables.txt (UTS #39), © 2020 Unicode, Inc., Unicode License V3."
_SPELT = "ıɣʋɩɔɛəŋɲƙɓɗƴ"  # letters of living alphabets that Unicode lists as look-alikes


@defence("fold")
class Fold(RuleDefence):
    """Write look-alikes as the letters that they resemble (UTS #39): `grеat`, with a Cyrillic е, as `great`.

    Letters of another script stay, unless there is a Latin one in their word; with `words="all"`, also in
    words of look-alikes alone, which may be words of that script.
    """

    words: Literal["mixed", "all"] = "mixed"

    version: ClassVar[int] = 1
    wordwise: ClassVar[bool] = True

    def rule(self) -> CleaningRule:
        values = {"words": self.words, "look_alikes": _look_alikes()}
        return CleaningRule(folding, values, notice=_UNICODE)


def folding(*, words: str, look_alikes: Mapping[str, str]) -> Callable[[str], str]:
    """Folds a text: each of `look_alikes` has the signs that are written for it."""
    table = {ord(sign): meant for meant, signs in look_alikes.items() for sign in signs}
    # Of these, no word is written: those of Latin script, and signs.
    of_no_language = {sign: meant for sign, meant in table.items() if _NO_OTHER_SCRIPT.match(chr(sign))}

    def folded_word(found: regex.Match[str]) -> str:
        word = found[0]
        mixed = _LATIN_LETTER.search(word) is not None
        made = word.translate(table if mixed or words == "all" else of_no_language)
        return made if mixed or made.isascii() else word

    @lru_cache(maxsize=_MARKED_PARTS)
    def folded_part(part: str) -> str:
        return _WORD_OF_ANY_SCRIPT.sub(folded_word, part)

    def folded(text: str) -> str:
        if text.isascii():
            return text
        return " ".join(part if part.isascii() else folded_part(part) for part in text.split(" "))

    return folded


@cache
def _look_alikes() -> Mapping[str, str]:
    """The look-alikes of each letter and digit; each sign is one of a single letter or digit."""
    shipped = files("robustaudit.perturbations").joinpath("data")
    confusable = tomllib.loads(shipped.joinpath("confusables.toml").read_text(encoding="utf-8"))
    reference = tomllib.loads(shipped.joinpath("homoglyphs.toml").read_text(encoding="utf-8"))["reference"]
    meant_by: dict[str, str] = {}
    for table in (reference, confusable["near"], confusable["far"]):
        # Letters before digits: of O and 0, a look-alike within a word is the letter.
        for meant, alike in sorted(table.items(), key=lambda each: each[0].isdigit()):
            for sign in alike if meant.isascii() else ():
                if not sign.isascii() and sign not in _SPELT:
                    meant_by.setdefault(sign, meant)
    found: dict[str, str] = {}
    for sign, meant in meant_by.items():
        found[meant] = found.get(meant, "") + sign
    return found


@defence("nfkc")
class CompatibilityForm(RuleDefence):
    """Write each character in its usual form, by Unicode's NFKC: `ｇｒｅａｔ` and `𝐠𝐫𝐞𝐚𝐭` as `great`.

    Behind `fold`: it writes some look-alikes as other letters.
    """

    version: ClassVar[int] = 1
    wordwise: ClassVar[bool] = True

    def rule(self) -> CleaningRule:
        return CleaningRule(normalizing, {})

    def sources(self) -> Mapping[str, str]:
        return {"unicode": unicodedata.unidata_version}


def normalizing() -> Callable[[str], str]:
    """Writes the characters of a text in Unicode's form NFKC."""

    def normalized(text: str) -> str:
        return text if text.isascii() else unicodedata.normalize("NFKC", text)

    return normalized
