"""The words that single edits are in, as they were and as they are then."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from robustaudit.attacks import Attack, parse_attack
from robustaudit.core.arrays import Integers
from robustaudit.perturbations import CHARACTERS, Segmenter, TextBatch, expression_of
from robustaudit.worst_case.stored_sweep import EditEffects


@dataclass(frozen=True, eq=False)
class EditedWords:
    """For each edit the words of its site, joined as in the text: before and after, letter by letter.

    Where a site is in no word, as one between two words may be, these are the words that it touches, or else
    the site's own text.
    """

    before: "pa.Array[Any]"
    after: "pa.Array[Any]"

    @cached_property
    def folded(self) -> tuple[Integers, list[str]]:
        """What figures are grouped by: the words before, in any case, of each edit by number, and by name."""
        places: dict[str, int] = {}
        folded = (word.casefold() for word in strings(self.before))
        word = np.array([places.setdefault(each, len(places)) for each in folded], dtype=np.int64)
        return word, list(places)


def strings(column: "pa.Array[Any]") -> list[str]:
    """The strings of a column that has no gaps."""
    return column.to_pylist()  # type: ignore[return-value]


def edited_words(texts: Sequence[str], edits: EditEffects, segmenter: Segmenter = CHARACTERS) -> EditedWords:
    """The words of each edit of the texts, which `edits.example` numbers."""
    start, stop = _spans(TextBatch(texts, segmenter=segmenter), edits)
    before, after = [], []
    columns = (edits.example, start, stop, edits.start, edits.stop)
    rows = zip(*(column.tolist() for column in columns), strings(edits.replacement), strict=True)
    for example, first, last, left, right, new in rows:
        text = texts[example]
        before.append(text[first:last])
        after.append(f"{text[first:left]}{new}{text[right:last]}")
    return EditedWords(pa.array(before, pa.string()), pa.array(after, pa.string()))


def _spans(batch: TextBatch, edits: EditEffects) -> tuple[Integers, Integers]:
    """The span of each edit's site with the words that it overlaps, or else touches."""
    words = batch.words
    far = max(map(len, batch.texts), default=0) + 1
    # Positions of all texts behind one another, so that one search finds the words of every site.
    begins, ends = words.text * far + words.start, words.text * far + words.stop
    low, high = edits.example * far + edits.site_start, edits.example * far + edits.site_stop
    first, behind = words_of_spans(low, high, begins, ends)
    found = behind > first
    start, stop = edits.site_start.copy(), edits.site_stop.copy()
    start[found] = np.minimum(start[found], words.start[first[found]])
    stop[found] = np.maximum(stop[found], words.stop[behind[found] - 1])
    return start, stop


def words_of_spans(
    low: Integers, high: Integers, begins: Integers, ends: Integers
) -> tuple[Integers, Integers]:
    """The words that each span overlaps, or else touches, as half-open ranges of their places."""
    first, behind = np.searchsorted(ends, low, side="right"), np.searchsorted(begins, high, side="left")
    outside = behind <= first
    first[outside] = np.searchsorted(ends, low[outside], side="left")
    behind[outside] = np.searchsorted(begins, high[outside], side="right")
    return first, behind


def kinds_of(expression: str) -> tuple[str, ...]:
    """The perturbations of an attack by the positions that `part` counts: `qwerty`, `swap(min_length=4)`."""
    return tuple(_kinds(parse_attack(expression).attack))


def _kinds(attack: Attack) -> list[str]:
    return [expression_of(leaf) for leaf in attack.leaves()]  # type: ignore[arg-type]  # rewriters list none
