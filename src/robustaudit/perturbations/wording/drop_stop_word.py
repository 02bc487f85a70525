from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain

import regex

from robustaudit.perturbations.phrases import whole_words
from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.spans import Span, SpanPerturbation
from robustaudit.perturbations.tables import changes, load_table


@perturbation("drop_stop_word", family="words", meaning="mostly kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class DropStopWord(SpanPerturbation):
    """Leave out small words, as notes and headlines do: `it was the best` becomes `it was best`."""

    def spans(self, text: str) -> Iterator[Span]:
        for found in _small_words().finditer(text):
            words = found.captures("word")
            shorter = ("".join((*words[:at], *words[at + 1 :])) for at in range(len(words)))
            yield Span(found.start(), found.end(), changes(found.group(), ["", *shorter]))


@cache
def _small_words() -> regex.Pattern[str]:
    """Stop words in a row, each with the white space behind it, where another word follows."""
    words = chain.from_iterable(load_table("small_words.toml", "stop_words").values())
    one = whole_words("|".join(words)).pattern
    return regex.compile(rf"(?P<word>{one}\s++(?=[\p{{L}}\p{{N}}]))++", regex.IGNORECASE)
