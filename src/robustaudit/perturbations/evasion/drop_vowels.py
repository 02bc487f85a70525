from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.protocol import LetterPerturbation, perturbation

_LEFT_AT_LEAST = 2


@perturbation("drop_vowels", family="evasion", meaning="mostly kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class DropVowels(LetterPerturbation):
    """Write a word without its vowels, but for the first letter: `great` becomes `grt`."""

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        kept = [letters[0], *(letter for letter in letters[1:] if letter.lower() not in "aeiou")]
        return ("".join(kept),) if _LEFT_AT_LEAST <= len(kept) < len(letters) else ()
