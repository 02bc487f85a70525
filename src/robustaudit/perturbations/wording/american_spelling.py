from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.protocol import WordPerturbation, perturbation
from robustaudit.perturbations.tables import look_up
from robustaudit.perturbations.wording.spelling import to_american


@perturbation("american_spelling", family="words", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class AmericanSpelling(WordPerturbation):
    """Spell a British word as American English does: `centre` becomes `center`."""

    def replacements(self, word: str) -> Sequence[str]:
        return look_up(word, to_american())
