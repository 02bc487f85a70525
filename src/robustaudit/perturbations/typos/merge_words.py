from dataclasses import dataclass

from robustaudit.perturbations.protocol import perturbation
from robustaudit.perturbations.sites import Sites
from robustaudit.perturbations.spans import Span, columns, gaps
from robustaudit.perturbations.words import Batch


@perturbation("merge_words", family="typing", meaning="kept")
@dataclass(frozen=True, slots=True, kw_only=True)
class MergeWords:
    """Leave out the blank between two words: `the best` becomes `thebest`."""

    def sites(self, batch: Batch) -> Sites:
        return columns((gap.row, Span(gap.start, gap.stop, ("",))) for gap in gaps(batch))
