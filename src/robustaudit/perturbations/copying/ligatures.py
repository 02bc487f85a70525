import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import regex

from robustaudit.perturbations.protocol import WordPerturbation, perturbation

_LIGATURES = {unicodedata.normalize("NFKC", chr(point)): chr(point) for point in range(0xFB00, 0xFB05)}
_JOINED = regex.compile("ff[il]?|f[il]")


@perturbation("ligatures", family="copying", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class Ligatures(WordPerturbation):
    """Keep the joined letters of print, as in text copied from a PDF: `fine` becomes `ﬁne`."""

    def replacements(self, word: str) -> Sequence[str]:
        joined = _JOINED.sub(lambda found: _LIGATURES[found.group()], word)
        return (joined,) if joined != word else ()
