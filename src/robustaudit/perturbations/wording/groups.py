"""Neighbouring words, with nothing but white space between them."""

from collections.abc import Iterator, Sequence

from robustaudit.perturbations.words import Batch

WordSpan = tuple[int, int]


def stretches(text: str) -> Iterator[Sequence[WordSpan]]:
    """The words of a text as starts and stops, parted where something else than white space parts them."""
    found = Batch([text]).words
    stretch: list[WordSpan] = []
    for start, stop in zip(found.start.tolist(), found.stop.tolist(), strict=True):
        if stretch and not text[stretch[-1][1] : start].isspace():
            yield stretch
            stretch = []
        stretch.append((start, stop))
    if stretch:
        yield stretch


def small_groups(text: str) -> Iterator[Sequence[WordSpan]]:
    """The stretches of a text cut into groups of three words or two; words that stand alone are in none."""
    for stretch in stretches(text):
        at = 0
        while (left := len(stretch) - at) > 1:
            size = 2 if left in (2, 4) else 3
            yield stretch[at : at + size]
            at += size
