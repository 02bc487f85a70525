"""Sites: spans of a batch of texts that a perturbation may edit, with their replacements."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import overload

import numpy as np
from numpy.typing import NDArray

from robustaudit.core.arrays import Integers
from robustaudit.core.code_points import CodePoints
from robustaudit.perturbations.letters import (
    LetterOptions,
    Options,
    TrimmedEdits,
    Weights,
    trim_all,
)


class Lazy(Sequence[str]):
    """A sequence of strings that are built on demand."""

    __slots__ = ("_length", "_make")

    def __init__(self, length: int, make: Callable[[int], str]) -> None:
        self._length = length
        self._make = make

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        if isinstance(index, slice):
            return tuple(self._make(i) for i in range(self._length)[index])
        return self._make(range(self._length)[index])


def one_letter_changed(letters: Sequence[str], choices: Sequence[Sequence[str]]) -> Sequence[str]:
    """All words with one letter replaced by one of its `choices`, a sequence parallel to `letters`."""
    ends = tuple(accumulate(map(len, choices)))
    if not ends or not ends[-1]:
        return ()

    def make(k: int) -> str:
        at = bisect_right(ends, k)
        new = choices[at][k - ends[at]]  # counted from the end of that letter's choices
        return "".join((*letters[:at], new, *letters[at + 1 :]))

    return Lazy(ends[-1], make)


def inserted(
    letters: Sequence[str], fillings: Sequence[str], positions: Sequence[int] | None = None
) -> Sequence[str]:
    """All words with one of the fillings inserted at one of `positions`; by default between any letters."""
    positions = range(1, len(letters)) if positions is None else positions

    def make(k: int) -> str:
        at, new = divmod(k, len(fillings))
        return "".join((*letters[: positions[at]], fillings[new], *letters[positions[at] :]))

    return Lazy(len(positions) * len(fillings), make)


@dataclass(frozen=True, slots=True)
class Sites:
    """Sites as columns of one length, sorted by text and start.

    Site i is the code points `start[i]` to `stop[i]` of text `text[i]`, with the replacements
    `options[form[i]]`: at least one, none equal to the original. If `weighted`, they have weights, whose sum
    is the weight of the site against others of the text.
    """

    text: NDArray[np.int64]
    start: NDArray[np.int64]
    stop: NDArray[np.int64]
    form: NDArray[np.int64]
    options: Sequence[Sequence[str]]
    weighted: bool = field(default=False, kw_only=True)

    def __len__(self) -> int:
        return len(self.text)

    @property
    def count(self) -> NDArray[np.int64]:
        """The number of replacements of each site."""
        if isinstance(self.options, Options):
            return self.options.counts[self.form]
        lengths = np.fromiter(map(len, self.options), dtype=np.int64, count=len(self.options))
        return lengths[self.form]

    @property
    def as_strings(self) -> NDArray[np.bool_]:
        """Which sites have their replacements as strings only."""
        if isinstance(self.options, LetterOptions):
            return np.isin(self.form, self.options.as_strings)
        return np.ones(len(self), dtype=np.bool_)

    @property
    def weight(self) -> Weights:
        """The weight of each site against others: 1, or the sum of its replacements' weights."""
        if not (self.weighted and isinstance(self.options, Options)):
            return np.ones(len(self))
        forms, place = np.unique(self.form, return_inverse=True)
        sums: Weights = np.array([self.options.weights(form).sum() for form in forms.tolist()])[place]
        return sums

    def choose(self, sites: Integers, lots: Weights) -> Integers:
        """The replacement of each of some sites that a number from 0 to 1 draws."""
        chosen: Integers = (lots * self.count[sites]).astype(np.int64)
        if self.weighted and isinstance(self.options, Options):
            for form in np.unique(forms := self.form[sites]).tolist():
                mine = np.flatnonzero(forms == form)
                ends = np.cumsum(self.options.weights(form))
                drawn = np.searchsorted(ends, lots[mine] * ends[-1], side="right")
                chosen[mine] = np.minimum(drawn, len(ends) - 1)
        return chosen

    def pieces(self, codes: CodePoints, sites: Integers, chosen: Integers) -> TrimmedEdits:
        """The chosen replacements of some sites, in texts with those code points."""
        forms = self.form[sites]
        if isinstance(self.options, LetterOptions):
            return self.options.pieces(forms, chosen)
        new = [self.options[form][k] for form, k in zip(forms.tolist(), chosen.tolist(), strict=True)]
        offset = codes.start[self.text[sites]]
        before = CodePoints(codes.points, self.start[sites] + offset, self.stop[sites] + offset)
        return trim_all(before, CodePoints.of(new))
