from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import regex

from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.spans import Span, SpanPerturbation

_MARK = regex.compile(r"(?<![.!?,…])[.!?,](?![.!?,…\p{L}\p{N}])")


@perturbation("repeat_mark", family="surface", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatMark(SpanPerturbation):
    """Type a mark two or three times: `great!` becomes `great!!` or `great!!!`."""

    marks: Literal["any", "!", "?", "."] = "any"

    def spans(self, text: str) -> Iterator[Span]:
        for found in _MARK.finditer(text):
            if self.marks in ("any", found.group()):
                yield Span(found.start(), found.end(), (found.group() * 2, found.group() * 3))
