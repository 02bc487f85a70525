from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from robustaudit.perturbations.protocol import LetterPerturbation, perturbation
from robustaudit.perturbations.sites import one_letter_changed
from robustaudit.perturbations.typos.keyboards import Layout, beside


@perturbation("keyboard", family="typing", meaning="mostly kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class KeyBeside(LetterPerturbation):
    """Hit a key that touches the right one, on one of many keyboards: `great` becomes `grwat`.

    Unlike `qwerty` it has all keys, digits and marks among them, unless only letters are asked for.
    """

    layout: Layout = "qwerty"
    keys: Literal["all", "letters"] = "all"

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        return one_letter_changed(letters, [self._beside(letter) for letter in letters])

    def _beside(self, letter: str) -> Sequence[str]:
        found = beside(self.layout, letter)
        return found if self.keys == "all" else [key for key in found if key.isalpha()]
