"""The algebra of attacks: mixes of perturbations, sequences, choices and constraints.

`str` of an attack is its canonical expression, with every rate: it parses back to the same attack, and draws
are keyed by it.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, product
from typing import TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from robustaudit.attacks.constrained_sites import UNLIMITED, EditBudget
from robustaudit.attacks.constraints import Constraints
from robustaudit.attacks.draws import DrawnTexts, chain_draws, concatenate
from robustaudit.core import defaults
from robustaudit.core.arrays import Integers
from robustaudit.core.edits import splice
from robustaudit.core.errors import UserError
from robustaudit.core.randomness import derive, keys_of, uniforms
from robustaudit.core.validation import check_between
from robustaudit.perturbations import (
    SingleEdits,
    SitePool,
    TextBatch,
    WeightedPerturbation,
    Weighting,
    expression_of,
)

Keys: TypeAlias = NDArray[np.uint64]

_LIGHTEST, _HEAVIEST = 1e-6, 1e6


class CannotCombineError(UserError):
    """Attacks that cannot be combined in this way."""


class CannotListError(UserError):
    """An attack whose edits can be drawn, but not listed."""


class Attack(ABC):
    """A distribution over perturbed texts for every text."""

    __slots__ = ()

    @property
    @abstractmethod
    def expression(self) -> str:
        """The expression of this attack, without the rates that it takes from its use."""

    @abstractmethod
    def with_rate(self, rate: float) -> "Attack":
        """The same with `rate` for those mixes and perturbations that have none."""

    @abstractmethod
    def rates(self) -> Iterator[float]:
        """The rate of each of its mixes and rewriters, as often as they occur."""

    @abstractmethod
    def leaves(self) -> Iterator[object]:
        """Its perturbations and rewriters, as often as they occur."""

    @abstractmethod
    def draw_under(self, budget: EditBudget, batch: TextBatch, rows: Integers, keys: Keys) -> DrawnTexts:
        """As `draw`, with those edits only that the constraints around this attack allow."""

    @abstractmethod
    def pools_under(self, budget: EditBudget, batch: TextBatch) -> Iterator[SitePool]:
        """The sites that each of its mixes may edit in a text, under the constraints around this attack.

        Raises:
            CannotListError: some edits can be drawn but not listed.
        """

    def alternatives(self) -> Iterator["Attack"]:
        """Attacks without a choice in them, of which this one makes one at each draw."""
        yield self

    @final
    def single_edits(self, batch: TextBatch) -> SingleEdits:
        """Every edit that it may make to a text, alone; raises a CannotListError if some cannot be listed."""
        lists: list[SingleEdits] = []
        before = 0
        for pool in self.pools_under(UNLIMITED, batch):
            found = pool.single_edits()
            lists.append(replace(found, part=found.part + before))
            before += pool.parts
        return SingleEdits.joined(lists)

    @final
    def count_single_edits(self, batch: TextBatch) -> Integers:
        """The number of those edits of each text, counted before any is built; shape (n_texts,)."""
        counts = [pool.edits_per_text for pool in self.pools_under(UNLIMITED, batch)]
        total: Integers = np.sum(counts, axis=0, dtype=np.int64)
        return total

    @final
    def draw(self, batch: TextBatch, rows: Integers, keys: Keys) -> DrawnTexts:
        """Perturb text `rows[i]` of the batch under key `keys[i]`, for each i; shapes (n_draws,)."""
        return self.draw_under(UNLIMITED, batch, rows, keys)

    @final
    def keys(self, *, seed: int, draws: Iterable[tuple[str, int]]) -> Keys:
        """The 64-bit key of each draw, by example id and draw number: it depends on nothing else."""
        return keys_of(seed, str(self), each=draws)

    @final
    def __str__(self) -> str:
        return self.with_rate(defaults.RATE).expression


@dataclass(frozen=True, slots=True)
class Weighted:
    """An attack with its weight in a mix or a choice."""

    weight: float
    attack: Attack

    def with_rate(self, rate: float) -> "Weighted":
        return replace(self, attack=self.attack.with_rate(rate))


Operand: TypeAlias = Attack | Weighted


@dataclass(frozen=True, slots=True)
class Mix(Attack):
    """Edits drawn from the pooled sites of several perturbations, or of one.

    Without a rate it takes that of its use.
    """

    parts: tuple[WeightedPerturbation, ...]
    rate: float | None = None
    weighting: Weighting = "parts"

    @property
    def expression(self) -> str:
        mixed = " + ".join(_weighted(part.weight, expression_of(part.perturbation)) for part in self.parts)
        if self.weighting != "parts":
            mixed = f'mix({mixed}, weighting="{self.weighting}")'
        elif len(self.parts) > 1:
            mixed = f"({mixed})"
        return at_rate(mixed, self.rate)

    def rates(self) -> Iterator[float]:
        yield self.share

    def leaves(self) -> Iterator[object]:
        return (part.perturbation for part in self.parts)

    def with_rate(self, rate: float) -> "Mix":
        check_between("rate", rate, 0, 1)
        return replace(self, rate=rate) if self.rate is None else self

    @property
    def share(self) -> float:
        """The rate of its draws."""
        return rate_or_default(self.rate)

    def draw_under(self, budget: EditBudget, batch: TextBatch, rows: Integers, keys: Keys) -> DrawnTexts:
        (pool,) = self.pools_under(budget, batch)
        edits = pool.draw(rows, keys, rate=self.share, most=budget.max_edits)
        originals = list(map(batch.texts.__getitem__, rows.tolist()))
        texts = splice(originals, batch.codes, rows, edits)
        return DrawnTexts(originals, texts, np.arange(len(rows) + 1), edits)

    def pools_under(self, budget: EditBudget, batch: TextBatch) -> Iterator[SitePool]:
        yield SitePool(budget.constrain(self.parts, batch), batch, weighting=self.weighting)


@dataclass(frozen=True, slots=True)
class AttackSequence(Attack):
    """One attack after another; each edits what the one before it produced."""

    steps: tuple[Attack, ...]

    @property
    def expression(self) -> str:
        return ", ".join(map(_bracketed, self.steps))

    def rates(self) -> Iterator[float]:
        return chain.from_iterable(step.rates() for step in self.steps)

    def leaves(self) -> Iterator[object]:
        return chain.from_iterable(step.leaves() for step in self.steps)

    def with_rate(self, rate: float) -> "AttackSequence":
        return AttackSequence(tuple(step.with_rate(rate) for step in self.steps))

    def draw_under(self, budget: EditBudget, batch: TextBatch, rows: Integers, keys: Keys) -> DrawnTexts:
        drawn: list[DrawnTexts] = []
        for index, step in enumerate(self.steps):
            drawn.append(step.draw_under(budget, batch, rows, derive(keys, index)))
            budget = budget.after(drawn[-1])
            batch = TextBatch(drawn[-1].texts, segmenter=batch.segmenter)
            rows = np.arange(len(rows))
        return chain_draws(drawn)

    def pools_under(self, budget: EditBudget, batch: TextBatch) -> Iterator[SitePool]:
        return chain.from_iterable(step.pools_under(budget, batch) for step in self.steps)

    def alternatives(self) -> Iterator[Attack]:
        return map(AttackSequence, product(*(step.alternatives() for step in self.steps)))


@dataclass(frozen=True, slots=True)
class Choice(Attack):
    """One of several attacks, drawn for each trial in proportion to the weights."""

    options: tuple[tuple[float, Attack], ...]

    @property
    def expression(self) -> str:
        return " | ".join(
            option.expression
            if weight == 1 and not isinstance(option, Choice)
            else _weighted(weight, _bracketed(option))
            for weight, option in self.options
        )

    def rates(self) -> Iterator[float]:
        return chain.from_iterable(option.rates() for _, option in self.options)

    def leaves(self) -> Iterator[object]:
        return chain.from_iterable(option.leaves() for _, option in self.options)

    def with_rate(self, rate: float) -> "Choice":
        return Choice(tuple((weight, option.with_rate(rate)) for weight, option in self.options))

    def draw_under(self, budget: EditBudget, batch: TextBatch, rows: Integers, keys: Keys) -> DrawnTexts:
        shares = np.cumsum([weight for weight, _ in self.options])
        lots = uniforms(keys, np.zeros(len(keys), dtype=np.int64)) * shares[-1]
        taken = np.searchsorted(shares, lots, side="right")
        positions = [np.flatnonzero(taken == index) for index in range(len(self.options))]
        drawn = [
            option.draw_under(budget.of(mine), batch, rows[mine], derive(keys[mine], index))
            for index, ((_, option), mine) in enumerate(zip(self.options, positions, strict=True))
        ]
        return concatenate(drawn).take(np.argsort(np.concatenate(positions)))

    def pools_under(self, budget: EditBudget, batch: TextBatch) -> Iterator[SitePool]:
        return chain.from_iterable(option.pools_under(budget, batch) for _, option in self.options)

    def alternatives(self) -> Iterator[Attack]:
        return chain.from_iterable(option.alternatives() for _, option in self.options)


@dataclass(frozen=True, slots=True)
class Constrained(Attack):
    """An attack that makes those edits only which the constraints allow."""

    attack: Attack
    constraints: Constraints

    @property
    def expression(self) -> str:
        return f"{_bracketed(self.attack)} & {self.constraints}"

    def rates(self) -> Iterator[float]:
        return self.attack.rates()

    def leaves(self) -> Iterator[object]:
        return self.attack.leaves()

    def with_rate(self, rate: float) -> "Constrained":
        return replace(self, attack=self.attack.with_rate(rate))

    def draw_under(self, budget: EditBudget, batch: TextBatch, rows: Integers, keys: Keys) -> DrawnTexts:
        narrower = budget.under(self.constraints, draws=len(rows))
        return self.attack.draw_under(narrower, batch, rows, keys)

    def pools_under(self, budget: EditBudget, batch: TextBatch) -> Iterator[SitePool]:
        return self.attack.pools_under(budget.under(self.constraints, draws=len(batch.texts)), batch)

    def alternatives(self) -> Iterator[Attack]:
        return (replace(self, attack=option) for option in self.attack.alternatives())


def weighted(weight: float, operand: Operand) -> Weighted:
    """The operand with a weight, by which one that it has is multiplied."""
    known, attack = _option(operand)
    return Weighted(_checked(weight * known), attack)


def unweighted(operand: Operand) -> Attack:
    """The operand if it has no weight; raises CannotCombineError if it has one."""
    if isinstance(operand, Attack):
        return operand
    raise CannotCombineError("a weight belongs in a mix (2*a + b) or a choice (2*a | b)")


def mix(operands: Iterable[Operand], *, weighting: Weighting = "parts") -> Mix:
    """The operands' perturbations in one pool; a mix among them contributes its parts."""
    parts = [part for operand in operands for part in _parts(operand)]
    if len(parts) == 1:
        parts = [parts[0]._replace(weight=1.0)]  # there is no other part
    return Mix(tuple(parts), weighting=weighting)


