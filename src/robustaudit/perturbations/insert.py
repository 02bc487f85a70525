from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.alphabets import ALPHABETS, Alphabet
from robustaudit.perturbations.protocol import WordPerturbation, perturbation
from robustaudit.perturbations.sites import Lazy
from robustaudit.perturbations.words import graphemes


@perturbation("insert")
@dataclass(frozen=True, slots=True, kw_only=True)
class Insert(WordPerturbation):
    """Type a letter too many before one of the word's letters: `great` becomes `grxeat`."""

    alphabet: Alphabet = "letters"

    def replacements(self, word: str) -> Sequence[str]:
        letters = graphemes(word)
        if len(letters) <= 1:
            return ()
        alphabet = ALPHABETS[self.alphabet]

        def make(k: int) -> str:
            at, new = divmod(k, len(alphabet))
            return "".join((*letters[:at], alphabet[new], *letters[at:]))

        return Lazy(len(letters) * len(alphabet), make)
