"""Attacks by rewriters: whole texts from another library, whose edits can be drawn but not listed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from robustaudit.attacks.algebra import Attack, CannotListError, Keys, at_rate, rate_or_default
from robustaudit.attacks.constrained_sites import EditBudget
from robustaudit.attacks.draws import DrawnTexts
from robustaudit.core.arrays import Integers
from robustaudit.core.display import visible
from robustaudit.core.edits import EditColumns, diff
from robustaudit.core.errors import UserError
from robustaudit.core.randomness import derive
from robustaudit.core.records import Edit
from robustaudit.core.validation import check_between, check_unicode
from robustaudit.perturbations import SitePool, TextBatch
from robustaudit.perturbations.bridges import Rewriter, seeded_global_generators, summary, without_downloads

_SHOWN = 40  # characters of a text that a message quotes
_ATTEMPTS = 20  # draws of a text that constraints forbid, before it is left unchanged


@dataclass(frozen=True, slots=True)
class RewriterAttack(Attack):
    """The texts of a rewriter; the edits are the differences.

    Under constraints a text is drawn again until all edits are allowed; after some attempts it is left.
    """

    rewriter: Rewriter
    rate: float | None = None

    @property
    def share(self) -> float:
        """The rate of its draws."""
        return rate_or_default(self.rate)

    @property
    def expression(self) -> str:
        return at_rate(str(self.rewriter), self.rate)

    def rates(self) -> Iterator[float]:
        yield self.share

    def leaves(self) -> Iterator[object]:
        yield self.rewriter

    def with_rate(self, rate: float) -> "RewriterAttack":
        check_between("rate", rate, 0, 1)
        return replace(self, rate=rate) if self.rate is None else self

    def draw_under(self, budget: EditBudget, batch: TextBatch, rows: Integers, keys: Keys) -> DrawnTexts:
        originals = [batch.texts[row] for row in rows.tolist()]
        allows = budget.checker(batch)
        drawn: list[tuple[str, Sequence[Edit]]] = []
        with without_downloads(), seeded_global_generators() as seed:
            for draw, (row, original) in enumerate(zip(rows.tolist(), originals, strict=True)):
                for key in _keys(keys[draw : draw + 1]):
                    seed(key)
                    text = self._rewritten(original)
                    edits = diff(original, text)
                    if allows(draw, row, edits):
                        drawn.append((text, edits))
                        break
                else:
                    drawn.append((original, ()))
        columns = EditColumns.of([edits for _, edits in drawn])
        return DrawnTexts(originals, [text for text, _ in drawn], np.arange(len(rows) + 1), columns)

    def pools_under(self, budget: EditBudget, batch: TextBatch) -> Iterator[SitePool]:  # noqa: ARG002
        raise CannotListError(
            f"attack {self.expression!r} rewrites whole texts: its edits can be drawn but not listed; "
            "leave it out here, robustaudit run draws from it"
        )

    def _rewritten(self, text: str) -> str:
        """The rewritten text; raises a UserError with the text if the library fails on it."""
        where = f"{self.rewriter} failed on {visible(text[:_SHOWN])!r}"
        try:
            new: object = self.rewriter.rewrite(text, rate=self.share)
        except UserError:
            raise
        except Exception as error:  # foreign code may raise what it likes
            raise UserError(f"{where}: {summary(error)}") from error
        if not isinstance(new, str):
            raise UserError(f"{where}: it returned {type(new).__name__}, not a text")
        return check_unicode(f"what {self.rewriter} makes of a text", new)


def _keys(key: Keys) -> Iterator[int]:
    """The keys of the attempts at one draw, whose key has shape (1,)."""
    yield int(key[0])
    yield from (int(derive(key, number)[0]) for number in range(1, _ATTEMPTS))
