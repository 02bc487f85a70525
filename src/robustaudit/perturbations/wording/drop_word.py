from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.sites import Sites
from robustaudit.perturbations.spans import Span, columns
from robustaudit.perturbations.wording.groups import WordSpan, small_groups
from robustaudit.perturbations.words import Batch


@perturbation("drop_word", family="words", meaning="may change")
@dataclass(frozen=True, slots=True, kw_only=True)
class DropWord:
    """Leave out a word: `it was great` becomes `it great`."""

    def sites(self, batch: Batch) -> Sites:
        return columns((row, _span(batch.texts[row], group)) for row, group in small_groups(batch))


def _span(text: str, group: Sequence[WordSpan]) -> Span:
    return Span(group[0][0], group[-1][1], [_without(text, group, at) for at in range(len(group))])


def _without(text: str, group: Sequence[WordSpan], at: int) -> str:
    """The group without one of its words and the gap before it; without the first, the gap behind it."""
    start, stop = group[0][0], group[-1][1]
    if at == 0:
        return text[group[1][0] : stop]
    return text[start : group[at - 1][1]] + text[group[at][1] : stop]
