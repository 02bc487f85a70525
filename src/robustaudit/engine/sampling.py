"""Which examples are taken, and the draws of one attack on them."""

from collections.abc import Sequence
from itertools import accumulate

import numpy as np

from robustaudit.attacks import Attack, Drawn
from robustaudit.core.errors import UserError
from robustaudit.core.randomness import key_of, place_in_order
from robustaudit.core.records import Example
from robustaudit.perturbations import CHARACTERS, Batch, Segmenter


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


def choose_groups(examples: Sequence[Example], most: int, *, seed: int) -> tuple[Example, ...]:
    """Whole groups in the order of a hash keyed by the seed, from the first on, as long as `most` has room.

    Raises:
        UserError: not even the first has.
    """
    groups: dict[str, list[Example]] = {}
    for example in choose(examples, len(examples), seed=seed):
        groups.setdefault(example.group, []).append(example)
    order = sorted(groups, key=lambda group: key_of("groups", seed, group))
    # Up to the first without room: a smaller one after it would be taken for its size.
    sizes = accumulate(len(groups[group]) for group in order)
    fitting = [group for group, size in zip(order, sizes, strict=True) if size <= most]
    if not fitting:
        raise UserError(
            f"examples must be at least {len(groups[order[0]])}, the size of the first group, got {most}"
        )
    return tuple(example for group in fitting for example in groups[group])


def sample(
    attack: Attack, examples: Sequence[Example], *, seed: int, segmenter: Segmenter = CHARACTERS
) -> Drawn:
    """The first draw of the attack on each example."""
    batch = Batch([example.text for example in examples], segmenter=segmenter)
    return draw(attack, examples, batch, [(row, 0) for row in range(len(examples))], seed=seed)
