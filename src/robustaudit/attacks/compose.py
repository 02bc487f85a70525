"""The algebra of attacks: a mix of perturbations, one attack after another, one of several.

`str` of an attack is its canonical expression: it parses back to the same attack, and draws are keyed by it.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from robustaudit.core.edits import apply, compose
from robustaudit.core.randomness import derive, key_of, uniforms
from robustaudit.core.records import Edit, Perturbed
from robustaudit.perturbations import Batch, Part, SitePool, Weighting, expression_of

Rows: TypeAlias = NDArray[np.int64]
Keys: TypeAlias = NDArray[np.uint64]
Rounds: TypeAlias = tuple[tuple[Edit, ...], ...]
"""The edits of each part of a sequence, each on the text that the part before it left."""


class Attack(ABC):
    """What an expression means: a distribution over perturbed texts for every text."""

    __slots__ = ()

    @abstractmethod
    def rounds(self, batch: Batch, rows: Rows, keys: Keys) -> list[Rounds]:
        """For each draw, the edits of text `rows[i]` of the batch under key `keys[i]`; shapes (n_draws,)."""

    @final
    def draw(self, batch: Batch, rows: Rows, keys: Keys) -> list[Perturbed]:
        """Perturb text `rows[i]` of the batch under key `keys[i]`, for each i; shapes (n_draws,)."""
        drawn = self.rounds(batch, rows, keys)
        return [_perturbed(batch.texts[row], parts) for row, parts in zip(rows.tolist(), drawn, strict=True)]

    @final
    def keys(self, *, seed: int, draws: Iterable[tuple[str, int]]) -> Keys:
        """The 64-bit key of each draw, named by example id and number: it depends on these names alone."""
        canonical = str(self)
        keys = [key_of(seed, canonical, example_id, number) for example_id, number in draws]
        return np.array(keys, dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class Mix(Attack):
    """Edits drawn from the pooled sites of its perturbations; a single perturbation is a mix of one."""

    parts: tuple[Part, ...]
    rate: float
    weighting: Weighting = "parts"

    def rounds(self, batch: Batch, rows: Rows, keys: Keys) -> list[Rounds]:
        pool = SitePool(self.parts, batch, weighting=self.weighting)
        return [(edits,) for edits in pool.draw(rows, keys, rate=self.rate)]

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

    def rounds(self, batch: Batch, rows: Rows, keys: Keys) -> list[Rounds]:
        drawn: list[Rounds] = [()] * len(rows)
        for index, step in enumerate(self.steps):
            more = step.rounds(batch, rows, derive(keys, index))
            drawn = [done + new for done, new in zip(drawn, more, strict=True)]
            left = [_apply_all(batch.texts[row], new) for row, new in zip(rows.tolist(), more, strict=True)]
            batch, rows = Batch(left), np.arange(len(left))
        return drawn

    def __str__(self) -> str:
        return ", ".join(
            f"({step})" if isinstance(step, Sequence | Choice) else str(step) for step in self.steps
        )


@dataclass(frozen=True, slots=True)
class Choice(Attack):
    """One of several attacks, drawn anew for each trial in proportion to the weights."""

    options: tuple[tuple[float, Attack], ...]

    def rounds(self, batch: Batch, rows: Rows, keys: Keys) -> list[Rounds]:
        shares = np.cumsum([weight for weight, _ in self.options])
        lots = uniforms(keys, np.zeros(len(keys), dtype=np.int64)) * shares[-1]
        taken = np.searchsorted(shares, lots, side="right")
        drawn: list[Rounds] = [()] * len(rows)
        for index, (_, option) in enumerate(self.options):
            places = np.flatnonzero(taken == index)
            if len(places):
                chosen = option.rounds(batch, rows[places], derive(keys[places], index))
                for place, parts in zip(places.tolist(), chosen, strict=True):
                    drawn[place] = parts
        return drawn

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
        case _:
            raise TypeError(f"not an attack: {attack!r}")


def _perturbed(text: str, rounds: Rounds) -> Perturbed:
    edits: tuple[Edit, ...] = ()
    current = text
    for part in rounds:
        edits = compose(text, edits, part)
        current = apply(current, part)
    # Parts of a sequence may undo each other, far apart in a text that repeats itself.
    return Perturbed(text, current, edits if current != text else (), rounds)


def _apply_all(text: str, rounds: Rounds) -> str:
    for part in rounds:
        text = apply(text, part)
    return text


def _weighted(weight: float, text: str) -> str:
    return text if weight == 1 else f"{_number(weight)}*{text}"


def _number(value: float) -> str:
    """The shortest decimal that reads back as the same number, without an exponent."""
    return np.format_float_positional(value, trim="-")
