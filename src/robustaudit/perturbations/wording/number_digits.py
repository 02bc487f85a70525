from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import regex

from robustaudit.perturbations.phrases import whole_words
from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.spans import Span, SpanPerturbation
from robustaudit.perturbations.wording.numerals import in_digits


@perturbation("number_digits", family="words", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class NumberDigits(SpanPerturbation):
    """Write a number under a hundred in digits: `three stars` becomes `3 stars`."""

    def spans(self, text: str) -> Iterator[Span]:
        for found in _pattern().finditer(text):
            digits = in_digits().get("-".join(regex.split(r"[\s-]+", found.group().lower())))
            if digits:
                yield Span(found.start(), found.end(), (digits,))


@cache
def _pattern() -> regex.Pattern[str]:
    longest_first = sorted(in_digits(), key=lambda words: (-len(words), words))
    return whole_words("|".join(words.replace("-", r"[\s-]") for words in longest_first))
