"""Spans of a batch of texts that constraints protect, and the edits that they forbid."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Self, TypeAlias

import numpy as np
import regex
from numpy.typing import NDArray

from robustaudit.attacks.constraints import Constraints, compiled
from robustaudit.core.arrays import Integers
from robustaudit.core.errors import UserError
from robustaudit.perturbations import TextBatch, graphemes
from robustaudit.perturbations.characters import COMPLEX, LETTER, MARK, OTHER, UNSPACED, kinds_of
from robustaudit.perturbations.letters import TrimmedEdits
from robustaudit.perturbations.word_lists import load_table, pattern_of

Mask: TypeAlias = NDArray[np.bool_]

_FAR = 2**62
_TIME_LIMIT = 5.0  # seconds for a user's pattern and one text

# Each begins where a run of its characters does, and never goes back over one: linear in the text.
_PROTECTED = {
    "urls": regex.compile(
        r"""(?<![\p{L}\p{N}])(?:[a-z][a-z0-9+.\-]{0,30}://|www\.)[^\s<>"]*[^\s<>"'’”.,;:!?…)\]}]""",
        regex.IGNORECASE,
    ),
    "emails": regex.compile(
        r"(?<![\p{L}\p{N}._%+\-])[\p{L}\p{N}._%+\-]++@[\p{L}\p{N}\-]++(?:\.[\p{L}\p{N}\-]++)++"
    ),
    "numbers": regex.compile(
        r"(?<![\p{L}\p{M}\p{N}])[\p{L}\p{M}]*+\p{N}[\p{L}\p{M}\p{N}]*+(?:[.,:/’'\-]\p{N}[\p{L}\p{M}\p{N}]*+)*+"
    ),
    "hashtags": regex.compile(r"(?<![\p{L}\p{M}\p{N}_&])[#＃][\p{L}\p{M}\p{N}_]++"),
    "handles": regex.compile(r"(?<![\p{L}\p{M}\p{N}_.@])@[\p{L}\p{N}_]++(?:[.@\-][\p{L}\p{N}_]++)*+"),
}


@dataclass(frozen=True, slots=True, eq=False)
class SpanColumns:
    """Sorted, disjoint spans, by code points of the batch.

    A letter inserted next to a span changes it, unless a letter is there already or `open` says so; so does a
    combining mark after it, which joins its last letter.
    """

    start: Integers
    stop: Integers
    open: tuple[bool, bool] = (False, False)

    def near(self, start: Integers, stop: Integers) -> Mask:
        """For each given span, whether it overlaps or touches one of these."""
        first = np.searchsorted(self.stop, start)
        found: Mask = _padded(self.start, _FAR)[first] <= stop
        return found

    def holding(self, start: Integers, stop: Integers) -> Mask:
        """For each given span, whether it lies within one of these."""
        first = np.searchsorted(self.stop, stop)
        found: Mask = _padded(self.start, _FAR)[first] <= start
        return found

    def changed(self, edits: "_EditContexts") -> Mask:
        """For each edit, whether it changes one of the spans."""
        following = np.searchsorted(self.stop, edits.start, side="right")
        over = _padded(self.start, _FAR)[following] < edits.stop
        behind = _padded(self.stop, -1)[following - 1] == edits.start
        before = _padded(self.start, -1)[np.searchsorted(self.start, edits.stop)] == edits.stop
        changed: Mask = over | behind & edits.combines
        if not self.open[0]:
            changed |= before & edits.grows_before
        if not self.open[1]:
            changed |= behind & edits.grows_behind
        return changed


class _EditContexts:
    """Edits, and how their first and last characters join what stands next to them."""

    def __init__(self, edits: TrimmedEdits, kinds: NDArray[np.uint8]) -> None:
        self.start, self.stop = edits.start, edits.stop
        new = edits.new
        empty = new.start == new.stop
        brought = kinds_of(new.points) if len(new.points) else kinds
        first = np.where(empty, kinds[edits.stop], brought.take(new.start, mode="clip"))
        last = np.where(empty, kinds[edits.start - 1], brought.take(new.stop - 1, mode="clip"))
        self.grows_behind = _grows(kinds[edits.start - 1], kinds[edits.start], first)
        self.grows_before = _grows(kinds[edits.stop], kinds[edits.stop - 1], last)
        self.combines = (first & COMPLEX > 0) & (kinds[edits.start] & COMPLEX == 0)


def _grows(edge: NDArray[np.uint8], was: NDArray[np.uint8], comes: NDArray[np.uint8]) -> Mask:
    """Whether a word with `edge` at its end continues in what comes, and did not in what was there."""
    went_on = (was & (LETTER | MARK) > 0) & (was & UNSPACED == 0)
    grows: Mask = ~went_on & (comes & (OTHER | UNSPACED) == 0) & (edge & UNSPACED == 0)
    return grows


