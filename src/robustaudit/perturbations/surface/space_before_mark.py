from collections.abc import Iterator
from dataclasses import dataclass

import regex

from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.spans import Span, SpanPerturbation

_BEFORE_A_MARK = regex.compile(r"(?<=[\p{L}\p{N}\p{M}])(?=[.!?,;:…](?![\p{L}\p{N}]))")


@perturbation("space_before_mark", family="surface", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class SpaceBeforeMark(SpanPerturbation):
    """Type a blank before a mark: `great!` becomes `great !`."""

    def spans(self, text: str) -> Iterator[Span]:
        for found in _BEFORE_A_MARK.finditer(text):
            yield Span(found.start(), found.start(), (" ",))
