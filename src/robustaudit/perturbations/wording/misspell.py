from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from robustaudit.perturbations.protocol import WordPerturbation, perturbation
from robustaudit.perturbations.tables import load_table, look_up
from robustaudit.perturbations.wording.codespell import check_installed, misspellings


@perturbation("misspell", family="words", meaning="mostly kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class Misspell(WordPerturbation):
    """Misspell a word as many people do: `definitely` becomes `definately`."""

    words: Literal["common", "codespell"] = "common"

    def __post_init__(self) -> None:
        if self.words == "codespell":
            check_installed()

    def replacements(self, word: str) -> Sequence[str]:
        table = misspellings() if self.words == "codespell" else load_table("misspellings.toml", "common")
        return look_up(word, table)
