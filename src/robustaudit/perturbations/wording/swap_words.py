from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.spans import Span, SpanPerturbation
from robustaudit.perturbations.tables import changes
from robustaudit.perturbations.wording.groups import WordSpan, small_groups


@perturbation("swap_words", family="words", meaning="mostly kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class SwapWords(SpanPerturbation):
    """Swap two neighbouring words: `it was great` becomes `was it great`."""

    def spans(self, text: str) -> Iterator[Span]:
        for group in small_groups(text):
            start, stop = group[0][0], group[-1][1]
            swapped = (
                text[start : left[0]] + _swap(text, left, right) + text[right[1] : stop]
                for left, right in pairwise(group)
            )
            if options := changes(text[start:stop], swapped):
                yield Span(start, stop, options)


def _swap(text: str, left: WordSpan, right: WordSpan) -> str:
    return text[right[0] : right[1]] + text[left[1] : right[0]] + text[left[0] : left[1]]
