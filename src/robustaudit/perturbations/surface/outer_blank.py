from collections.abc import Iterator
from dataclasses import dataclass

from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.spans import Span, SpanPerturbation

_BLANKS = (" ", "  ", "\t", "\n")


@perturbation("outer_blank", family="surface", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class OuterBlank(SpanPerturbation):
    """Leave a blank, tab or line break before or behind a text, as forms do: `great` becomes ` great`."""

    def spans(self, text: str) -> Iterator[Span]:
        if text:
            yield Span(0, 0, _BLANKS)
            yield Span(len(text), len(text), _BLANKS)
