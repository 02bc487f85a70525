from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.alphabets import ALPHABETS, Alphabet
from robustaudit.perturbations.protocol import LetterPerturbation, perturbation
from robustaudit.perturbations.sites import Lazy


@perturbation("insert", family="typing", meaning="mostly kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class Insert(LetterPerturbation):
    """Type a letter too many before one of the word's letters: `great` becomes `grxeat`."""

    alphabet: Alphabet = "letters"

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        alphabet = ALPHABETS[self.alphabet]

        def make(k: int) -> str:
            at, new = divmod(k, len(alphabet))
            return "".join((*letters[:at], alphabet[new], *letters[at:]))

        return Lazy(len(letters) * len(alphabet), make)
