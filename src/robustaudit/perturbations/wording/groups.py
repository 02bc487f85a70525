"""Neighbouring words, with nothing but white space between them, if anything."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias, final

from robustaudit.perturbations.sites import Sites
from robustaudit.perturbations.spans import Span, columns
from robustaudit.perturbations.words import Batch

Stretch: TypeAlias = Sequence[tuple[int, int]]
"""Neighbouring words of a text, as starts and stops."""


class StretchPerturbation(ABC):
    """A perturbation of words in a row, that nothing but white space parts."""

    __slots__ = ()

    @abstractmethod
    def stretch_spans(self, text: str, stretch: Stretch) -> Iterable[Span]:
        """What may become of those words of `text`: spans in order."""

    @final
    def sites(self, batch: Batch) -> Sites:
        return columns(
            (row, span)
            for row, stretch in _stretches(batch)
            for span in self.stretch_spans(batch.texts[row], stretch)
        )


def small_groups(stretch: Stretch) -> Iterator[Stretch]:
    """The words cut into groups of three or two; a word that stands alone is in none."""
    at = 0
    while (left := len(stretch) - at) > 1:
        size = 2 if left in (2, 4) else 3
        yield stretch[at : at + size]
        at += size


def _stretches(batch: Batch) -> Iterator[tuple[int, Stretch]]:
    """The words of each text of a batch, parted where something else than white space parts them."""
    words = batch.words
    stretch: list[tuple[int, int]] = []
    last = 0
    for row, start, stop in zip(words.text.tolist(), words.start.tolist(), words.stop.tolist(), strict=True):
        if stretch and (row != last or batch.texts[row][stretch[-1][1] : start].strip()):
            yield last, stretch
            stretch = []
        stretch.append((start, stop))
        last = row
    if stretch:
        yield last, stretch
