from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.protocol import WordPerturbation, perturbation
from robustaudit.perturbations.tables import changes


@perturbation("first_letter_case", family="surface", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class FirstLetterCase(WordPerturbation):
    """Give the first letter of a word the other case: `Great` becomes `great`, `great` becomes `Great`."""

    def replacements(self, word: str) -> Sequence[str]:
        return changes(word, [word[0].swapcase() + word[1:]])
