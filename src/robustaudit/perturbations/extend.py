from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from robustaudit.perturbations.maps import contractions, match_case
from robustaudit.perturbations.protocol import WordPerturbation, perturbation


@perturbation("extend", family="words", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class Extend(WordPerturbation):
    """Write a contraction in full: `don't` becomes `do not`."""

    def replacements(self, word: str) -> Sequence[str]:
        full = contractions().get(word.lower().replace("’", "'"))
        return (match_case(word, full),) if full else ()

    def vocabulary(self) -> Iterable[str]:
        return contractions()
