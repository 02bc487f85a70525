from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.protocol import WordPerturbation, perturbation

_DOTS = str.maketrans({"i": "ı", "I": "İ", "ı": "i", "İ": "I"})


@perturbation("turkish_case", family="unicode", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class TurkishCase(WordPerturbation):
    """Change the case of i by Turkish rules and back by others: `dinner` becomes `dınner`."""

    def replacements(self, word: str) -> Sequence[str]:
        dotted = word.translate(_DOTS)
        return (dotted,) if dotted != word else ()
