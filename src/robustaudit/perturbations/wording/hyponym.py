from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.protocol import WordPerturbation, perturbation
from robustaudit.perturbations.wording.wordnets import SHIPPED, check_word_net, hyponyms


@perturbation("hyponym", family="words", meaning="may change")
@dataclass(frozen=True, slots=True, kw_only=True)
class Hyponym(WordPerturbation):
    """Put a word of a narrower sense, as WordNet has it: `restaurant` becomes `cafeteria`."""

    word_net: str = SHIPPED

    def __post_init__(self) -> None:
        check_word_net(self.word_net)

    def replacements(self, word: str) -> Sequence[str]:
        return hyponyms(word, self.word_net)
