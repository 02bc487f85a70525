from collections.abc import Iterator
from dataclasses import dataclass

import regex

from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.spans import Span, SpanPerturbation

# What a tag may hold, with one letter at least; between blanks or marks that a reader sets apart.
_TAGGABLE = regex.compile(
    r"(?<![\p{L}\p{N}\p{M}\p{P}\p{S}\p{Cf}])(?=\p{N}*\p{L})[\p{L}\p{N}\p{M}]++(?=[.,!?;:…]*+(?:\s|\Z))"
)


@perturbation("word_as_hashtag", family="surface", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class WordAsHashtag(SpanPerturbation):
    """Make a word a hashtag: `great` becomes `#great`."""

    def spans(self, text: str) -> Iterator[Span]:
        for found in _TAGGABLE.finditer(text):
            yield Span(found.start(), found.end(), (f"#{found.group()}",))
