"""The interface for perturbations of arbitrary spans: gaps, punctuation, letters."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, final

import numpy as np
import regex

from robustaudit.perturbations.sites import Lazy, Sites
from robustaudit.perturbations.words import TextBatch


class Span(NamedTuple):
    """The code points `start` to `stop` of a text, with their replacements."""

    start: int
    stop: int
    options: Sequence[str]


class SpanPerturbation(ABC):
    """A perturbation that edits any spans of a text."""

    __slots__ = ()

    @abstractmethod
    def spans(self, text: str) -> Iterable[Span]:
        """The spans of `text` with their replacements: in order, separated by a character, none unchanged."""

    @final
    def sites(self, batch: TextBatch) -> Sites:
        return sites_of_spans(
            (row, span) for row, text in enumerate(batch.texts) for span in self.spans(text)
        )


def sites_of_spans(spans: Iterable[tuple[int, Span]]) -> Sites:
    """Sites from spans in order, each with the row of its text in the batch."""
    rows: list[tuple[int, int, int, int]] = []
    options: list[Sequence[str]] = []
    for row, span in spans:
        rows.append((row, span.start, span.stop, len(options)))
        options.append(span.options)
    text, start, stop, form = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    return Sites(text, start, stop, form, options)


class Gap(NamedTuple):
    """White space between two words: its text, its span, and the distinct-word indices of the two words."""

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
    """The whole `text` as a span, with each of the changes applied; every change has one option."""

    def make(k: int) -> str:
        start, stop, (new,) = changes[k]
        return text[:start] + new + text[stop:]

    return Lazy(len(changes), make)


def matches(pattern: regex.Pattern[str], text: str, options: Sequence[str]) -> Iterator[Span]:
    """Each match of a pattern, all with the same replacements."""
    return (Span(found.start(), found.end(), options) for found in pattern.finditer(text))


def rewritten(pattern: regex.Pattern[str], text: str, rewrite: Callable[[str], str]) -> Iterator[Span]:
    """Each match of a pattern that `rewrite` changes, with the result."""
    for found in pattern.finditer(text):
        new = rewrite(found.group())
        if new != found.group():
            yield Span(found.start(), found.end(), (new,))


_SINGLE_SPACE = regex.compile(r"(?<=\S) (?=\S)")


def single_spaces(text: str, options: Sequence[str]) -> Iterator[Span]:
    """Each single space of a text, with its replacements."""
    return matches(_SINGLE_SPACE, text, options)
