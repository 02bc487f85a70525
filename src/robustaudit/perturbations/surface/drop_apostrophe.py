from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.protocol import WordPerturbation, perturbation
from robustaudit.perturbations.tables import changes


@perturbation("drop_apostrophe", family="surface", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class DropApostrophe(WordPerturbation):
    """Write a word without its apostrophe: `don't` becomes `dont`."""

    def replacements(self, word: str) -> Sequence[str]:
        return changes(word, [word.replace("'", "").replace("’", "")])
