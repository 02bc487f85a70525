"""The other face of an author: what may become of any span of a text, be it a gap, a mark or a letter."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, final

import numpy as np
import regex

from robustaudit.perturbations.sites import Lazy, Sites
from robustaudit.perturbations.words import TextBatch


class Span(NamedTuple):
    """The code points `start` to `stop` of a text, and the strings that may stand there instead."""

    start: int
    stop: int
    options: Sequence[str]


class SpanPerturbation(ABC):
    """A perturbation that edits spans of a text, whether they are words or not."""

    __slots__ = ()

    @abstractmethod
    def spans(self, text: str) -> Iterable[Span]:
        """What may become of `text`: spans in order, apart by a character; options that differ from each."""

    @final
    def sites(self, batch: TextBatch) -> Sites:
        return sites_of_spans(
            (row, span) for row, text in enumerate(batch.texts) for span in self.spans(text)
        )


def sites_of_spans(spans: Iterable[tuple[int, Span]]) -> Sites:
    """Spans of texts, each with the text's row in its batch, in order, as sites."""
    rows: list[tuple[int, int, int, int]] = []
    options: list[Sequence[str]] = []
    for row, span in spans:
        rows.append((row, span.start, span.stop, len(options)))
        options.append(span.options)
    text, start, stop, form = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    return Sites(text, start, stop, form, options)


class Gap(NamedTuple):
    """White space, and nothing else, between two words: its text, its span, and the two words' forms."""

    row: int
    start: int
    stop: int
    before: int
    after: int


def gaps(batch: TextBatch) -> Iterator[Gap]:
    """The gaps of a batch, in order."""
    words = batch.words
    for i in np.flatnonzero(words.text[:-1] == words.text[1:]).tolist():
        row, start, stop = int(words.text[i]), int(words.stop[i]), int(words.start[i + 1])
        if batch.texts[row][start:stop].isspace():
            yield Gap(row, start, stop, int(words.form[i]), int(words.form[i + 1]))


def one_change(text: str, changes: Sequence[Span]) -> Sequence[str]:
    """`text` after one of the changes: each of them has one option, which is not what stands there."""

    def make(k: int) -> str:
        start, stop, (new,) = changes[k]
        return text[:start] + new + text[stop:]

    return Lazy(len(changes), make)


_BLANK = regex.compile(r"(?<=\S) (?=\S)")


def single_spaces(text: str, options: Sequence[str]) -> Iterator[Span]:
    """Each single blank of a text, with what may stand there instead."""
    return (Span(found.start(), found.end(), options) for found in _BLANK.finditer(text))
