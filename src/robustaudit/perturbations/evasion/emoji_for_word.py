from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.protocol import WordPerturbation, perturbation
from robustaudit.perturbations.tables import load_table


@perturbation("emoji_for_word", family="evasion", meaning="mostly kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class EmojiForWord(WordPerturbation):
    """Put the picture of a word in its place: `pizza` becomes `🍕`."""

    def replacements(self, word: str) -> Sequence[str]:
        return load_table("emoji.toml", "emoji").get(word.lower(), ())
