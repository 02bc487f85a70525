"""The exception in the algebra: whole texts that another library rewrites, to be drawn but not listed."""

from dataclasses import dataclass

import numpy as np

from robustaudit.attacks.compose import Attack, Keys, Rows
from robustaudit.attacks.drawn import Drawn
from robustaudit.core.differences import difference
from robustaudit.core.display import visible
from robustaudit.core.edit_columns import EditColumns
from robustaudit.core.errors import UserError
from robustaudit.core.validation import check_unicode
from robustaudit.perturbations import Batch
from robustaudit.perturbations.bridges import Rewriter, borrowed_generators, nothing_fetched, summary

_SHOWN = 40  # characters of a text that a message quotes


@dataclass(frozen=True, slots=True)
class Opaque(Attack):
    """Texts as another library rewrites them; the edits are what differs."""

    rewriter: Rewriter
    rate: float

    def draw(self, batch: Batch, rows: Rows, keys: Keys) -> Drawn:
        originals = [batch.texts[row] for row in rows.tolist()]
        texts: list[str] = []
        with nothing_fetched(), borrowed_generators() as seed:
            for original, key in zip(originals, keys.tolist(), strict=True):
                seed(key)
                texts.append(self._rewritten(original))
        edits = EditColumns.of(list(map(difference, originals, texts)))
        return Drawn(originals, texts, np.arange(len(rows) + 1), edits)

    def _rewritten(self, text: str) -> str:
        """What the library makes of a text; a UserError names the text of which it makes none."""
        where = f"{self.rewriter} failed on {visible(text[:_SHOWN])!r}"
        try:
            new: object = self.rewriter.rewrite(text, rate=self.rate)
        except UserError:
            raise
        except Exception as error:  # foreign code may raise what it likes
            raise UserError(f"{where}: {summary(error)}") from error
        if not isinstance(new, str):
            raise UserError(f"{where}: it gave {type(new).__name__}, not a text")
        return check_unicode(f"what {self.rewriter} makes of a text", new)

    def __str__(self) -> str:
        return f"{self.rewriter}@{np.format_float_positional(self.rate, trim='-')}"
