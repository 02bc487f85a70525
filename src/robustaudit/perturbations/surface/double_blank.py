from collections.abc import Iterator
from dataclasses import dataclass

from robustaudit.perturbations.blanks import blanks
from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.spans import Span, SpanPerturbation


@perturbation("double_blank", family="surface", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class DoubleBlank(SpanPerturbation):
    """Type a blank two or three times: `so great` becomes `so  great`."""

    def spans(self, text: str) -> Iterator[Span]:
        return blanks(text, ("  ", "   "))
