from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.characters import is_unspaced
from robustaudit.perturbations.protocol import WordPerturbation, perturbation


@perturbation("double_word", family="words", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class DoubleWord(WordPerturbation):
    """Write a word twice, as is missed at the end of a line: `the` becomes `the the`."""

    def replacements(self, word: str) -> Sequence[str]:
        return (word + word if is_unspaced(word[0]) else f"{word} {word}",)
