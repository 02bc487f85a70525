from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.protocol import WordPerturbation, perturbation
from robustaudit.perturbations.unicode.accents import bare
from robustaudit.perturbations.words import graphemes


@perturbation("strip_accents", family="unicode", meaning="mostly kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class StripAccents(WordPerturbation):
    """Leave out all accents of a word, as people and search engines do: `café` becomes `cafe`."""

    def replacements(self, word: str) -> Sequence[str]:
        stripped = "".join(map(bare, graphemes(word))) if not word.isascii() else word
        return (stripped,) if stripped != word else ()
