"""Single edits: everything that perturbations may do to a text by one edit, listed instead of drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from robustaudit.core.arrays import Integers
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
