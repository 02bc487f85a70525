from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.protocol import WordPerturbation, perturbation
from robustaudit.perturbations.tables import load_table, look_up


@perturbation("confuse_preposition", family="words", meaning="mostly kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class ConfusePreposition(WordPerturbation):
    """Put the wrong preposition, as learners of English do: `on Monday` becomes `in Monday`."""

    def replacements(self, word: str) -> Sequence[str]:
        return look_up(word, load_table("learners.toml", "prepositions"))
