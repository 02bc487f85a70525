from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from robustaudit.perturbations.evasion.gaps import Gaps, pulled_apart
from robustaudit.perturbations.protocol import LetterPerturbation, perturbation


@perturbation("punctuate_letters", family="evasion", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class PunctuateLetters(LetterPerturbation):
    """Put marks between the letters of a word, or one of them: `great` becomes `g.r.e.a.t`."""

    mark: Literal["any", ".", "-", "_", "*", "~"] = "any"
    gaps: Gaps = "all"

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        return pulled_apart(letters, ".-_*~" if self.mark == "any" else self.mark, gaps=self.gaps)
