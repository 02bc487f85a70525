"""Single edits: everything that perturbations may do to a text by one edit, listed instead of drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from robustaudit.core.arrays import Integers
from robustaudit.core.code_points import CodePoints, ranges
from robustaudit.core.edits import EditColumns, splice
from robustaudit.perturbations.words import TextBatch


@dataclass(frozen=True, slots=True, eq=False)
class SingleEdits:
    """Edits that may be made alone, as columns of one length, sorted by text.

    Edit i is the only one of `edits[i]`, in text `text[i]` of a batch, trimmed to what it changes. Its site
    is from `site_start[i]` to `site_stop[i]`: of two edits whose sites overlap only one is made. `part[i]`
    is the position of its perturbation among those of the attack. Several edits may make the same text.
    """

    text: Integers
    edits: EditColumns
    site_start: Integers
    site_stop: Integers
    part: Integers

    @classmethod
    def joined(cls, lists: Sequence["SingleEdits"]) -> "SingleEdits":
        """The edits of all lists, by text and then list by list."""
        columns = (
            np.concatenate([getattr(each, name) for each in lists])
            for name in ("text", "site_start", "site_stop", "part")
        )
        text, site_start, site_stop, part = columns
        edits = EditColumns.joined([each.edits for each in lists])
        together = cls(text, edits, site_start, site_stop, part)
        return together if len(lists) == 1 else together.take(np.argsort(text, kind="stable"))

    def __len__(self) -> int:
        return len(self.text)

    def take(self, rows: Integers) -> Self:
        """These edits, in this order."""
        return type(self)(
            self.text[rows],
            self.edits.take(rows),
            self.site_start[rows],
            self.site_stop[rows],
            self.part[rows],
        )

    def texts(self, batch: TextBatch) -> list[str]:
        """The text that each edit makes, in the batch of which they are."""
        return splice([""] * len(self), batch.codes, self.text, self.edits)

    def first_of_each_text(self, batch: TextBatch, among: Integers) -> Integers:
        """The rows whose text no earlier row with the same number in `among` makes; none that change nothing.

        Numbers tell texts of the batch apart. No text is built: what differs between two texts, as far right
        as it can stand, says which one it is.
        """
        edits, slides = self.edits, self._slides(batch)
        new = _rotated(edits.replacement, slides).numbered()
        key = (new, edits.stop - edits.start, edits.start + slides, among)
        order = np.lexsort(key)
        is_first = np.ones(len(order), dtype=np.bool_)
        is_first[1:] = np.any([np.diff(column[order]) != 0 for column in key], axis=0)
        changes = (edits.stop > edits.start) | (edits.replacement.lengths > 0)
        return np.sort(order[is_first & changes[order]])

    def _slides(self, batch: TextBatch) -> Integers:
        """How far right each edit that only inserts or only deletes can stand to make the same text.

        `o` inserted before, between or after those of `too` makes the same, as one of them deleted does.
        """
        codes, edits = batch.codes, self.edits
        points = np.concatenate((codes.points, edits.replacement.points))
        offset, end = codes.start[self.text], codes.stop[self.text]
        after = offset + edits.stop
        inserts = edits.start == edits.stop
        size = np.maximum(edits.replacement.lengths, 1)
        moved = np.where(inserts, edits.replacement.start + len(codes.points), offset + edits.start)
        slides = np.zeros_like(edits.start)
        going = np.flatnonzero(inserts != (edits.replacement.lengths == 0))
        while len(going):
            going = going[after[going] + slides[going] < end[going]]
            by = slides[going]
            first = points[moved[going] + np.where(inserts[going], by % size[going], by)]
            going = going[first == points[after[going] + by]]
            slides[going] += 1
        return slides


def _rotated(strings: CodePoints, by: Integers) -> CodePoints:
    """The strings, of each so many characters moved from its start to its end, over and over."""
    lengths = strings.lengths
    place = ranges(np.zeros_like(lengths), lengths) + np.repeat(by, lengths)
    points = strings.points[np.repeat(strings.start, lengths) + place % np.repeat(lengths, lengths)]
    stop = np.cumsum(lengths)
    return CodePoints(points, stop - lengths, stop)
