from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.protocol import WordPerturbation, perturbation
from robustaudit.perturbations.tables import load_table, look_up


@perturbation("homophone", family="words", meaning="mostly kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class Homophone(WordPerturbation):
    """Put a word that sounds like the right one, as speech recognition does: `their` becomes `there`."""

    def replacements(self, word: str) -> Sequence[str]:
        return look_up(word, load_table("homophones.toml", "homophones"))
