from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.insertion import inserted
from robustaudit.perturbations.protocol import LetterPerturbation, perturbation

_SELECTORS = [chr(point) for point in range(0xFE00, 0xFE10)]


@perturbation("variation_selector", family="unicode", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class VariationSelector(LetterPerturbation):
    """Ask for a variant that a letter does not have, which shows nothing: `great` becomes `gr<U+FE01>eat`."""

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        return inserted(letters, _SELECTORS)
