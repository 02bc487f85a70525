"""The algebra of attacks: a mix of perturbations, one attack after another, one of several.

`str` of an attack is its canonical expression: it parses back to the same attack, and draws are keyed by it.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from robustaudit.attacks.drawn import Drawn, in_turn, side_by_side
from robustaudit.core.edit_columns import splice
from robustaudit.core.randomness import derive, keys_of, uniforms
from robustaudit.perturbations import Batch, Part, SitePool, Weighting, expression_of

Rows: TypeAlias = NDArray[np.int64]
Keys: TypeAlias = NDArray[np.uint64]


class Attack(ABC):
    """What an expression means: a distribution over perturbed texts for every text."""

    __slots__ = ()

    @abstractmethod
    def draw(self, batch: Batch, rows: Rows, keys: Keys) -> Drawn:
        """Perturb text `rows[i]` of the batch under key `keys[i]`, for each i; shapes (n_draws,)."""

    @final
    def keys(self, *, seed: int, draws: Iterable[tuple[str, int]]) -> Keys:
        """The 64-bit key of each draw, named by example id and number: it depends on these names alone."""
        return keys_of(seed, str(self), each=draws)


@dataclass(frozen=True, slots=True)
class Mix(Attack):
    """Edits drawn from the pooled sites of its perturbations; a single perturbation is a mix of one."""

    parts: tuple[Part, ...]
    rate: float
    weighting: Weighting = "parts"

    def draw(self, batch: Batch, rows: Rows, keys: Keys) -> Drawn:
        edits = SitePool(self.parts, batch, weighting=self.weighting).draw(rows, keys, rate=self.rate)
        originals = list(map(batch.texts.__getitem__, rows.tolist()))
        return Drawn(originals, splice(batch.codes, rows, edits), np.arange(len(rows) + 1), edits)

    def __str__(self) -> str:
        mixed = " + ".join(_weighted(part.weight, expression_of(part.perturbation)) for part in self.parts)
        if self.weighting != "parts":
            mixed = f'mix({mixed}, weighting="{self.weighting}")'
        elif len(self.parts) > 1:
            mixed = f"({mixed})"
        return f"{mixed}@{_number(self.rate)}"


@dataclass(frozen=True, slots=True)
class Sequence(Attack):
    """One attack after another; each finds its sites in what the one before it left."""

    steps: tuple[Attack, ...]

    def draw(self, batch: Batch, rows: Rows, keys: Keys) -> Drawn:
        drawn: list[Drawn] = []
        for index, step in enumerate(self.steps):
            drawn.append(step.draw(batch, rows, derive(keys, index)))
            batch, rows = Batch(drawn[-1].texts), np.arange(len(rows))
        return in_turn(drawn)

    def __str__(self) -> str:
        return ", ".join(
            f"({step})" if isinstance(step, Sequence | Choice) else str(step) for step in self.steps
        )


@dataclass(frozen=True, slots=True)
class Choice(Attack):
    """One of several attacks, drawn anew for each trial in proportion to the weights."""

    options: tuple[tuple[float, Attack], ...]

    def draw(self, batch: Batch, rows: Rows, keys: Keys) -> Drawn:
        shares = np.cumsum([weight for weight, _ in self.options])
        lots = uniforms(keys, np.zeros(len(keys), dtype=np.int64)) * shares[-1]
        taken = np.searchsorted(shares, lots, side="right")
        places = [np.flatnonzero(taken == index) for index in range(len(self.options))]
        drawn = [
            option.draw(batch, rows[mine], derive(keys[mine], index))
            for index, ((_, option), mine) in enumerate(zip(self.options, places, strict=True))
        ]
        return side_by_side(drawn).take(np.argsort(np.concatenate(places)))

    def __str__(self) -> str:
        texts = [f"({option})" if isinstance(option, Choice) else str(option) for _, option in self.options]
        return " | ".join(
            _weighted(weight, f"({text})" if weight != 1 and isinstance(option, Sequence) else text)
            for (weight, option), text in zip(self.options, texts, strict=True)
        )


def count_parts(attack: Attack) -> int:
    """How many perturbations an attack is made of, counted as often as they stand in it."""
    match attack:
        case Mix():
            return len(attack.parts)
        case Sequence():
            return sum(map(count_parts, attack.steps))
        case Choice():
            return sum(count_parts(option) for _, option in attack.options)
        case Attack():
            return 1
        case _:
            raise TypeError(f"not an attack: {attack!r}")


def _weighted(weight: float, text: str) -> str:
    return text if weight == 1 else f"{_number(weight)}*{text}"


def _number(value: float) -> str:
    """The shortest decimal that reads back as the same number, without an exponent."""
    return np.format_float_positional(value, trim="-")
