"""The algebra of attacks: a mix of perturbations, one attack after another, one of several, constraints.

`str` of an attack is its canonical expression, with every rate: it parses back to the same attack, and draws
are keyed by it. The operators are those of the expression language, which is read with them.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import TypeAlias, final

import numpy as np
from numpy.typing import NDArray

from robustaudit.attacks.constraints import Constraints
from robustaudit.attacks.draws import DrawnTexts, chain_draws, concatenate
from robustaudit.attacks.edit_budget import UNLIMITED, EditBudget
from robustaudit.core import defaults
from robustaudit.core.code_points import Integers
from robustaudit.core.edits import splice
from robustaudit.core.errors import UserError
from robustaudit.core.randomness import derive, keys_of, uniforms
from robustaudit.core.validation import check_between
from robustaudit.perturbations import SitePool, TextBatch, WeightedPerturbation, Weighting, expression_of

Keys: TypeAlias = NDArray[np.uint64]

_LIGHTEST, _HEAVIEST = 1e-6, 1e6


class CannotCombineError(UserError):
    """Attacks that are no parts of what was to be made of them."""


class Operand(ABC):
    """What operators join: an attack, or one with a weight. An expression may stand for either."""

    __slots__ = ()

    def __add__(self, other: "Operand | str") -> "Mix":
        return mix((self, _read(other)))

    def __radd__(self, other: str) -> "Mix":
        return _read(other) + self

    def __rshift__(self, other: "Operand | str") -> "Sequence":
        # Python reads a >> b >> c as (a >> b) >> c: what stands on the left is gone on with.
        steps = self.steps if isinstance(self, Sequence) else (unweighted(self),)
        return Sequence((*steps, unweighted(_read(other))))

    def __rrshift__(self, other: str) -> "Sequence":
        return _read(other) >> self

    def __or__(self, other: "Operand | str") -> "Choice":
        options = self.options if isinstance(self, Choice) else (_option(self),)
        return Choice((*options, _option(_read(other))))

    def __ror__(self, other: str) -> "Choice":
        return _read(other) | self

    def __and__(self, other: "Constraints | str") -> "Constrained":
        attack, constraints = unweighted(self), Constraints() & other
        if isinstance(attack, Constrained):
            return Constrained(attack.attack, attack.constraints & constraints)
        return Constrained(attack, constraints)

    @abstractmethod
    def __matmul__(self, rate: float) -> "Operand": ...

    @abstractmethod
    def __rmul__(self, weight: float) -> "Weighted": ...


class Attack(Operand):
    """What an expression means: a distribution over perturbed texts for every text."""

    __slots__ = ()

    @property
    @abstractmethod
    def expression(self) -> str:
        """The expression of this attack, without the rates that it leaves to its use."""

    @abstractmethod
    def __matmul__(self, rate: float) -> "Attack":
        """The same with `rate` for those mixes and perturbations of which none was said."""

    @abstractmethod
    def leaves(self) -> Iterator[object]:
        """The perturbations and rewriters that it is made of, as often as they stand in it."""

    @abstractmethod
    def draw_under(self, budget: EditBudget, batch: TextBatch, rows: Integers, keys: Keys) -> DrawnTexts:
        """As `draw`, by those edits alone that the constraints about this attack allow."""

    @final
    def __rmul__(self, weight: float) -> "Weighted":
        return Weighted(_checked(weight), self)

    @final
    def draw(self, batch: TextBatch, rows: Integers, keys: Keys) -> DrawnTexts:
        """Perturb text `rows[i]` of the batch under key `keys[i]`, for each i; shapes (n_draws,)."""
        return self.draw_under(UNLIMITED, batch, rows, keys)

    @final
    def keys(self, *, seed: int, draws: Iterable[tuple[str, int]]) -> Keys:
        """The 64-bit key of each draw, named by example id and number: it depends on these names alone."""
        return keys_of(seed, str(self), each=draws)

    @final
    def __str__(self) -> str:
        return (self @ defaults.RATE).expression

    @final
    def __repr__(self) -> str:
        return f"compose({self.expression!r})"


@dataclass(frozen=True, slots=True, repr=False)
class Mix(Attack):
    """Edits drawn from the pooled sites of its perturbations; a single perturbation is a mix of one.

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
        return with_rate(mixed, self.rate)

    def leaves(self) -> Iterator[object]:
        return (part.perturbation for part in self.parts)

    def __matmul__(self, rate: float) -> "Mix":
        check_between("rate", rate, 0, 1)
        return replace(self, rate=rate) if self.rate is None else self

    @property
    def share(self) -> float:
        """The rate that it is drawn with."""
        return rate_or_default(self.rate)

    def draw_under(self, budget: EditBudget, batch: TextBatch, rows: Integers, keys: Keys) -> DrawnTexts:
        pool = SitePool(budget.constrain(self.parts, batch), batch, weighting=self.weighting)
        edits = pool.draw(rows, keys, rate=self.share, most=budget.max_edits)
        originals = list(map(batch.texts.__getitem__, rows.tolist()))
        texts = splice(originals, batch.codes, rows, edits)
        return DrawnTexts(originals, texts, np.arange(len(rows) + 1), edits)


