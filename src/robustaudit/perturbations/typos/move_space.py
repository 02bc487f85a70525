from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.sites import Sites
from robustaudit.perturbations.spans import Span, columns, gaps
from robustaudit.perturbations.words import Batch, graphemes

_LEAST = 3  # letters of a word that may lose one at either end, so that no letter is asked for twice


@perturbation("move_space", family="typing", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class MoveSpace:
    """Type a blank a letter too early or too late: `the best` becomes `th ebest` or `theb est`."""

    def sites(self, batch: Batch) -> Sites:
        return columns(self._moves(batch))

    def _moves(self, batch: Batch) -> Iterator[tuple[int, Span]]:
        letters = [_movable(form) for form in batch.words.forms]
        for gap in gaps(batch):
            before, after = letters[gap.before][-1], letters[gap.after][0]
            blank = batch.texts[gap.row][gap.start : gap.stop]
            moved = {blank + before + after, before + after + blank} - {before + blank + after}
            if moved:
                yield gap.row, Span(gap.start - len(before), gap.stop + len(after), sorted(moved))


def _movable(word: str) -> Sequence[str]:
    """The letters of a word that is long enough to lose one, or else one that is none."""
    letters = graphemes(word)
    return letters if len(letters) >= _LEAST else ("",)
