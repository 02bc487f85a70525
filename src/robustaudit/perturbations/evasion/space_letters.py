from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.evasion.gaps import Gaps, pulled_apart
from robustaudit.perturbations.protocol import LetterPerturbation, perturbation


@perturbation("space_letters", family="evasion", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class SpaceLetters(LetterPerturbation):
    """Put blanks between the letters of a word, or one of them: `great` becomes `g r e a t`."""

    gaps: Gaps = "all"

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        return pulled_apart(letters, " ", gaps=self.gaps)
