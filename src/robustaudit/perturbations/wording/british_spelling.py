from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.protocol import WordPerturbation, perturbation
from robustaudit.perturbations.tables import look_up
from robustaudit.perturbations.wording.spelling import to_british


@perturbation("british_spelling", family="words", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class BritishSpelling(WordPerturbation):
    """Spell an American word as British English does: `center` becomes `centre`."""

    def replacements(self, word: str) -> Sequence[str]:
        return look_up(word, to_british())
