from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from robustaudit.perturbations.protocol import WordPerturbation, perturbation
from robustaudit.perturbations.sites import one_letter_changed
from robustaudit.perturbations.words import graphemes

_WIDE = {chr(point): chr(point + 0xFEE0) for point in range(ord("!"), ord("~") + 1)}


@perturbation("full_width", family="unicode", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class FullWidth(WordPerturbation):
    """Write a word, or one letter of it, as wide as a Chinese character: `great` becomes `ｇｒｅａｔ`."""

    reach: Literal["word", "letter"] = "word"

    def replacements(self, word: str) -> Sequence[str]:
        letters = graphemes(word)
        if self.reach == "letter":
            return one_letter_changed(letters, [_WIDE.get(letter, "") for letter in letters])
        wide = "".join(_WIDE.get(letter, letter) for letter in letters)
        return (wide,) if wide != word else ()