@dataclass(frozen=True, slots=True, repr=False)
class Sequence(Attack):
    """One attack after another; each finds its sites in what the one before it left."""

    steps: tuple[Attack, ...]

    @property
    def expression(self) -> str:
        return ", ".join(map(_tightly_written, self.steps))

    def leaves(self) -> Iterator[object]:
        return chain.from_iterable(step.leaves() for step in self.steps)

    def __matmul__(self, rate: float) -> "Sequence":
        return Sequence(tuple(step @ rate for step in self.steps))

    def draw_under(self, budget: EditBudget, batch: TextBatch, rows: Integers, keys: Keys) -> DrawnTexts:
        drawn: list[DrawnTexts] = []
        for index, step in enumerate(self.steps):
            drawn.append(step.draw_under(budget, batch, rows, derive(keys, index)))
            budget = budget.after(drawn[-1])
            batch = TextBatch(drawn[-1].texts, segmenter=batch.segmenter)
            rows = np.arange(len(rows))
        return chain_draws(drawn)


@dataclass(frozen=True, slots=True, repr=False)
class Choice(Attack):
    """One of several attacks, drawn anew for each trial in proportion to the weights."""

    options: tuple[tuple[float, Attack], ...]

    @property
    def expression(self) -> str:
        return " | ".join(
            option.expression
            if weight == 1 and not isinstance(option, Choice)
            else _weighted(weight, _tightly_written(option))
            for weight, option in self.options
        )

    def leaves(self) -> Iterator[object]:
        return chain.from_iterable(option.leaves() for _, option in self.options)

    def __matmul__(self, rate: float) -> "Choice":
        return Choice(tuple((weight, option @ rate) for weight, option in self.options))

    def draw_under(self, budget: EditBudget, batch: TextBatch, rows: Integers, keys: Keys) -> DrawnTexts:
        shares = np.cumsum([weight for weight, _ in self.options])
        lots = uniforms(keys, np.zeros(len(keys), dtype=np.int64)) * shares[-1]
        taken = np.searchsorted(shares, lots, side="right")
        places = [np.flatnonzero(taken == index) for index in range(len(self.options))]
        drawn = [
            option.draw_under(budget.of(mine), batch, rows[mine], derive(keys[mine], index))
            for index, ((_, option), mine) in enumerate(zip(self.options, places, strict=True))
        ]
        return concatenate(drawn).take(np.argsort(np.concatenate(places)))


