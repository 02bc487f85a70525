from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from robustaudit.perturbations.maps import load_map
from robustaudit.perturbations.protocol import LetterPerturbation, perturbation
from robustaudit.perturbations.sites import one_letter_changed


@perturbation("qwerty", family="typing", meaning="mostly kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class Qwerty(LetterPerturbation):
    """Hit a key beside the right one: `great` becomes `grest`."""

    map: Literal["reference", "full"] = "reference"

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        return one_letter_changed(letters, [self._neighbours(letter) for letter in letters])

    def _neighbours(self, letter: str) -> str:
        neighbours = load_map("qwerty.toml", self.map).get(letter.lower(), "")
        return neighbours.upper() if letter.isupper() else neighbours
