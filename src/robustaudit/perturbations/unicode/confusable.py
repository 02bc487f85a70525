from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from robustaudit.perturbations.maps import load_map
from robustaudit.perturbations.protocol import WordPerturbation, perturbation
from robustaudit.perturbations.sites import one_letter_changed
from robustaudit.perturbations.words import graphemes


@perturbation("confusable", family="unicode", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class Confusable(WordPerturbation):
    """Put a letter that Unicode lists as taken for the right one (UTS #39): `great` becomes `grеat`.

    The look-alikes are Latin, Greek and Cyrillic letters and digits, or those of all scripts. Unlike
    `homoglyph` it knows several for a letter, capitals, and the letters of the other scripts.
    """

    scripts: Literal["near", "all"] = "near"

    def replacements(self, word: str) -> Sequence[str]:
        near, far = load_map("confusables.toml", "near"), load_map("confusables.toml", "far")
        letters = graphemes(word)
        found = [near.get(letter, "") + far.get(letter, "") * (self.scripts == "all") for letter in letters]
        return one_letter_changed(letters, found)
