"""What the constraints about an attack leave to its draws."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from robustaudit.attacks.constrained_sites import ConstrainedPerturbation
from robustaudit.attacks.constraints import Constraints
from robustaudit.attacks.draws import DrawnTexts
from robustaudit.attacks.protected_spans import ProtectedSpans
from robustaudit.core.code_points import Integers
from robustaudit.core.edits import EditColumns
from robustaudit.core.records import Edit
from robustaudit.perturbations import TextBatch, WeightedPerturbation
from robustaudit.perturbations.letters import TrimmedEdits


@dataclass(frozen=True, slots=True, eq=False)
class EditBudget:
    """Which edits some draws may make, and how many each of them: `max_edits[i]`; None where that is free."""

    constraints: Constraints
    max_edits: Integers | None

    def under(self, constraints: Constraints, *, draws: int) -> "EditBudget":
        """What further constraints leave of it."""
        max_edits = self.max_edits
        if constraints.at_most is not None:
            limit = np.full(draws, constraints.at_most)
            max_edits = limit if max_edits is None else np.minimum(max_edits, limit)
        return EditBudget(self.constraints & constraints, max_edits)

    def of(self, draws: Integers) -> "EditBudget":
        """What it leaves to those draws."""
        return self if self.max_edits is None else replace(self, max_edits=self.max_edits[draws])

    def after(self, drawn: DrawnTexts) -> "EditBudget":
        """What is left once these edits are made."""
        if self.max_edits is None:
            return self
        made = np.diff(drawn.edits_by_step.bounds[drawn.bounds])
        return replace(self, max_edits=self.max_edits - made)

    def constrain(
        self, parts: tuple[WeightedPerturbation, ...], batch: TextBatch
    ) -> tuple[WeightedPerturbation, ...]:
        """The parts of a mix with those edits of the batch alone that are allowed."""
        if not self.constraints.limits_sites:
            return parts
        protected = ProtectedSpans.of(self.constraints, batch)
        return tuple(
            part._replace(perturbation=ConstrainedPerturbation(part.perturbation, protected))
            for part in parts
        )

    def checker(self, batch: TextBatch) -> Callable[[int, int, Sequence[Edit]], bool]:
        """What says of a draw (its place and its text's row) whether it may make all of those edits."""
        protected = ProtectedSpans.of(self.constraints, batch) if self.constraints.limits_sites else None

        def allows(draw: int, row: int, edits: Sequence[Edit]) -> bool:
            if self.max_edits is not None and len(edits) > self.max_edits[draw]:
                return False
            if protected is None:
                return True
            columns, offset = EditColumns.of([edits]), batch.codes.start[row]
            pieces = TrimmedEdits(columns.start + offset, columns.stop + offset, columns.replacement)
            return bool(protected.allowed(pieces).all())

        return allows


UNLIMITED = EditBudget(Constraints(), None)
