from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.protocol import WordPerturbation, perturbation
from robustaudit.perturbations.tables import load_table, look_up


@perturbation("synonym", family="words", meaning="may change")
@dataclass(frozen=True, slots=True, kw_only=True)
class Synonym(WordPerturbation):
    """Put another word of the same sense, as WordNet has it: `almost` becomes `nearly`."""

    def replacements(self, word: str) -> Sequence[str]:
        return look_up(word, load_table("synonyms.toml", "synonyms"))
