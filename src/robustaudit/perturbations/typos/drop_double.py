from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.protocol import LetterPerturbation, perturbation
from robustaudit.perturbations.sites import Lazy
from robustaudit.perturbations.typos.doubles import doubles


@perturbation("drop_double", family="typing", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class DropDouble(LetterPerturbation):
    """Type a doubled letter once: `letter` becomes `leter`."""

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        places = doubles(letters)

        def make(k: int) -> str:
            return "".join((*letters[: places[k]], *letters[places[k] + 1 :]))

        return Lazy(len(places), make)
