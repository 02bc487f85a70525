from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.protocol import WordPerturbation, perturbation
from robustaudit.perturbations.typos.capitals import lowered
from robustaudit.perturbations.words import graphemes


@perturbation("lost_capital", family="typing", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class LostCapital(WordPerturbation):
    """Begin a word without its capital, as hasty thumbs do: `Great` becomes `great`, `I` becomes `i`."""

    def replacements(self, word: str) -> Sequence[str]:
        first, *rest = graphemes(word)
        all_capitals = bool(rest) and word.isupper() and any(letter.isupper() for letter in rest)
        small = lowered(first)
        return () if all_capitals or small == first else ("".join((small, *rest)),)
