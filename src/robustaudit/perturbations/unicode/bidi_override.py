import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.protocol import LetterPerturbation, perturbation

_RIGHT_TO_LEFT = {"R", "AL"}
_RLO, _LRO, _PDF = "\u202e", "\u202d", "\u202c"


@perturbation("bidi_override", family="unicode", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class BidiOverride(LetterPerturbation):
    """Store a word backwards and show it forwards: `great` becomes `<U+202E>taerg<U+202C>`.

    The two controls turn it again on the screen. Reorderings of Boucher et al. 2021, arXiv:2106.09898.
    """

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        directions = {unicodedata.bidirectional(letter[0]) for letter in letters}
        override = _LRO if directions & _RIGHT_TO_LEFT else _RLO
        return ("".join((override, *reversed(letters), _PDF)),)
