from dataclasses import dataclass
from typing import Literal

from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.surface.outer import OuterPerturbation, Place


@perturbation("add_url", family="surface", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class AddUrl(OuterPerturbation):
    """Put an address before or behind a text: `great` becomes `great https://example.com`."""

    place: Place = "end"

    def where(self) -> tuple[Literal["url"], Place]:
        return "url", self.place
