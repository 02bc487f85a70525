from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.protocol import WordPerturbation, perturbation
from robustaudit.perturbations.sites import one_letter_changed
from robustaudit.perturbations.unicode.accents import accented
from robustaudit.perturbations.words import graphemes


@perturbation("add_accent", family="unicode", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class AddAccent(WordPerturbation):
    """Put an accent on a letter, to pass a filter or adorn a name: `great` becomes `gréat`."""

    def replacements(self, word: str) -> Sequence[str]:
        letters = graphemes(word)
        return one_letter_changed(letters, [accented(letter) for letter in letters])
