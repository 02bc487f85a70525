from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.protocol import WordPerturbation, perturbation
from robustaudit.perturbations.tables import changes


@perturbation("upper_case", family="surface", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class UpperCase(WordPerturbation):
    """Write a word in capitals: `great` becomes `GREAT`."""

    def replacements(self, word: str) -> Sequence[str]:
        return changes(word, [word.upper()])
