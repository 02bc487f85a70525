"""How large an audit of a fixed size must be for its gate to tell a drop from a threshold, by simulation.

docs/statistics.md says how.
"""

import math
from dataclasses import dataclass
from functools import cache
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import special

from robustaudit.engine.bounds import freedom_left, normal_level, size_added
from robustaudit.engine.inversion import chance_above_zero, normal_score
from robustaudit.engine.planning import Question, Sample
from robustaudit.engine.result import FEW_EXAMPLES
from robustaudit.engine.sequential import Floats
from robustaudit.engine.simulation import tilted
from robustaudit.engine.statistics import Grouped, usual_size

_AUDITS, _FEW_AUDITS = 10_000, 2_000
_MISSES = 20  # simulated audits that miss: where few are to, audits are more
_AT_ONCE = 150_000  # audits times kinds: where there are many of these, audits are fewer
_COARSE, _FINE = 1.3, 1.04  # from one size to the next
_SPARED = 0.8
_NEAR = 0.05  # standard deviations
_MANY = 10**8  # groups: the normal approximation is as good


@dataclass(frozen=True, slots=True)
class Kinds:
    """The kinds of groups there are: their drops summed, how many examples changed, the chance of each."""

    drops: Floats
    changed: Floats
    chances: Floats


@dataclass(frozen=True, slots=True)
class Design:
    """An audit of a size fixed beforehand that has the power asked for."""

    draws: int
    examples: int
    trials: int
    model_calls: int

    @classmethod
    def of(cls, question: Question, examples: int, draws: int) -> Self:
        return cls(draws, examples, examples * draws, question.calls(examples, draws))


def examples_needed(question: Question, kinds: Kinds, mean_size: float) -> tuple[int, int]:
    """With how many examples a check of the gate, and all of them together, tell the two drops apart.

    Of all, each may miss so seldom that they do not miss too often together, whatever hangs together.
    """

    def examples(power: float) -> int:
        return max(FEW_EXAMPLES, math.ceil(fewest(kinds, question, power) * mean_size))

    one = examples(question.power)
    each = examples(1 - (1 - question.power) / question.checks) if question.checks > 1 else one
    return one, each


def kinds_of(sample: Sample, true_drop: float, draws: int) -> Kinds:
    """The groups that an audit with so many draws meets where the drop is `true_drop`.

    Of more draws than a pilot had nothing is known but that they are no worse.
    """
    if sample.losses is None:
        lost, mended = (max(0.0, sample.flips + sign * true_drop) / 2 for sign in (1, -1))
        chances = np.array([lost, mended, 1 - lost - mended])
        return Kinds(np.array([1.0, -1.0, 0.0]), np.ones(3), chances)
    parts = [losses.sums() for losses in sample.losses.with_draws(draws)]
    rows, chances = tilted(
        np.concatenate([part.sums for part in parts]),
        np.concatenate([part.sizes for part in parts]),
        true_drop,
        added=[float(usual_size(part.sizes)) for part in parts if part.sizes.any()],
        times=max(1.0, _unseen(sample.losses.sums()) / 2),
    )
    return Kinds(rows[:, 0], rows[:, 1], chances)


def _unseen(pilot: Grouped) -> float:
    """How many more groups may flip than a pilot saw, by the luck that four pilots in five are spared.

    Counted as groups that flip wholly: were all that flip alike, (Σe²)²/Σe⁴ of them would do.
    """
    excess = (pilot.sums - pilot.mean * pilot.sizes).round(12)
    squares = (excess**2).sum()
    return float(special.ndtri(_SPARED) * squares / math.sqrt((excess**4).sum())) if squares else 0.0


def power(kinds: Kinds, question: Question, groups: int, *, audits: int = _AUDITS, seed: int = 0) -> float:
    """The share of simulated audits of so many groups in which a check shows on which side the drop is."""
    generator = np.random.default_rng(seed)
    counts = generator.multinomial(groups, kinds.chances, size=audits)
    names = counts @ generator.random(len(kinds.chances))  # audits that saw the same have the same
    _, first, number = np.unique(names, return_index=True, return_counts=True)
    many = counts[first] @ kinds.changed >= FEW_EXAMPLES
    return float(number[many] @ shown(kinds, question, counts[first[many]]) / audits)


def shown(kinds: Kinds, question: Question, counts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether a check shows on which side the drop is, in audits in which each kind of groups came so often.

    Its p-value is as the gate has it where the saddlepoint's is near the level.
    """
    end = 1.0 if question.passes else -1.0
    added = size_added(kinds.changed, counts) * (end - question.max_drop)
    excess = (kinds.drops - question.max_drop * kinds.changed) * (counts > 0)
    terms = end * np.column_stack([excess, added])
    number = np.column_stack([counts, np.ones(len(counts))])
    level = normal_level(question.level, freedom_left(kinds.changed, counts))
    wanted = special.ndtri(level)
    rows = np.flatnonzero((number * terms).sum(axis=1) < 0)  # others are beyond the threshold themselves
    score = normal_score(terms[rows], number[rows])
    found = np.zeros(len(counts), bool)
    found[rows] = score < wanted[rows]
    near = rows[np.abs(score - wanted[rows]) < _NEAR]
    if len(near):
        found[near] = chance_above_zero(terms[near], number[near]) < level[near]
    return found


def fewest(kinds: Kinds, question: Question, wanted: float) -> int:
    """The groups from which on an audit has the power that is wanted, looked at up to a third beyond.

    Where few flips decide, power falls with every group until one flip more is allowed.
    """
    audits = max(_AUDITS, math.ceil(_MISSES / (1 - wanted)))
    audits = max(_FEW_AUDITS, min(audits, _AT_ONCE // len(kinds.chances)))

    @cache
    def enough(size: float, audits: int) -> bool:
        return power(kinds, question, math.ceil(size), audits=audits) >= wanted

    size = max(1.0, approximate(kinds, question, wanted))
    if size > _MANY:
        return math.ceil(size)
    while not enough(size, _FEW_AUDITS):
        size *= _COARSE
    while enough(size / _COARSE, _FEW_AUDITS):
        size /= _COARSE
    size *= _COARSE
    while not enough(size, audits):
        size *= _FINE
    while enough(size / _FINE, audits):
        size /= _FINE
    return math.ceil(size)


def approximate(kinds: Kinds, question: Question, wanted: float) -> float:
    """Nearly so many groups, by normal approximation with the variances at the drop and at the threshold.

    To reach a higher threshold there must be more losses, which vary so much more.
    """
    gap = question.max_drop - question.true_drop
    varies = kinds.chances @ (kinds.drops - question.true_drop * kinds.changed) ** 2
    beyond = varies + max(gap, 0.0) * (kinds.chances @ kinds.changed**2)
    reach = special.ndtri(wanted) * math.sqrt(varies) - special.ndtri(question.level) * math.sqrt(beyond)
    return float((reach / gap / (kinds.chances @ kinds.changed)) ** 2)
