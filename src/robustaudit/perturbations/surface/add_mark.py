from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import regex

from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.spans import Span, SpanPerturbation

_BEHIND_A_WORD = regex.compile(r"(?<=[\p{L}\p{N}][\p{M}\u200C\u200D]*+)(?=\s)")


@perturbation("add_mark", family="surface", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class AddMark(SpanPerturbation):
    """Put a mark behind a word where none stands: `the food was great` becomes `the food, was great`."""

    mark: Literal["any", ",", ".", ";", "...", " -"] = "any"

    def spans(self, text: str) -> Iterator[Span]:
        marks = (",", ".", ";", "...", " -") if self.mark == "any" else (self.mark,)
        for found in _BEHIND_A_WORD.finditer(text):
            yield Span(found.start(), found.start(), marks)
