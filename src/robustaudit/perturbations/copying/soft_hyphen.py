from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.copying.breaks import breaks
from robustaudit.perturbations.protocol import LetterPerturbation, perturbation
from robustaudit.perturbations.sites import Lazy

_SOFT_HYPHEN = "\u00ad"


@perturbation("soft_hyphen", family="copying", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class SoftHyphen(LetterPerturbation):
    """Bring along the unseen hyphens of a web page: `wonderful` becomes `won<U+00AD>derful`."""

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        places = breaks(letters)

        def make(k: int) -> str:
            return "".join((*letters[: places[k]], _SOFT_HYPHEN, *letters[places[k] :]))

        return Lazy(len(places), make)
