from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.spans import Span
from robustaudit.perturbations.tables import changes
from robustaudit.perturbations.wording.groups import Stretch, StretchPerturbation, small_groups


@perturbation("swap_words", family="words", meaning="mostly kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class SwapWords(StretchPerturbation):
    """Swap two neighbouring words: `it was great` becomes `was it great`."""

    def stretch_spans(self, text: str, stretch: Stretch) -> Iterator[Span]:
        for group in small_groups(stretch):
            start, stop = group[0][0], group[-1][1]
            swapped = (
                text[start : left[0]] + _swap(text, left, right) + text[right[1] : stop]
                for left, right in pairwise(group)
            )
            if options := changes(text[start:stop], swapped):
                yield Span(start, stop, options)


def _swap(text: str, left: tuple[int, int], right: tuple[int, int]) -> str:
    return text[right[0] : right[1]] + text[left[1] : right[0]] + text[left[0] : left[1]]
