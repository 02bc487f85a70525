from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from robustaudit.perturbations.protocol import WordPerturbation, perturbation
from robustaudit.perturbations.sites import one_letter_changed
from robustaudit.perturbations.tables import changes, load_table
from robustaudit.perturbations.words import graphemes


@perturbation("leetspeak", family="evasion", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class Leetspeak(WordPerturbation):
    """Write digits and signs for letters: `great` becomes `gr34t`."""

    letters: Literal["all", "one"] = "all"
    alphabet: Literal["usual", "full"] = "usual"

    def replacements(self, word: str) -> Sequence[str]:
        table = load_table("leetspeak.toml", self.alphabet)
        letters = graphemes(word)
        choices = [table.get(letter.lower(), ()) for letter in letters]
        if self.letters == "one":
            return one_letter_changed(letters, choices)
        signs = [(*found, letter)[: len(found) or 1] for letter, found in zip(letters, choices, strict=True)]
        return changes(word, ("".join(found[at] for found in signs) for at in (0, -1)))
