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
from robustaudit.statistics.intervals import GroupSums, typical_group_size
from robustaudit.statistics.measures import FEW_EXAMPLES
from robustaudit.statistics.ratios import normal_score, probability_above_zero
from robustaudit.statistics.sample_size import PilotSample, PowerTarget
from robustaudit.statistics.sequential import GroupDrops, SequentialTest, log_growth, log_wealth

_RUNS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class SequentialCost:
    """What an audit until decided takes where this is the drop; None where that is not decided so soon.

    `examples` is the median, `examples_90` what nine in ten need; `passed` and `failed` are shares of audits.
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
    """An audit until decided, simulated by such groups, of which `most` are there to be used."""
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
    """Different rows of a drop and what changed, and how often each comes where the drop is `true_drop`.

    Weights are exponential in what a group adds to the drop, the least change of its distribution that moves
    the mean. Of each size in `added`, one group that drops wholly and one that rises wholly are added, or as
    if there were so many `times` as many.
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
    """An audit of a size fixed beforehand that has the power asked for."""

    draws: int
    examples: int
    trials: int
    model_calls: int

    @classmethod
    def of(cls, question: PowerTarget, examples: int, draws: int) -> Self:
        return cls(draws, examples, examples * draws, question.calls(examples, draws))


def examples_needed(question: PowerTarget, kinds: GroupTypes, mean_size: float) -> tuple[int, int]:
    """With how many examples a check of the gate, and all of them together, tell the two drops apart.

    Of all, each may miss so seldom that they do not miss too often together, whatever hangs together.
    """

    def examples(power: float) -> int:
        return max(FEW_EXAMPLES, math.ceil(smallest_sample(kinds, question, power) * mean_size))

    one = examples(question.power)
    each = examples(1 - (1 - question.power) / question.checks) if question.checks > 1 else one
    return one, each


def group_types_of(sample: PilotSample, true_drop: float, draws: int) -> GroupTypes:
    """The groups that an audit with so many draws meets where the drop is `true_drop`.

    Of more draws than a pilot had nothing is known but that they are no worse.
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
    """How many more groups may flip than a pilot saw, by the luck that four pilots in five are spared.

    Counted as groups that flip wholly: were all that flip alike, (Σe²)²/Σe⁴ of them would do.
    """
    excess = (pilot.sums - pilot.mean * pilot.sizes).round(12)
    squares = (excess**2).sum()
    return float(special.ndtri(_SPARED) * squares / math.sqrt((excess**4).sum())) if squares else 0.0


def power(
    kinds: GroupTypes, question: PowerTarget, groups: int, *, audits: int = _AUDITS, seed: int = 0
) -> float:
    """The share of simulated audits of so many groups in which a check shows on which side the drop is."""
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
    """Nearly so many groups, by normal approximation with the variances at the drop and at the threshold.

    To reach a higher threshold there must be more losses, which vary so much more.
    """
    gap = question.max_drop - question.true_drop
    varies = kinds.chances @ (kinds.drops - question.true_drop * kinds.changed) ** 2
    beyond = varies + max(gap, 0.0) * (kinds.chances @ kinds.changed**2)
    reach = special.ndtri(wanted) * math.sqrt(varies) - special.ndtri(question.level) * math.sqrt(beyond)
    return float((reach / gap / (kinds.chances @ kinds.changed)) ** 2)
