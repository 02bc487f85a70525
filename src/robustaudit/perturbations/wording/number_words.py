from collections.abc import Iterator
from dataclasses import dataclass

import regex

from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.spans import Span, SpanPerturbation
from robustaudit.perturbations.wording.numerals import in_words

# Not a part of a longer number, a date, a price, a score, a name or an address.
_NUMBER = regex.compile(
    r"(?<![\p{L}\p{N}\p{M}\p{Sc}\p{Sm}#@&'’_*:/\\.,\-])(?:0|[1-9][0-9]{0,2})"
    r"(?![\p{L}\p{N}\p{M}\p{Sc}\p{Sm}%‰°@&'’_*/\\\-\u200D\u20E3]|[.,:][\p{L}\p{N}])"
)


@perturbation("number_words", family="words", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class NumberWords(SpanPerturbation):
    """Write a number under a thousand in words: `3 stars` becomes `three stars`."""

    def spans(self, text: str) -> Iterator[Span]:
        for found in _NUMBER.finditer(text):
            yield Span(found.start(), found.end(), in_words(int(found.group())))
