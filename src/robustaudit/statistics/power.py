"""Power, by simulation: the examples an audit of fixed size needs, and those a sequential one will take."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Self

import numpy as np
import scipy  # whose optimize is imported when it is first used
from numpy.typing import NDArray
from scipy import special

from robustaudit.core.arrays import Floats
from robustaudit.statistics.bounds import effective_degrees_of_freedom, normal_level, pseudo_group_size
from robustaudit.statistics.intervals import LEVEL, GroupSums, typical_group_size
from robustaudit.statistics.measures import FEW_EXAMPLES
from robustaudit.statistics.ratios import normal_score, probability_above_zero
from robustaudit.statistics.sample_size import PilotSample, PowerTarget
from robustaudit.statistics.sequential import GroupDrops, SequentialTest, log_growth, log_wealth

_RUNS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class SequentialCost:
    """The cost of a sequential audit for a true drop; None if it is not decided with the examples there are.

    `examples` is the median, `examples_90` the 90th percentile; `passed` and `failed` are shares of audits.
    """

    true_drop: float
    examples: int | None
    examples_90: int | None
    model_calls: int | None
    passed: float
    failed: float


def sequential_cost(
    question: PowerTarget, sample: PilotSample, *, true_drop: float, most: int
) -> SequentialCost:
    """The cost of a sequential audit, simulated with groups of those types, `most` at the most."""
    verdicts, used = simulate(
        *weighted(sample.groups, true_drop),
        SequentialTest(max_drop=question.max_drop, alpha=question.alpha),
        alpha=question.cell_alpha,
        most=most,
        runs=_RUNS,
        seed=0,
    )
    finished = np.where(verdicts == 0, np.inf, used)

    def examples(share: float) -> int | None:
        groups = float(np.quantile(finished, share, method="higher"))
        return math.ceil(groups * sample.mean_size) if math.isfinite(groups) else None

    half = examples(0.5)
    return SequentialCost(
        true_drop=true_drop,
        examples=half,
        examples_90=examples(0.9),
        model_calls=None if half is None else question.calls(half, sample.draws),
        passed=float((verdicts < 0).mean()),
        failed=float((verdicts > 0).mean()),
    )


def weighted(groups: GroupDrops, true_drop: float) -> tuple[GroupDrops, Floats]:
    """The kinds of groups there are, and how often each comes where the drop is `true_drop`."""
    kinds, chances = tilted(groups.drop, groups.changed, true_drop, added=[1.0])
    return GroupDrops(kinds[:, 0], kinds[:, 1]), chances


def tilted(
    drops: Floats, changed: Floats, true_drop: float, *, added: Sequence[float], times: float = 1.0
) -> tuple[Floats, Floats]:
    """Distinct rows of drop and changed examples, with their probabilities if the true drop is `true_drop`.

    Weights are exponential in a group's influence on the drop, the least change of the distribution that
    moves the mean. For each size in `added`, one group with a full drop and one with a full rise are added,
    counted `times` times.
    """
    more = np.asarray(added, dtype=np.float64)
    rows = np.column_stack([np.concatenate([drops, more, -more]), np.concatenate([changed, more, more])])
    kinds, place = np.unique(rows.round(12), axis=0, return_inverse=True)
    number = np.bincount(place.ravel(), np.repeat([1.0, times], [len(drops), 2 * len(more)]))
    excess = kinds[:, 0] - true_drop * kinds[:, 1]

    def chances(tilt: float) -> Floats:
        exponent = np.log(number) + tilt * excess
        weights: Floats = np.exp(exponent - exponent.max())
        weights /= weights.sum()
        return weights

    tilt = scipy.optimize.brentq(lambda tilt: float(chances(tilt) @ excess), -1e4, 1e4)
    return kinds, chances(float(tilt))


def simulate(
    kinds: GroupDrops,
    chances: Floats | Sequence[float],
    sequential_test: SequentialTest,
    *,
    alpha: float,
    most: int,
    runs: int,
    seed: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of each simulated run the verdict (1 failed, −1 passed, 0 inconclusive) and the groups it used."""
    generator = np.random.default_rng(seed)
    above = log_growth(kinds, sequential_test.max_drop, "above")
    below = log_growth(kinds, sequential_test.max_drop, "below")
    enough = -math.log(alpha)
    verdicts = np.zeros(runs, np.int64)
    used = np.full(runs, most)
    counts = np.zeros((runs, len(kinds.drop)))
    done = 0
    for look in sequential_test.looks(most):
        waiting = np.flatnonzero(verdicts == 0)
        if not len(waiting):
            break
        counts[waiting] += generator.multinomial(look - done, chances, size=len(waiting))
        violated = log_wealth(above, counts[waiting]) >= enough
        kept = ~violated & (log_wealth(below, counts[waiting]) >= enough)
        verdicts[waiting] = violated.astype(np.int64) - kept
        used[waiting[violated | kept]] = look
        done = look
    return verdicts, used


# docs/statistics.md says how.

_AUDITS, _FEW_AUDITS = 10_000, 2_000
_MISSES = 20  # simulated audits that miss: where few are to, audits are more
_AT_ONCE = 150_000  # audits times kinds: where there are many of these, audits are fewer
_COARSE, _FINE = 1.3, 1.04  # from one size to the next
_SPARED = 0.8
_NEAR = 0.05  # standard deviations
_MANY = 10**8  # groups: the normal approximation is as good


@dataclass(frozen=True, slots=True)
class GroupTypes:
    """The kinds of groups there are: their drops summed, how many examples changed, the chance of each."""

    drops: Floats
    changed: Floats
    chances: Floats


