from dataclasses import dataclass
from typing import Literal

from robustaudit.perturbations.maps import load_map
from robustaudit.perturbations.protocol import OneLetter, perturbation


@perturbation("qwerty", family="typing", meaning="mostly kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class Qwerty(OneLetter):
    """Hit a key beside the right one: `great` becomes `grest`."""

    map: Literal["reference", "full"] = "reference"

    def choices(self, letter: str) -> str:
        neighbours = load_map("qwerty.toml", self.map).get(letter.lower(), "")
        return neighbours.upper() if letter.isupper() else neighbours
