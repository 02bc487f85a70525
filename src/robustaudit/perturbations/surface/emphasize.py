from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from robustaudit.perturbations.protocol import WordPerturbation, perturbation


@perturbation("emphasize", family="surface", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class Emphasize(WordPerturbation):
    """Stress a word as chats and Markdown do: `great` becomes `*great*`."""

    mark: Literal["any", "*", "**", "_"] = "any"

    def replacements(self, word: str) -> Sequence[str]:
        marks = ("*", "**", "_") if self.mark == "any" else (self.mark,)
        return [f"{mark}{word}{mark}" for mark in marks]
