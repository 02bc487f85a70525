"""Defences against characters that are not what they seem: invisible ones, other forms, look-alikes."""

import tomllib
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import ClassVar, Literal

import regex

from robustaudit.defences.defence import TextDefence, defence

_REMEMBERED = 1 << 16  # words with their marks

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
class Strip(TextDefence):
    """Remove invisible characters: of zero width, of direction, controls, a letter and its backspace.

    Joiners stay where a script or an emoji needs them.
    """

    version: ClassVar[int] = 1
    wordwise: ClassVar[bool] = True

    def clean_one(self, text: str) -> str:
        if text.isprintable() and not _SUSPECT.search(text):
            return text
        return " ".join(map(_stripped, text.split(" ")))


@lru_cache(maxsize=_REMEMBERED)
def _stripped(part: str) -> str:
    """What stands between two blanks, without invisible characters."""
    while (shorter := _BACKSPACED.sub("", part)) != part:
        part = shorter
    return _INVISIBLE.sub("", part)


@defence("nfkc")
class CompatibilityForm(TextDefence):
    """Write each character in its usual form, by Unicode's NFKC: `ｇｒｅａｔ` and `𝐠𝐫𝐞𝐚𝐭` as `great`."""

    version: ClassVar[int] = 1
    wordwise: ClassVar[bool] = True

    def clean_one(self, text: str) -> str:
        return text if text.isascii() else unicodedata.normalize("NFKC", text)

    def sources(self) -> Mapping[str, str]:
        return {"unicode": unicodedata.unidata_version}


_WORD = regex.compile(r"[\p{L}\p{M}\p{N}˗]+")
_NO_OTHER_SCRIPT = regex.compile(r"[\p{Latin}\p{Common}]")
_LATIN_LETTER = regex.compile(r"[A-Za-z]")
_SPELT = "ıɣʋɩɔɛəŋɲƙɓɗƴ"  # letters of living alphabets that Unicode lists as look-alikes


@defence("fold")
class Fold(TextDefence):
    """Write look-alikes as the letters that they resemble (UTS #39): `grеat`, with a Cyrillic е, as `great`.

    Letters of another script stay, unless there is a Latin one in their word; with `words="all"`, also in
    words of look-alikes alone, which may be words of that script.
    """

    words: Literal["mixed", "all"] = "mixed"

    version: ClassVar[int] = 1
    wordwise: ClassVar[bool] = True

    def clean_one(self, text: str) -> str:
        if text.isascii():
            return text
        return " ".join(part if part.isascii() else _folded(part, self.words) for part in text.split(" "))


@lru_cache(maxsize=_REMEMBERED)
def _folded(part: str, words: str) -> str:
    """What stands between two blanks, with its words folded."""

    def folded(found: regex.Match[str]) -> str:
        word = found[0]
        mixed = _LATIN_LETTER.search(word) is not None
        made = word.translate(_look_alikes() if mixed or words == "all" else _of_no_language())
        return made if mixed or made.isascii() else word

    return _WORD.sub(folded, part)


@cache
def _look_alikes() -> Mapping[int, str]:
    """The letter or digit that each look-alike stands for."""
    shipped = files("robustaudit.perturbations").joinpath("data")
    confusable = tomllib.loads(shipped.joinpath("confusables.toml").read_text(encoding="utf-8"))
    reference = tomllib.loads(shipped.joinpath("homoglyphs.toml").read_text(encoding="utf-8"))["reference"]
    found: dict[int, str] = {}
    for table in (reference, confusable["near"], confusable["far"]):
        # Letters before digits: of O and 0, a look-alike within a word is the letter.
        for meant, alike in sorted(table.items(), key=lambda each: each[0].isdigit()):
            if meant.isascii():
                found |= {
                    ord(sign): meant
                    for sign in alike
                    if not sign.isascii() and sign not in _SPELT and ord(sign) not in found
                }
    return found


@cache
def _of_no_language() -> Mapping[int, str]:
    """The look-alikes in which no word is written: those of Latin script, and signs."""
    return {sign: meant for sign, meant in _look_alikes().items() if _NO_OTHER_SCRIPT.match(chr(sign))}
