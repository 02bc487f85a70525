from dataclasses import dataclass
from typing import Literal

from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.surface.outer import OuterPerturbation, Place


@perturbation("add_handle", family="surface", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class AddHandle(OuterPerturbation):
    """Put somebody's handle before or behind a text, as replies do: `great` becomes `@user great`."""

    place: Place = "start"

    def where(self) -> tuple[Literal["handle"], Place]:
        return "handle", self.place
