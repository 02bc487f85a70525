from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.alphabets import ALPHABETS, Alphabet
from robustaudit.perturbations.protocol import LetterPerturbation, perturbation
from robustaudit.perturbations.sites import one_letter_changed


@perturbation("substitute", family="typing", meaning="mostly kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class Substitute(LetterPerturbation):
    """Type another letter instead: `great` becomes `grQat`."""

    alphabet: Alphabet = "letters"

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        alphabet = ALPHABETS[self.alphabet]
        return one_letter_changed(letters, [alphabet.replace(letter, "") for letter in letters])
