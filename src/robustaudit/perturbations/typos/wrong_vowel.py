from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.maps import load_map
from robustaudit.perturbations.protocol import LetterPerturbation, perturbation
from robustaudit.perturbations.sites import one_letter_changed


@perturbation("wrong_vowel", family="typing", meaning="mostly kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class WrongVowel(LetterPerturbation):
    """Write another vowel, as those do who spell by ear: `great` becomes `greit`."""

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        return one_letter_changed(letters, [_others(letter) for letter in letters])


def _others(letter: str) -> str:
    small = letter.lower()
    others = next(
        (row.replace(small, "") for row in load_map("vowels.toml", "vowels").values() if small in row), ""
    )
    return others.upper() if letter.isupper() else others
