from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.protocol import OneLetter, perturbation


@perturbation("delete", family="typing", meaning="mostly kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class Delete(OneLetter):
    """Leave out one letter: `great` becomes `grat`."""

    def choices(self, letter: str) -> Sequence[str]:  # noqa: ARG002
        return ("",)
