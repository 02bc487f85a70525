from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.protocol import LetterPerturbation, perturbation
from robustaudit.perturbations.sites import Lazy


@perturbation("split_word", family="typing", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class SplitWord(LetterPerturbation):
    """Type a blank within a word: `great` becomes `gre at`."""

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        def make(k: int) -> str:
            return "".join((*letters[: k + 1], " ", *letters[k + 1 :]))

        return Lazy(len(letters) - 1, make)
