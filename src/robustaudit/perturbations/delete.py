from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.protocol import WordPerturbation, perturbation
from robustaudit.perturbations.sites import one_letter_changed
from robustaudit.perturbations.words import graphemes


@perturbation("delete")
@dataclass(frozen=True, slots=True, kw_only=True)
class Delete(WordPerturbation):
    """Leave out one letter: `great` becomes `grat`."""

    def replacements(self, word: str) -> Sequence[str]:
        letters = graphemes(word)
        return one_letter_changed(letters, [("",)] * len(letters)) if len(letters) > 1 else ()
