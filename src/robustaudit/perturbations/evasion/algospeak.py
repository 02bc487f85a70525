from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.protocol import WordPerturbation, perturbation
from robustaudit.perturbations.tables import load_table, look_up


@perturbation("algospeak", family="evasion", meaning="mostly kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class Algospeak(WordPerturbation):
    """Say a word that moderation looks for by its code word: `killed` becomes `unalived`."""

    def replacements(self, word: str) -> Sequence[str]:
        return look_up(word, load_table("algospeak.toml", "algospeak"))