def sequence(operands: Iterable[Operand]) -> AttackSequence:
    """The operands one after the other."""
    return AttackSequence(tuple(map(unweighted, operands)))


def choice(operands: Iterable[Operand]) -> Choice:
    """One of the operands for each trial, by their weights."""
    return Choice(tuple(map(_option, operands)))


def constrained(operand: Operand, constraints: Constraints) -> Constrained:
    """The operand under constraints, and under those that it has."""
    attack = unweighted(operand)
    if isinstance(attack, Constrained):
        return replace(attack, constraints=attack.constraints & constraints)
    return Constrained(attack, constraints)


def rate_or_default(rate: float | None) -> float:
    """The rate of an attack's draws."""
    return defaults.RATE if rate is None else rate


def at_rate(expression: str, rate: float | None) -> str:
    """An expression with the rate behind it, if there is one."""
    return expression if rate is None else f"{expression}@{format_number(rate)}"


def format_number(value: float) -> str:
    """The shortest decimal that reads back as the same number, without an exponent."""
    return np.format_float_positional(value, trim="-")


def _option(operand: Operand) -> tuple[float, Attack]:
    return (operand.weight, operand.attack) if isinstance(operand, Weighted) else (1.0, operand)


def _parts(operand: Operand) -> Iterable[WeightedPerturbation]:
    weight, attack = _option(operand)
    if not isinstance(attack, Mix):
        raise CannotCombineError(
            f"only perturbations that list their edits can be mixed, not {attack.expression!r}: "
            "put it into a sequence or a choice"
        )
    if attack.rate is not None or attack.weighting != "parts":
        raise CannotCombineError(
            f"a mix has one rate and weighting, {attack.expression!r} has its own: "
            "write the rate after the bracket, (a + b)@0.2"
        )
    return (part._replace(weight=_checked(part.weight * weight)) for part in attack.parts)


def _checked(weight: float) -> float:
    return check_between("weight", float(weight), _LIGHTEST, _HEAVIEST)


def _bracketed(attack: Attack) -> str:
    """The expression of an attack as an operand: in brackets unless it binds tightly."""
    loose = isinstance(attack, AttackSequence | Choice | Constrained)
    return f"({attack.expression})" if loose else attack.expression


def _weighted(weight: float, text: str) -> str:
    return text if weight == 1 else f"{format_number(weight)}*{text}"
