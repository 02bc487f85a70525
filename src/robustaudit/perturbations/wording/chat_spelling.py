from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.protocol import WordPerturbation, perturbation
from robustaudit.perturbations.tables import load_table, look_up


@perturbation("chat_spelling", family="words", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class ChatSpelling(WordPerturbation):
    """Spell a word as chats do: `you` becomes `u`, `tonight` becomes `2nite`."""

    def replacements(self, word: str) -> Sequence[str]:
        return look_up(word, load_table("chat.toml", "chat"))
