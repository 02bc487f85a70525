from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.maps import load_map
from robustaudit.perturbations.protocol import WordPerturbation, perturbation
from robustaudit.perturbations.sites import one_letter_changed
from robustaudit.perturbations.words import graphemes


@perturbation("homoglyph", family="unicode", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class Homoglyph(WordPerturbation):
    """Put a character that looks like the right one: `great` becomes `grеat`, with a Cyrillic е."""

    def replacements(self, word: str) -> Sequence[str]:
        look_alikes = load_map("homoglyphs.toml", "reference")
        letters = graphemes(word)
        return one_letter_changed(letters, [look_alikes.get(letter, "") for letter in letters])
