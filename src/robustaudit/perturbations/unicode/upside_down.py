import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from string import ascii_lowercase

from robustaudit.perturbations.protocol import LetterPerturbation, perturbation

_LIKE_ANOTHER = dict(zip("bdnpqu", "qpudbn", strict=True))
_LIKE_THEMSELVES = "losxz"


@perturbation("upside_down", family="unicode", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class UpsideDown(LetterPerturbation):
    """Write a word upside down, as in playful posts: `great` becomes `ʇɐǝɹƃ`."""

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        turned = [_turned().get(letter.lower(), "") for letter in letters]
        word = "".join(reversed(turned))
        return (word,) if all(turned) and word != "".join(letters) else ()


@cache
def _turned() -> dict[str, str]:
    """The letters that are seen when a page is turned, most of which phonetic script has."""
    names = {letter: f"LATIN SMALL LETTER TURNED {letter.upper()}" for letter in "aehikmrtvwy"}
    found = {letter: unicodedata.lookup(name) for letter, name in names.items()}
    found |= _LIKE_ANOTHER | {letter: letter for letter in _LIKE_THEMSELVES}
    found |= {"c": "ɔ", "f": "ɟ", "g": "ƃ", "j": "ɾ", "'": ",", "’": ","}
    return {letter: found[letter] for letter in (*ascii_lowercase, "'", "’")}
