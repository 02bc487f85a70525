from collections.abc import Iterator
from dataclasses import dataclass

from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.sites import Sites
from robustaudit.perturbations.spans import Span, columns, gaps
from robustaudit.perturbations.typos.keyboards import above_space
from robustaudit.perturbations.words import Batch


@perturbation("missed_space", family="typing", meaning="mostly kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class MissedSpace:
    """Hit a letter above the space bar of a phone instead of it: `the best` becomes `thevbest`."""

    def sites(self, batch: Batch) -> Sites:
        return columns(self._blanks(batch))

    def _blanks(self, batch: Batch) -> Iterator[tuple[int, Span]]:
        for gap in gaps(batch):
            if batch.texts[gap.row][gap.start : gap.stop] == " ":
                yield gap.row, Span(gap.start, gap.stop, above_space())