@dataclass(frozen=True, slots=True, eq=False)
class ProtectedSpans:
    """The spans of a batch that no edit may change, and those (`only`) within which every edit must lie."""

    protected: tuple[SpanColumns, ...]
    only: tuple[SpanColumns, ...]
    kinds: NDArray[np.uint8]

    @classmethod
    def of(cls, constraints: Constraints, batch: TextBatch) -> Self:
        kinds = np.append(kinds_of(batch.codes.points), [OTHER, OTHER])
        protected = [_NAMED[name](batch) for name in constraints.keep]
        if constraints.words:
            protected.append(_found(pattern_of(constraints.words), batch))
        protected += [_found(compiled(pattern), batch) for pattern in constraints.patterns]
        protected += [_found(_PROTECTED[name], batch) for name in constraints.protect]
        if constraints.min_length > 1:
            protected.append(_words(batch, lambda word: len(graphemes(word)) < constraints.min_length))
        only = [_found(pattern_of(words), batch) for words in constraints.only]
        return cls(tuple(protected), tuple(only), kinds)

    def unconstrained(self, start: Integers, stop: Integers) -> Mask:
        """For each span, whether no constraint concerns it, so that all its replacements are allowed."""
        near = [spans.near(start, stop) for spans in self.protected]
        return ~np.logical_or.reduce(near) if near and not self.only else np.full(len(start), not self.only)

    def never_allowed(self, start: Integers, stop: Integers) -> Mask:
        """For each span, whether no edit of it is allowed."""
        away = [~spans.near(start, stop) for spans in self.only]
        return np.logical_or.reduce(away) if away else np.zeros(len(start), dtype=np.bool_)

    def allowed(self, edits: TrimmedEdits) -> Mask:
        """For each edit, whether it is allowed."""
        seen = _EditContexts(edits, self.kinds)
        allowed = np.ones(len(edits.start), dtype=np.bool_)
        for spans in self.protected:
            allowed &= ~spans.changed(seen)
        for spans in self.only:
            allowed &= spans.holding(edits.start, edits.stop) & spans.changed(seen)
        return allowed


def _words(batch: TextBatch, wanted: Callable[[str], bool]) -> SpanColumns:
    """The words for which `wanted` holds; it is called once per distinct word."""
    words = batch.words
    mask = np.array([wanted(form) for form in words.forms], dtype=np.bool_)[words.form]
    return SpanColumns(words.begin[mask], words.end[mask])


def _stop_words(batch: TextBatch) -> SpanColumns:
    known = stop_words()
    return _words(batch, lambda word: word.lower().replace("’", "'") in known)


@cache
def stop_words() -> frozenset[str]:
    """English words with little meaning of their own, in lower case."""
    return frozenset(chain.from_iterable(load_table("small_words.toml", "stop_words").values()))


def _first_letters(batch: TextBatch) -> SpanColumns:
    words = batch.words
    lengths = np.ones(len(words), dtype=np.int64)
    lengths[words.composed] = [len(letters[0]) for letters in _letters(batch)]
    return SpanColumns(words.begin, words.begin + lengths, open=(False, True))


def _last_letters(batch: TextBatch) -> SpanColumns:
    words = batch.words
    lengths = np.ones(len(words), dtype=np.int64)
    lengths[words.composed] = [len(letters[-1]) for letters in _letters(batch)]
    return SpanColumns(words.end - lengths, words.end, open=(True, False))


def _letters(batch: TextBatch) -> Iterable[Sequence[str]]:
    """The letters of each word that may have one of several code points."""
    return map(graphemes, batch.words.codes.take(batch.words.composed).strings())


_NAMED = {"first_letter": _first_letters, "last_letter": _last_letters, "stop_words": _stop_words}


def _found(pattern: regex.Pattern[str], batch: TextBatch) -> SpanColumns:
    """The matches of a pattern in the texts, except empty ones."""
    spans = [
        (found.start() + offset, found.end() + offset)
        for text, offset in zip(batch.texts, batch.codes.start.tolist(), strict=True)
        for found in _searched(pattern, text)
        if found.end() > found.start()
    ]
    start, stop = np.array(spans, dtype=np.int64).reshape(-1, 2).T
    return SpanColumns(start, stop)


def _searched(pattern: regex.Pattern[str], text: str) -> Iterator[regex.Match[str]]:
    try:
        yield from pattern.finditer(text, timeout=_TIME_LIMIT)
    except TimeoutError as error:
        raise UserError(
            f"pattern {pattern.pattern!r} takes more than {_TIME_LIMIT:g} seconds "
            f"on a text of {len(text)} characters"
        ) from error


def _padded(bounds: Integers, last: int) -> Integers:
    return np.append(bounds, last)
