from collections.abc import Iterator
from dataclasses import dataclass

import regex

from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.spans import Span, SpanPerturbation

# Marks within a word, a number or an address belong to it.
_MARK = r"[.,;:!?…\"'()\[\]“”‘’„«»¡¿—–。、，！？；：]"
_LETTER = r"[\p{L}\p{N}\p{M}]"
_MARKS = regex.compile(rf"(?<!{_MARK})(?:(?<!{_LETTER}){_MARK}++|{_MARK}++(?!{_LETTER}))")


@perturbation("drop_mark", family="surface", meaning="mostly kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class DropMark(SpanPerturbation):
    """Leave out the marks beside a word: `great, really!` becomes `great really!`."""

    def spans(self, text: str) -> Iterator[Span]:
        for found in _MARKS.finditer(text):
            yield Span(found.start(), found.end(), ("",))
