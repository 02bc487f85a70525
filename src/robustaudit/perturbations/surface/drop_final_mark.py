from collections.abc import Iterator
from dataclasses import dataclass

import regex

from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.spans import Span, SpanPerturbation

_FINAL = regex.compile(r"(?<=[^\s.!?…])[.!?…。！？।؟]++(?=[\p{Pe}\p{Pf}\"']*+(?:\s|\Z))")


@perturbation("drop_final_mark", family="surface", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class DropFinalMark(SpanPerturbation):
    """End a sentence without its mark: `It was great. I was glad.` becomes `It was great I was glad.`."""

    def spans(self, text: str) -> Iterator[Span]:
        for found in _FINAL.finditer(text):
            yield Span(found.start(), found.end(), ("",))
