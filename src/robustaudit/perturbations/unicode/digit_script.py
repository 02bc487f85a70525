import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from robustaudit.perturbations.protocol import WordPerturbation, perturbation

Script = Literal[
    "arabic-indic",
    "extended arabic-indic",
    "bengali",
    "devanagari",
    "fullwidth",
    "khmer",
    "myanmar",
    "tamil",
    "thai",
    "tibetan",
]


@perturbation("digit_script", family="unicode", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class DigitScript(WordPerturbation):
    """Write numbers in the digits of another script, as keyboards of that language do: `10` becomes `١٠`."""

    script: Script = "arabic-indic"

    def replacements(self, word: str) -> Sequence[str]:
        written = word.translate(_digits(self.script))
        return (written,) if written != word else ()


@cache
def _digits(script: Script) -> dict[int, int]:
    zero = ord(unicodedata.lookup(f"{script} digit zero"))
    return {ord("0") + value: zero + value for value in range(10)}
