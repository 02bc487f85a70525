from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from robustaudit.perturbations.protocol import LetterPerturbation, perturbation
from robustaudit.perturbations.sites import one_letter_changed
from robustaudit.perturbations.tables import changes


@perturbation("mask_letters", family="evasion", meaning="mostly kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class MaskLetters(LetterPerturbation):
    """Hide one letter inside a word, or all that are inside: `great` becomes `gr*at` or `g***t`."""

    mask: Literal["*", "#", "_", "-", "."] = "*"
    letters: Literal["one", "all"] = "one"

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        inner = letters[1:-1]
        masks = [self.mask if letter[0].isalpha() else letter for letter in inner]
        if self.letters == "all":
            return changes("".join(letters), ["".join((letters[0], *masks, letters[-1]))])
        choices = [self.mask if letter[0].isalpha() else "" for letter in inner]
        return one_letter_changed(letters, ["", *choices, ""])
