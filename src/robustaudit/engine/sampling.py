"""Which examples are taken, and the draws of one attack on them."""

from collections.abc import Sequence

import numpy as np

from robustaudit.attacks import Attack, Drawn
from robustaudit.core.randomness import place_in_order
from robustaudit.core.records import Example
from robustaudit.perturbations import Batch


def draw(
    attack: Attack, examples: Sequence[Example], batch: Batch, places: Sequence[tuple[int, int]], *, seed: int
) -> Drawn:
    """For each (row, draw) of `places` that draw of the attack on that example of the batch."""
    keys = attack.keys(seed=seed, draws=[(examples[row].id, number) for row, number in places])
    rows = np.array([row for row, _ in places], dtype=np.int64)
    return attack.draw(batch, rows, keys)


def choose(examples: Sequence[Example], number: int, *, seed: int) -> tuple[Example, ...]:
    """So many examples, in the order of a hash keyed by the seed: never that of the data."""
    return tuple(sorted(examples, key=lambda example: place_in_order(seed, example.id))[:number])


def sample(attack: Attack, examples: Sequence[Example], *, seed: int) -> Drawn:
    """The first draw of the attack on each example."""
    batch = Batch([example.text for example in examples])
    return draw(attack, examples, batch, [(row, 0) for row in range(len(examples))], seed=seed)
