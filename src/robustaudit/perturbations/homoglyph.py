from dataclasses import dataclass

from robustaudit.perturbations.maps import load_map
from robustaudit.perturbations.protocol import OneLetter, perturbation


@perturbation("homoglyph", family="unicode", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class Homoglyph(OneLetter):
    """Put a character that looks like the right one: `great` becomes `grеat`, with a Cyrillic е."""

    shortest = 1

    def choices(self, letter: str) -> str:
        return load_map("homoglyphs.toml", "reference").get(letter, "")
