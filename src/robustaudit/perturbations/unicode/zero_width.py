import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from robustaudit.perturbations.insertion import inserted
from robustaudit.perturbations.protocol import LetterPerturbation, perturbation

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
@dataclass(frozen=True, slots=True, kw_only=True)
class ZeroWidth(LetterPerturbation):
    """Put an unseen character between two letters: `great` becomes `gr<U+200B>eat`.

    Invisible characters of Boucher et al. 2021, arXiv:2106.09898.
    """

    character: Character = "any"

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        any_ = self.character == "any"
        return inserted(letters, [*_CHARACTERS.values()] if any_ else [_CHARACTERS[self.character]])
