from dataclasses import dataclass
from typing import Literal

from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.surface.outer import OuterPerturbation, Place


@perturbation("add_hashtag", family="surface", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class AddHashtag(OuterPerturbation):
    """Put a common tag before or behind a text: `great` becomes `great #today`."""

    place: Place = "end"

    def where(self) -> tuple[Literal["hashtag"], Place]:
        return "hashtag", self.place
