from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.protocol import LetterPerturbation, perturbation
from robustaudit.perturbations.sites import one_letter_changed


@perturbation("repeat_letter", family="typing", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatLetter(LetterPerturbation):
    """Type one letter twice: `great` becomes `greeat`."""

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        return one_letter_changed(letters, [(letter * 2,) for letter in letters])
