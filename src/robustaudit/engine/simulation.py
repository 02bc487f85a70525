"""Audits until decided, simulated: what one costs, and how often it is wrong."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from robustaudit.engine.planning import Question, Sample
from robustaudit.engine.sequential import Deciding, Floats, Groups, log_growth, log_wealth

_RUNS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What an audit until decided takes where this is the drop; None where that is not decided so soon.

    `examples` is the median, `examples_90` what nine in ten need; `kept` and `violated` are shares of audits.
    """

    true_drop: float
    examples: int | None
    examples_90: int | None
    model_calls: int | None
    kept: float
    violated: float


def cost(question: Question, sample: Sample, *, true_drop: float, most: int) -> Cost:
    """An audit until decided, simulated by such groups, of which `most` are there to be used."""
    verdicts, used = simulate(
        *weighted(sample.groups, true_drop),
        Deciding(max_drop=question.max_drop, alpha=question.alpha),
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
    return Cost(
        true_drop=true_drop,
        examples=half,
        examples_90=examples(0.9),
        model_calls=None if half is None else question.calls(half, sample.draws),
        kept=float((verdicts < 0).mean()),
        violated=float((verdicts > 0).mean()),
    )


def weighted(groups: Groups, true_drop: float) -> tuple[Groups, Floats]:
    """The kinds of groups there are, and how often each comes where the drop is `true_drop`."""
    kinds, chances = tilted(groups.drop, groups.changed, true_drop, added=[1.0])
    return Groups(kinds[:, 0], kinds[:, 1]), chances


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

    tilt = optimize.brentq(lambda tilt: float(chances(tilt) @ excess), -1e4, 1e4)
    return kinds, chances(float(tilt))


def simulate(
    kinds: Groups,
    chances: Floats | Sequence[float],
    deciding: Deciding,
    *,
    alpha: float,
    most: int,
    runs: int,
    seed: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of each simulated run the verdict (1 violated, −1 kept, 0 undecided) and the groups it used."""
    generator = np.random.default_rng(seed)
    above = log_growth(kinds, deciding.max_drop, "above")
    below = log_growth(kinds, deciding.max_drop, "below")
    enough = -math.log(alpha)
    verdicts = np.zeros(runs, np.int64)
    used = np.full(runs, most)
    counts = np.zeros((runs, len(kinds.drop)))
    done = 0
    for look in deciding.looks(most):
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
