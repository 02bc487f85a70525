"""How often an audit of 27 rows calls a drop certain that is none, by simulation: Holm's method, and none.

    python benchmarks/familywise.py [RUNS]

Rows are as many as nine attacks on three models make, each simulated by itself. A cell fails where the bound
under its simulated error (99.9 %) lies above 5 %.
"""

import sys
from dataclasses import dataclass
from itertools import groupby, product

import numpy as np
from scipy import stats
from simulations import Floats, Sample, Truth, bounds, each_cell, simulate

from robustaudit.engine.statistics import DIFFERENCE, Grouped, adjusted, holm

ROWS = 27
AT_ONCE = 1_000_000  # groups in memory
LEVEL = 0.05
REAL_DROP = 0.1  # of the rows whose null is false


@dataclass(frozen=True)
class Audit:
    """A cell: 27 rows, of which the first so many have a drop."""

    groups: int
    draws: int
    accuracy: float
    correlated: bool
    false_nulls: int


CELLS = [
    Audit(groups, draws, accuracy, correlated, false_nulls)
    for false_nulls, correlated, groups, draws, accuracy in product(
        (0, 13), (False, True), (20, 50, 200), (1, 5), (0.8, 1.0)
    )
]
# Where errors of both kinds are many, the test is at its least cautious.
CELLS += [Audit(1000, 1, 0.5, correlated=False, false_nulls=false_nulls) for false_nulls in (0, 13)]


def ours(sample: Sample) -> Floats:
    sums = sample.by_group(sample.drops)
    sizes = np.broadcast_to(sample.sizes.astype(float), sums.shape)
    return adjusted(Grouped(sums, sizes), DIFFERENCE).p_above_zero()


def naive(sample: Sample) -> Floats:
    """The one-sided z test that takes every trial as independent."""
    number = sample.clean.shape[1] * sample.draws
    lost = ((sample.draws - sample.right) * sample.clean).sum(axis=1)
    won = (sample.right * ~sample.clean).sum(axis=1)
    error = np.sqrt(np.maximum(lost + won - (lost - won) ** 2 / number, 1e-12))
    return stats.norm.sf((lost - won) / error)


def study(generator: np.random.Generator, audit: Audit, runs: int) -> dict[str, int]:
    """In how many runs a true null was rejected: by Holm's method, without it, and with naive p-values."""
    p, naively = np.empty((runs, ROWS)), np.empty((runs, ROWS))
    at_once = max(1, AT_ONCE // audit.groups)
    for row, start in product(range(ROWS), range(0, runs, at_once)):
        drop = REAL_DROP if row < audit.false_nulls else 0.0
        truth = Truth(audit.groups, audit.draws, audit.accuracy, drop, audit.correlated)
        part = slice(start, min(start + at_once, runs))
        sample = simulate(generator, truth, part.stop - part.start)
        p[part, row], naively[part, row] = ours(sample), naive(sample)
    rejected = {"holm": holm(p) <= LEVEL, "alone": p <= LEVEL, "naive": holm(naively) <= LEVEL}
    found = {name: int(those[:, audit.false_nulls :].any(axis=1).sum()) for name, those in rejected.items()}
    return found | {"power": int(rejected["holm"][:, : audit.false_nulls].sum())}


def main(runs: int) -> None:
    found = each_cell(f"familywise-{runs}", CELLS, lambda generator, audit: study(generator, audit, runs))
    print(
        "| rows with a drop | groups | examples a group | Holm | no correction | naive, Holm | drops found |"
    )
    print("|---|---|---|---|---|---|---|")
    for (false_nulls, correlated, groups), cells in groupby(
        found, key=lambda cell: (cell[0].false_nulls, cell[0].correlated, cell[0].groups)
    ):
        of = [cell for _, cell in cells]
        power = max(cell["power"] for cell in of) / runs / false_nulls if false_nulls else None
        columns = (
            f"{false_nulls} of {ROWS}",
            f"{groups:,}",
            "1 to 5, alike" if correlated else "1",
            *(f"{max(cell[name] for cell in of) / runs:.3f}" for name in ("holm", "alone", "naive")),
            "–" if power is None else f"{power:.2f}",
        )
        print("| " + " | ".join(columns) + " |")
    failed = [audit for audit, cell in found if bounds(cell["holm"], runs)[0] > LEVEL]
    print(f"\n{len(found)} cells of {runs:,} audits, {len(failed)} failed")
    for audit in failed:
        print(audit, dict(found)[audit])
    sys.exit(bool(failed))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
