"""What the constraints about an attack leave to its draws."""

from dataclasses import dataclass, replace

import numpy as np

from robustaudit.attacks.constraints import Constraints
from robustaudit.attacks.drawn import Drawn
from robustaudit.attacks.ground import Ground
from robustaudit.attacks.narrowing import Narrowed
from robustaudit.core.codes import Integers
from robustaudit.perturbations import Batch, Part


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


FREE = Leeway(Constraints(), None)
