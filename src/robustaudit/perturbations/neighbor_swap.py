from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from robustaudit.perturbations.letters import Swaps
from robustaudit.perturbations.protocol import LetterPerturbation, perturbation
from robustaudit.perturbations.sites import Lazy


@perturbation("neighbor_swap", family="typing", meaning="mostly kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class NeighborSwap(LetterPerturbation):
    """Type two neighbouring letters in the wrong order: `great` becomes `graet`."""

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        places = [i for i, (left, right) in enumerate(pairwise(letters)) if left != right]

        def make(k: int) -> str:
            at = places[k]
            return "".join((*letters[:at], letters[at + 1], letters[at], *letters[at + 2 :]))

        return Lazy(len(places), make)

    def letter_edits(self) -> Swaps:
        return Swaps()
