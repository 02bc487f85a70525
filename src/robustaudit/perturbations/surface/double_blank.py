from collections.abc import Iterator
from dataclasses import dataclass

import regex

from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.spans import Span, SpanPerturbation

_ONE_BLANK = regex.compile(r"(?<=\S)[ ](?=\S)")


@perturbation("double_blank", family="surface", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class DoubleBlank(SpanPerturbation):
    """Type a blank two or three times: `so great` becomes `so  great`."""

    def spans(self, text: str) -> Iterator[Span]:
        for found in _ONE_BLANK.finditer(text):
            yield Span(found.start(), found.end(), ("  ", "   "))
