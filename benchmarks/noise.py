"""Audits of one text with a model that errs at random, under an attack that changes nothing.

`python benchmarks/noise.py [RUNS]` prints the table in docs/simulations.md: how often the interval of the
drop contains the true one, 0, with one clean prediction for all draws and with one per draw.
"""

import sys

import numpy as np

from robustaudit.runs.repeat_check import ignoring_noise
from robustaudit.runs.result import RepeatCheck
from robustaudit.statistics.estimates import measure, with_intervals
from robustaudit.statistics.measures import Estimate
from robustaudit.statistics.outcomes import TrialOutcomes

WRONG = (0.01, 0.02, 0.05, 0.1, 0.3)
DRAWS = 100


def answers(rng: np.random.Generator, wrong: float) -> TrialOutcomes:
    """Draws of one text with one clean answer in common, and one for each when it was asked once more."""
    once, again, perturbed = ((rng.random(size) >= wrong).astype(np.int64) for size in (1, DRAWS, DRAWS))
    zeros = np.zeros(DRAWS, dtype=np.int64)
    return TrialOutcomes.of_classes(
        example=zeros,
        group=zeros,
        label=zeros + 1,
        clean=np.repeat(once, DRAWS),
        perturbed=perturbed,
        clean_repeated=again,
    )


def as_audited(found: TrialOutcomes) -> TrialOutcomes:
    """With a clean answer for each draw, as a run asks for them where any flipped."""
    differed = int(found.contradicted.sum())
    flipped = bool(found.flipped.any())
    retest = RepeatCheck(model="dice", texts=DRAWS, differed=differed * flipped, each_draw=flipped)
    return ignoring_noise(found, retest, "draw")


def holds(found: TrialOutcomes) -> bool:
    drop = with_intervals(measure(found, "draw")).drop or Estimate(np.nan)
    assert drop.low is not None
    assert drop.high is not None
    return drop.low <= 0 <= drop.high


def main(runs: int) -> None:
    print("| wrong by chance | one clean answer | one for each draw |\n|---|---|---|")
    for wrong in WRONG:
        rng = np.random.default_rng(11)
        found = [answers(rng, wrong) for _ in range(runs)]
        shares = [np.mean([holds(make(each)) for each in found]) for make in (lambda each: each, as_audited)]
        print(f"| {wrong:g} | {shares[0]:.3f} | {shares[1]:.3f} |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 2000)