@dataclass(frozen=True, slots=True, repr=False)
class Constrained(Attack):
    """An attack that makes those edits alone which the constraints allow."""

    attack: Attack
    constraints: Constraints

    @property
    def expression(self) -> str:
        return f"{_tightly_written(self.attack)} & {self.constraints}"

    def leaves(self) -> Iterator[object]:
        return self.attack.leaves()

    def __matmul__(self, rate: float) -> "Constrained":
        return replace(self, attack=self.attack @ rate)

    def draw_under(self, budget: EditBudget, batch: TextBatch, rows: Integers, keys: Keys) -> DrawnTexts:
        narrower = budget.under(self.constraints, draws=len(rows))
        return self.attack.draw_under(narrower, batch, rows, keys)


@dataclass(frozen=True, slots=True, repr=False)
class Weighted(Operand):
    """An attack and its weight against those beside it: a part of a mix, or an option."""

    weight: float
    attack: Attack

    def __matmul__(self, rate: float) -> "Weighted":
        return replace(self, attack=self.attack @ rate)

    def __rmul__(self, weight: float) -> "Weighted":
        return replace(self, weight=_checked(weight * self.weight))

    def __repr__(self) -> str:
        return f"{_number(self.weight)} * {self.attack!r}"


def mix(operands: Iterable[Operand], *, weighting: Weighting = "parts") -> Mix:
    """The operands' perturbations in one pool; a mix among them brings its parts."""
    parts = [part for operand in operands for part in _parts(operand)]
    if len(parts) == 1:
        parts = [parts[0]._replace(weight=1.0)]  # there is nothing to weigh it against
    return Mix(tuple(parts), weighting=weighting)


def choice(operands: Iterable[Operand]) -> Choice:
    """One of the operands for each trial, by their weights."""
    return Choice(tuple(map(_option, operands)))


def unweighted(operand: Operand) -> Attack:
    """The operand where it is an attack by itself."""
    if isinstance(operand, Attack):
        return operand
    raise CannotCombineError("a weight belongs into a mix (2*a + b) or a choice (2*a | b)")


def rate_or_default(rate: float | None) -> float:
    """The rate that an attack is drawn with."""
    return defaults.RATE if rate is None else rate


def with_rate(expression: str, rate: float | None) -> str:
    """An expression and the rate that was said of it."""
    return expression if rate is None else f"{expression}@{_number(rate)}"


def _option(operand: Operand) -> tuple[float, Attack]:
    return (operand.weight, operand.attack) if isinstance(operand, Weighted) else (1.0, unweighted(operand))


def _parts(operand: Operand) -> Iterable[WeightedPerturbation]:
    weight, attack = _option(operand)
    if not isinstance(attack, Mix):
        raise CannotCombineError(
            f"only perturbations that list their edits can be mixed, not {attack.expression!r}: "
            "put it into a sequence or a choice"
        )
    if attack.rate is not None or attack.weighting != "parts":
        raise CannotCombineError(
            f"a mix has one rate and weighting, {attack.expression!r} brings its own: "
            "write a rate behind the bracket, (a + b)@0.2"
        )
    return (part._replace(weight=_checked(part.weight * weight)) for part in attack.parts)


def _read(operand: Operand | str) -> Operand:
    from robustaudit.attacks.catalog import read_operand  # noqa: PLC0415  (which reads with these operators)

    match operand:
        case Operand():
            return operand
        case str():
            return read_operand(operand)
        case _:
            raise TypeError(f"not an attack: {operand!r}")


def _checked(weight: float) -> float:
    return check_between("weight", float(weight), _LIGHTEST, _HEAVIEST)


def _tightly_written(attack: Attack) -> str:
    """The expression of an attack for where operators stand about it."""
    loose = isinstance(attack, Sequence | Choice | Constrained)
    return f"({attack.expression})" if loose else attack.expression


def _weighted(weight: float, text: str) -> str:
    return text if weight == 1 else f"{_number(weight)}*{text}"


def _number(value: float) -> str:
    """The shortest decimal that reads back as the same number, without an exponent."""
    return np.format_float_positional(value, trim="-")
