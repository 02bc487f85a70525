import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from robustaudit.perturbations.protocol import WordPerturbation, perturbation


@perturbation("normal_form", family="unicode", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class NormalForm(WordPerturbation):
    """Encode a word in another normal form, as file systems do: `café` becomes `café`, with a mark apart."""

    form: Literal["NFD", "NFC", "NFKD", "NFKC"] = "NFD"

    def replacements(self, word: str) -> Sequence[str]:
        normal = unicodedata.normalize(self.form, word)
        return (normal,) if normal != word else ()
