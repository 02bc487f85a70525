from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_lowercase

from robustaudit.perturbations.insertion import inserted
from robustaudit.perturbations.protocol import LetterPerturbation, perturbation

_TAKEN_BACK = [letter + "\b" for letter in ascii_lowercase]


@perturbation("backspaced", family="unicode", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class Backspaced(LetterPerturbation):
    """Put a letter and what takes it back between two letters: `great` becomes `grx<U+0008>eat`.

    Deletions of Boucher et al. 2021, arXiv:2106.09898: a terminal shows the word as it was.
    """

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        return inserted(letters, _TAKEN_BACK)
