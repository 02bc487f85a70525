from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.protocol import LetterPerturbation, perturbation
from robustaudit.perturbations.sites import one_letter_changed


@perturbation("delete", family="typing", meaning="mostly kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class Delete(LetterPerturbation):
    """Leave out one letter: `great` becomes `grat`."""

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        return one_letter_changed(letters, [("",)] * len(letters))
