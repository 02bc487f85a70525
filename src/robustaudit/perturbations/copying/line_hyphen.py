from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from robustaudit.perturbations.copying.breaks import breaks
from robustaudit.perturbations.protocol import LetterPerturbation, perturbation
from robustaudit.perturbations.sites import Lazy

_AFTER = {"newline": "\n", "blank": " ", "nothing": ""}


@perturbation("line_hyphen", family="copying", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class LineHyphen(LetterPerturbation):
    """Keep the hyphen of a line's end, as in text copied from a PDF: `wonderful` becomes `won- derful`."""

    then: Literal["blank", "newline", "nothing"] = "blank"

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        places = breaks(letters)
        mark = "-" + _AFTER[self.then]

        def make(k: int) -> str:
            return "".join((*letters[: places[k]], mark, *letters[places[k] :]))

        return Lazy(len(places), make)
