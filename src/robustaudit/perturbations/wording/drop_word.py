from collections.abc import Iterator
from dataclasses import dataclass

from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.spans import Span
from robustaudit.perturbations.wording.groups import Stretch, StretchPerturbation, small_groups


@perturbation("drop_word", family="words", meaning="may change")
@dataclass(frozen=True, slots=True, kw_only=True)
class DropWord(StretchPerturbation):
    """Leave out a word: `it was great` becomes `it great`."""

    def stretch_spans(self, text: str, stretch: Stretch) -> Iterator[Span]:
        for group in small_groups(stretch):
            yield Span(group[0][0], group[-1][1], [_without(text, group, at) for at in range(len(group))])


def _without(text: str, group: Stretch, at: int) -> str:
    """The group without one of its words and the gap before it; without the first, the gap behind it."""
    start, stop = group[0][0], group[-1][1]
    if at == 0:
        return text[group[1][0] : stop]
    return text[start : group[at - 1][1]] + text[group[at][1] : stop]
