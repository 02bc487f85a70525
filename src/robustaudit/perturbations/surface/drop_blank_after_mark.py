from collections.abc import Iterator
from dataclasses import dataclass

import regex

from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.spans import Span, SpanPerturbation

_AFTER_A_MARK = regex.compile(r"(?<=[\p{L}\p{N}\p{M}][.!?,;:…]++)[ ]++(?=\S)")


@perturbation("drop_blank_after_mark", family="surface", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class DropBlankAfterMark(SpanPerturbation):
    """Type no blank after a mark: `great, really` becomes `great,really`."""

    def spans(self, text: str) -> Iterator[Span]:
        for found in _AFTER_A_MARK.finditer(text):
            yield Span(found.start(), found.end(), ("",))
