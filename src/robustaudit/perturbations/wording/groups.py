"""Neighbouring words, with nothing but white space between them."""

from collections.abc import Iterator, Sequence

from robustaudit.perturbations.words import Batch

WordSpan = tuple[int, int]


def stretches(batch: Batch) -> Iterator[tuple[int, Sequence[WordSpan]]]:
    """Words as starts and stops, with their text's row, parted where more than white space stands between."""
    words = batch.words
    current, stretch = -1, list[WordSpan]()
    for row, start, stop in zip(words.text.tolist(), words.start.tolist(), words.stop.tolist(), strict=True):
        if stretch and (row != current or not batch.texts[row][stretch[-1][1] : start].isspace()):
            yield current, stretch
            stretch = []
        current = row
        stretch.append((start, stop))
    if stretch:
        yield current, stretch


def small_groups(batch: Batch) -> Iterator[tuple[int, Sequence[WordSpan]]]:
    """The stretches cut into groups of three words or two; words that stand alone are in none."""
    for row, stretch in stretches(batch):
        at = 0
        while (left := len(stretch) - at) > 1:
            size = 2 if left in (2, 4) else 3
            yield row, stretch[at : at + size]
            at += size
