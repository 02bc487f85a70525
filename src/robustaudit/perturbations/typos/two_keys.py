from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.protocol import LetterPerturbation, perturbation
from robustaudit.perturbations.sites import one_letter_changed
from robustaudit.perturbations.typos.keyboards import Layout, beside


@perturbation("two_keys", family="typing", meaning="mostly kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class TwoKeys(LetterPerturbation):
    """Hit the right key and one beside it with the same finger: `great` becomes `grweat` or `grewat`."""

    layout: Layout = "qwerty"

    def respellings(self, letters: Sequence[str]) -> Sequence[str]:
        return one_letter_changed(letters, [self._both(letter) for letter in letters])

    def _both(self, letter: str) -> Sequence[str]:
        return [pair for key in beside(self.layout, letter) for pair in (key + letter, letter + key)]
