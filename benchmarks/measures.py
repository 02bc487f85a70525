"""How often each bound of every printed measure is wrong, by simulation: as it is, and as it was.

    python benchmarks/measures.py [RUNS]

A measure fails in a cell where more than 2.5 % of its lower bounds lie above the truth, or of its upper ones
below it, with 99.9 % certainty.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from simulations import (
    EVEN,
    FEW,
    ONE,
    RUNS,
    U_SHAPED,
    Audits,
    Outcomes,
    Texts,
    dropping,
    each_cell,
    fails,
    finish,
    table,
    worst,
)
from tails import DIFFERENCE, SHARE

from robustaudit.core.arrays import Floats
from robustaudit.statistics.bounds import Bounds
from robustaudit.statistics.estimates import estimator_of

DRAWS = 5
CELLS = [
    dropping(groups, DRAWS, accuracy, drop, sizes=sizes, chances=chances)
    for (sizes, chances), groups, accuracy, drop in product(
        ((ONE, EVEN), (ONE, U_SHAPED), (FEW, EVEN)), (50, 200), (0.8, 0.95, 1.0), (0.02, 0.2)
    )
]


@dataclass(frozen=True)
class Found:
    """In how many runs the lower bound was wrong, and the upper one; and the width to that of before."""

    before: tuple[int, int] | None
    after: tuple[int, int]
    wider: float | None


def probability_change(of: Outcomes) -> Floats:
    """A lost text loses 0.7 of its label's probability, a mended one gains as much, and others lose 0.02."""
    kept = 1 - of.flipped
    return -0.7 * of.drop - 0.02 * kept


def found_in(audits: Audits) -> Iterator[tuple[str, Found]]:
    """Every measure that is a mean of values between two ends, and the relative drop."""
    of = audits.outcomes
    was_right = of.clean == 1
    shares = {
        "clean accuracy": (of.clean.astype(float), None),
        "accuracy under attack": (of.perturbed, None),
        "flip rate": (of.flipped, None),
        "attack success rate": (of.flipped, was_right),
        **{f"worst of {k}": (of.worst(k), None) for k in range(2, DRAWS + 1)},
    }
    for name, (values, among) in shares.items():
        yield name, mean(audits, values, among, low=0.0)
    yield "drop", mean(audits, of.drop, None, low=-1.0)
    yield "change of probability", mean(audits, probability_change(of), None, low=-1.0)
    yield "relative drop", relative_drop(audits)


def mean(audits: Audits, values: Floats, among: np.ndarray | None, *, low: float) -> Found:
    part = audits.part(values, among=among)
    before = part.before(SHARE if low == 0 else DIFFERENCE)
    return Found(
        before.errors(part.truth), part.errors(low, 1.0), part.width(low, 1.0) / before.width(low, 1.0)
    )


def relative_drop(audits: Audits) -> Found:
    """Found from the share after / (before + after), which falls where the drop rises."""
    of = audits.outcomes
    part = audits.part(of.perturbed, bottoms=of.perturbed + of.clean)

    def engine(run: int) -> Bounds:
        return estimator_of(audits.examples(run), "group").relative_drop().bounds.of

    above, below = part.errors(0.0, 1.0, engine)
    return Found(None, (below, above), None)


def study(generator: np.random.Generator, texts: Texts, runs: int) -> dict[str, object]:
    audits = Audits.simulated(generator, texts, runs)
    return {name: vars(found) for name, found in found_in(audits)}


def main(runs: int) -> None:
    found = each_cell(f"measures-{runs}", CELLS, lambda g, texts: study(g, texts, runs))
    rows, failed = [], []
    for name in found[0][1]:
        cells = [(texts, cell[name]) for texts, cell in found]
        texts, _ = max(cells, key=lambda cell: max(cell[1]["after"]))
        wider = [cell["wider"] for _, cell in cells if cell["wider"] is not None]
        rows.append(
            (
                name,
                *(
                    worst([cell[when][side] for _, cell in cells], runs) if cells[0][1][when] else "–"
                    for side in (0, 1)
                    for when in ("before", "after")
                ),
                f"{texts.groups} of {texts.sizes}, {texts.chances}, {texts.accuracy:g}",
                f"{min(wider):.2f} to {max(wider):.2f}" if wider else "–",
            )
        )
        failed += [
            (name, texts, cell)
            for texts, cell in cells
            if any(fails(errors, runs) for errors in cell["after"])
        ]
    names = ("measure", "lower, before", "lower, now", "upper, before", "upper, now")
    table((*names, "worst at groups, chances, clean", "width to before"), rows)
    finish(len(found), failed, runs)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
