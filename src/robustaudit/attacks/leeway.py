"""What the constraints about an attack leave to its draws."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from robustaudit.attacks.constraints import Constraints
from robustaudit.attacks.drawn import Drawn
from robustaudit.attacks.ground import Ground
from robustaudit.attacks.narrowing import Narrowed
from robustaudit.core.codes import Integers
from robustaudit.core.edits import EditColumns
from robustaudit.core.records import Edit
from robustaudit.perturbations import Batch, Part
from robustaudit.perturbations.letters import Pieces


@dataclass(frozen=True, slots=True, eq=False)
class Leeway:
    """Which edits some draws may make, and how many each of them: `most[i]`; None where that is free."""

    constraints: Constraints
    most: Integers | None

    def under(self, constraints: Constraints, *, draws: int) -> "Leeway":
        """What further constraints leave of it."""
        most = self.most
        if constraints.at_most is not None:
            limit = np.full(draws, constraints.at_most)
            most = limit if most is None else np.minimum(most, limit)
        return Leeway(self.constraints & constraints, most)

    def of(self, draws: Integers) -> "Leeway":
        """What it leaves to those draws."""
        return self if self.most is None else replace(self, most=self.most[draws])

    def after(self, drawn: Drawn) -> "Leeway":
        """What is left once these edits are made."""
        if self.most is None:
            return self
        made = np.diff(drawn.rounds.bounds[drawn.bounds])
        return replace(self, most=self.most - made)

    def narrowed(self, parts: tuple[Part, ...], batch: Batch) -> tuple[Part, ...]:
        """The parts of a mix with those edits of the batch alone that are allowed."""
        if not self.constraints.narrow:
            return parts
        ground = Ground.of(self.constraints, batch)
        return tuple(part._replace(perturbation=Narrowed(part.perturbation, ground)) for part in parts)

    def judge(self, batch: Batch) -> Callable[[int, int, Sequence[Edit]], bool]:
        """What says of a draw (its place and its text's row) whether it may make all of those edits."""
        ground = Ground.of(self.constraints, batch) if self.constraints.narrow else None

        def allows(draw: int, row: int, edits: Sequence[Edit]) -> bool:
            if self.most is not None and len(edits) > self.most[draw]:
                return False
            if ground is None:
                return True
            columns, offset = EditColumns.of([edits]), batch.codes.start[row]
            pieces = Pieces(columns.start + offset, columns.stop + offset, columns.replacement)
            return bool(ground.allowed(pieces).all())

        return allows


FREE = Leeway(Constraints(), None)
