from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.alphabets import ALPHABETS, Alphabet
from robustaudit.perturbations.protocol import OneLetter, perturbation


@perturbation("insert", family="typing", meaning="mostly kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class Insert(OneLetter):
    """Type a letter too many before one of the word's letters: `great` becomes `grxeat`."""

    alphabet: Alphabet = "letters"

    def choices(self, letter: str) -> Sequence[str]:
        return [new + letter for new in ALPHABETS[self.alphabet]]
