"""Word segmentation for scripts without spaces: Chinese, Japanese, Thai, Lao, Khmer and Burmese."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import regex
from numpy.typing import NDArray

from robustaudit.core.arrays import Integers
from robustaudit.core.code_points import CodePoints, Points, ranges
from robustaudit.core.extras import extra
from robustaudit.core.validation import check_known
from robustaudit.perturbations.characters import COMPLEX, MARK, UNSPACED, UNSPACED_LETTER, any_unspaced

_CLUSTER = regex.compile(r"\X")
_MARKS = r"[\p{M}\u200C\u200D]*+"  # a few of Burmese are clusters of their own
_LETTER = regex.compile(rf"\X{_MARKS}")
_STRETCH = regex.compile(rf"(?:{UNSPACED_LETTER}{_MARKS})++", regex.VERSION1)


def clusters(text: str) -> list[str]:
    """The extended grapheme clusters of a text (Unicode UAX #29)."""
    found: list[str] = _CLUSTER.findall(text)
    return found


@dataclass(frozen=True, slots=True)
class Segmenter:
    """Cuts a run of letters into words; its name determines the result."""

    name: str
    cut: Callable[[str], Iterable[str]]


CHARACTERS = Segmenter("characters", _LETTER.findall)
"""Each letter is a word."""


def find_segmenter(name: str) -> Segmenter:
    """The segmenter of that name; its full name includes the version.

    Raises:
        UserError: it is unknown or not installed.
    """
    if check_known("segmentation", name, ("characters", "icu")) == "characters":
        return CHARACTERS
    with extra("segmentation"):
        import icu4py  # noqa: PLC0415
    return Segmenter(f"icu {icu4py.icu_version}", _words_of_icu)


def _words_of_icu(stretch: str) -> Iterable[str]:
    from icu4py.breakers import WordBreaker  # noqa: PLC0415

    return WordBreaker(stretch, "und")  # its dictionaries are chosen by script, whatever the language


def cut_unspaced(
    points: Points, kinds: NDArray[np.uint8], begin: Integers, end: Integers, *, segmenter: Segmenter
) -> tuple[Integers, Integers]:
    """Runs of letters and joiners, cut where a word of a script without spaces begins or ends."""
    if not any_unspaced(kinds):
        return begin, end
    runs = np.unique(np.searchsorted(begin, np.flatnonzero(kinds & UNSPACED), side="right") - 1)
    simple = np.zeros(len(runs), dtype=np.bool_)
    if segmenter.name == CHARACTERS.name:
        composed = np.append(0, np.cumsum(kinds & (COMPLEX | MARK) != 0))
        simple = composed[end[runs]] == composed[begin[runs]]
    found = _at_characters(kinds, begin[runs[simple]], end[runs[simple]]).tolist()
    others = CodePoints(points, begin[runs[~simple]], end[runs[~simple]])
    for first, run in zip(others.start.tolist(), others.strings(), strict=True):
        found += [first + place for place in _cuts(run, segmenter)]
    cuts = np.sort(np.array(found, dtype=np.int64))
    return (
        np.insert(begin, np.searchsorted(begin, cuts), cuts),
        np.insert(end, np.searchsorted(end, cuts), cuts),
    )


def _at_characters(kinds: NDArray[np.uint8], begin: Integers, end: Integers) -> Integers:
    """Word boundaries inside runs in which each letter is one code point and one word."""
    inside = ranges(begin + 1, end - begin - 1)
    positions: Integers = inside[(kinds[inside] | kinds[inside - 1]) & UNSPACED != 0]
    return positions


def _cuts(run: str, segmenter: Segmenter) -> set[int]:
    """Word boundaries inside a run: between two letters with their diacritics."""
    found: set[int] = set()
    for stretch in _STRETCH.finditer(run):
        found.update(accumulate(map(len, segmenter.cut(stretch.group())), initial=stretch.start()))
    return found.intersection(accumulate(map(len, _LETTER.findall(run)))) - {len(run)}
