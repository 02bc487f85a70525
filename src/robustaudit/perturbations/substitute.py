from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.alphabets import ALPHABETS, Alphabet
from robustaudit.perturbations.protocol import WordPerturbation, perturbation
from robustaudit.perturbations.sites import one_letter_changed
from robustaudit.perturbations.words import graphemes


@perturbation("substitute")
@dataclass(frozen=True, slots=True, kw_only=True)
class Substitute(WordPerturbation):
    """Type another letter instead: `great` becomes `grQat`."""

    alphabet: Alphabet = "letters"

    def replacements(self, word: str) -> Sequence[str]:
        letters = graphemes(word)
        if len(letters) <= 1:
            return ()
        alphabet = ALPHABETS[self.alphabet]
        return one_letter_changed(letters, [alphabet.replace(letter, "") for letter in letters])
