from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.protocol import WordPerturbation, perturbation
from robustaudit.perturbations.wording.wordnets import SHIPPED, check_word_net, synonyms


@perturbation("synonym", family="words", meaning="may change")
@dataclass(frozen=True, slots=True, kw_only=True)
class Synonym(WordPerturbation):
    """Put another word of the same sense, as WordNet has it: `almost` becomes `nearly`."""

    word_net: str = SHIPPED

    def __post_init__(self) -> None:
        check_word_net(self.word_net)

    def replacements(self, word: str) -> Sequence[str]:
        return synonyms(word, self.word_net)
