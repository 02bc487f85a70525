from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.protocol import WordPerturbation, perturbation
from robustaudit.perturbations.tables import changes


@perturbation("title_case", family="surface", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class TitleCase(WordPerturbation):
    """Write a word as titles have it: `great` and `GREAT` become `Great`."""

    def replacements(self, word: str) -> Sequence[str]:
        return changes(word, [word[0].title() + word[1:].lower()])
