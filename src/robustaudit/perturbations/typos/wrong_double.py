from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.protocol import LetterPerturbation, perturbation
from robustaudit.perturbations.sites import Lazy
from robustaudit.perturbations.typos.doubles import doubles


@perturbation("wrong_double", family="typing", meaning="mostly kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class WrongDouble(LetterPerturbation):
    """Double the letter beside the one that is doubled: `book` becomes `bokk` or `bbok`."""

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        moves = [
            (place, other)
            for place in doubles(letters)
            for other in (place - 1, place + 2)
            if 0 <= other < len(letters) and letters[other].isalpha() and letters[other] != letters[place]
        ]

        def make(k: int) -> str:
            place, other = moves[k]
            typed = [letter * 2 if i == other else letter for i, letter in enumerate(letters)]
            return "".join((*typed[:place], *typed[place + 1 :]))

        return Lazy(len(moves), make)
