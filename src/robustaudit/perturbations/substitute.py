from dataclasses import dataclass

from robustaudit.perturbations.alphabets import ALPHABETS, Alphabet
from robustaudit.perturbations.protocol import OneLetter, perturbation


@perturbation("substitute", family="typing", meaning="mostly kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class Substitute(OneLetter):
    """Type another letter instead: `great` becomes `grQat`."""

    alphabet: Alphabet = "letters"

    def choices(self, letter: str) -> str:
        return ALPHABETS[self.alphabet].replace(letter, "")
