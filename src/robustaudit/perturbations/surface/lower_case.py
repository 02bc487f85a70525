from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.protocol import WordPerturbation, perturbation
from robustaudit.perturbations.tables import changes


@perturbation("lower_case", family="surface", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class LowerCase(WordPerturbation):
    """Write a word in small letters: `Great` becomes `great`."""

    def replacements(self, word: str) -> Sequence[str]:
        return changes(word, [word.lower()])