@dataclass(frozen=True, slots=True)
class Design:
    """An audit of a fixed size that has the requested power."""

    draws: int
    examples: int
    trials: int
    model_calls: int

    @classmethod
    def of(cls, question: PowerTarget, examples: int, draws: int) -> Self:
        return cls(draws, examples, examples * draws, question.calls(examples, draws))


def examples_needed(question: PowerTarget, kinds: GroupTypes, mean_size: float) -> tuple[int, int]:
    """The examples with which one check of the gate, and all checks together, tell the two drops apart.

    For all together, the chance of an error in any check is at most the sum over the checks, however they
    depend.
    """

    def examples(power: float) -> int:
        return max(FEW_EXAMPLES, math.ceil(smallest_sample(kinds, question, power) * mean_size))

    one = examples(question.power)
    each = examples(1 - (1 - question.power) / question.checks) if question.checks > 1 else one
    return one, each


def group_types_of(sample: PilotSample, true_drop: float, draws: int) -> GroupTypes:
    """The groups that an audit with that many draws meets if the true drop is `true_drop`.

    More draws than the pilot had are taken to be no worse.
    """
    if sample.losses is None:
        lost, mended = (max(0.0, sample.flips + sign * true_drop) / 2 for sign in (1, -1))
        chances = np.array([lost, mended, 1 - lost - mended])
        return GroupTypes(np.array([1.0, -1.0, 0.0]), np.ones(3), chances)
    parts = [losses.sums() for losses in sample.losses.with_draws(draws)]
    rows, chances = tilted(
        np.concatenate([part.sums for part in parts]),
        np.concatenate([part.sizes for part in parts]),
        true_drop,
        added=[float(typical_group_size(part.sizes)) for part in parts if part.sizes.any()],
        times=max(1.0, _unseen(sample.losses.sums()) / 2),
    )
    return GroupTypes(rows[:, 0], rows[:, 1], chances)


def _unseen(pilot: GroupSums) -> float:
    """The number of flipping groups that a pilot may have missed by luck, at a level of one pilot in five.

    They count as groups that flip completely: if all flips were alike, there would be (Σe²)²/Σe⁴ of them.
    """
    excess = (pilot.sums - pilot.mean * pilot.sizes).round(12)
    squares = (excess**2).sum()
    return float(special.ndtri(_SPARED) * squares / math.sqrt((excess**4).sum())) if squares else 0.0


def power(
    kinds: GroupTypes, question: PowerTarget, groups: int, *, audits: int = _AUDITS, seed: int = 0
) -> float:
    """The share of simulated audits with that many groups in which a check finds the side of the drop."""
    generator = np.random.default_rng(seed)
    counts = generator.multinomial(groups, kinds.chances, size=audits)
    names = counts @ generator.random(len(kinds.chances))  # audits that saw the same have the same
    _, first, number = np.unique(names, return_index=True, return_counts=True)
    many = counts[first] @ kinds.changed >= FEW_EXAMPLES
    return float(number[many] @ is_conclusive(kinds, question, counts[first[many]]) / audits)


def is_conclusive(kinds: GroupTypes, question: PowerTarget, counts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether a check shows on which side the drop is, in audits in which each kind of groups came so often.

    Its p-value is as the gate has it where the saddlepoint's is near the level.
    """
    end = 1.0 if question.passes else -1.0
    added = pseudo_group_size(kinds.changed, counts) * (end - question.max_drop)
    excess = (kinds.drops - question.max_drop * kinds.changed) * (counts > 0)
    terms = end * np.column_stack([excess, added])
    number = np.column_stack([counts, np.ones(len(counts))])
    level = normal_level(question.level, effective_degrees_of_freedom(kinds.changed, counts))
    wanted = special.ndtri(level)
    rows = np.flatnonzero((number * terms).sum(axis=1) < 0)  # others are beyond the threshold themselves
    score = normal_score(terms[rows], number[rows])
    found = np.zeros(len(counts), bool)
    found[rows] = score < wanted[rows]
    near = rows[np.abs(score - wanted[rows]) < _NEAR]
    if len(near):
        found[near] = probability_above_zero(terms[near], number[near]) < level[near]
    return found


def examples_for_significance(
    p_value: float | None, *, examples: int, tests: int, power: float = 0.8
) -> int | None:
    """About the examples with which a drop that stays as it is would be significant, with that power.

    By normal approximation, at the level of Holm's first step; None for a drop that is none. `p_value` is
    one-sided, of an audit with that many `examples`.
    """
    score = 0.0 if p_value is None else -float(special.ndtri(p_value))
    if score <= 0:
        return None
    wanted = float(special.ndtri(power) - special.ndtri(LEVEL / tests))
    return math.ceil(examples * max(1.0, wanted / score) ** 2)


def chance_of_significance(p_value: float, *, times: float, tests: int) -> float:
    """About the power of one of so many tests, with `times` the examples, if the drop stays as it is."""
    score = -float(special.ndtri(p_value)) * math.sqrt(times)
    return float(special.ndtr(score + special.ndtri(LEVEL / tests)))


def smallest_sample(kinds: GroupTypes, question: PowerTarget, wanted: float) -> int:
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


def approximate(kinds: GroupTypes, question: PowerTarget, wanted: float) -> float:
    """The number of groups by normal approximation, with the variances at the drop and the threshold.

    A higher threshold needs more flips, which vary more.
    """
    gap = question.max_drop - question.true_drop
    varies = kinds.chances @ (kinds.drops - question.true_drop * kinds.changed) ** 2
    beyond = varies + max(gap, 0.0) * (kinds.chances @ kinds.changed**2)
    reach = special.ndtri(wanted) * math.sqrt(varies) - special.ndtri(question.level) * math.sqrt(beyond)
    return float((reach / gap / (kinds.chances @ kinds.changed)) ** 2)
