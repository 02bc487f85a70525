from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.sites import Sites
from robustaudit.perturbations.spans import Span, columns
from robustaudit.perturbations.tables import changes
from robustaudit.perturbations.wording.groups import WordSpan, small_groups
from robustaudit.perturbations.words import Batch


@perturbation("swap_words", family="words", meaning="mostly kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class SwapWords:
    """Swap two neighbouring words: `it was great` becomes `was it great`."""

    def sites(self, batch: Batch) -> Sites:
        return columns(_spans(batch))


def _spans(batch: Batch) -> Iterator[tuple[int, Span]]:
    for row, group in small_groups(batch):
        text, start, stop = batch.texts[row], group[0][0], group[-1][1]
        if options := changes(text[start:stop], _swapped(text, group)):
            yield row, Span(start, stop, options)


def _swapped(text: str, group: Sequence[WordSpan]) -> Iterator[str]:
    start, stop = group[0][0], group[-1][1]
    for left, right in pairwise(group):
        yield text[start : left[0]] + _swap(text, left, right) + text[right[1] : stop]


def _swap(text: str, left: WordSpan, right: WordSpan) -> str:
    return text[right[0] : right[1]] + text[left[1] : right[0]] + text[left[0] : left[1]]
