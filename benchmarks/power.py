"""How often the gate shows what a plan promised, by simulation: by the normal approximation, and now.

    python benchmarks/power.py [PILOTS]

Sizes are planned from the truth, from a clean accuracy, and from pilots of 100 and of 300 examples, of which
the power is a mean. A cell fails where its simulated power is under 0.78 with 99.9 % certainty; 0.80 is
promised. Prints Markdown; the exit code is 1 where a cell fails.
"""

import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

import numpy as np
from scipy import stats
from simulations import each_cell, table

from robustaudit.core.arrays import Floats
from robustaudit.statistics.power import GroupTypes, examples_needed, group_types_of, power
from robustaudit.statistics.sample_size import (
    PilotSample,
    PowerTarget,
    TrialDrops,
    pilot_from_assumptions,
    variance_components,
)

PROMISED, LEAST = 0.8, 0.78
MENDED = 0.05  # the chance that a draw mends a wrong answer
SCORE = 3.09  # 99.9 %
AUDITS = 10_000
CHECKS = 9
PILOTS = (100, 300)
SHOWN = 0.95  # the clean accuracy of which examples are shown beside the lowest power

Sizes = tuple[int, int]
"""For one check, and for all."""

Found = list[tuple["Cell", dict[str, Any]]]
"""Of each cell what `study` gives."""


@dataclass(frozen=True)
class Cell:
    """What is true, of texts that are groups of their own, and what is asked of it."""

    max_drop: float
    true_drop: float
    accuracy: float
    draws: int
    mended: float = MENDED

    def kinds(self) -> GroupTypes:
        """A right answer is lost, and a wrong one mended, with a chance of its own in each draw."""
        lost = (self.true_drop + (1 - self.accuracy) * self.mended) / self.accuracy
        steps = np.arange(self.draws + 1)
        right, wrong = (stats.binom.pmf(steps, self.draws, chance) for chance in (lost, self.mended))
        drops = np.concatenate([steps, -steps]) / self.draws
        chances = np.concatenate([self.accuracy * right, (1 - self.accuracy) * wrong])
        return GroupTypes(drops, np.ones(len(drops)), chances)

    @property
    def question(self) -> PowerTarget:
        return PowerTarget(max_drop=self.max_drop, true_drop=self.true_drop, power=PROMISED, attacks=CHECKS)


DROPS = ((0.05, 0.02), (0.02, 0.005), (0.1, 0.05), (0.05, 0.07))
CELLS = [
    Cell(*drops, accuracy, draws, mended)
    for drops, draws, (accuracy, mended) in product(
        DROPS, (1, 5), ((0.6, 0.3), (0.85, MENDED), (0.95, MENDED), (0.99, MENDED), (1.0, MENDED))
    )
]


def before(question: PowerTarget, variance: float) -> tuple[int, int]:
    """For one check and for all, as was planned until now: at 5 %, shared by the checks that there are."""
    gap = question.max_drop - question.true_drop
    one, each = (
        (stats.norm.isf(question.alpha / checks) + stats.norm.ppf(question.power)) / gap
        for checks in (1, question.checks)
    )
    return max(20, math.ceil(one**2 * variance)), max(20, math.ceil(each**2 * variance))


def pilot(generator: np.random.Generator, cell: Cell, examples: int) -> PilotSample:
    """A run of so many examples as `learn` reads it."""
    kinds = cell.kinds()
    drops = kinds.drops[generator.choice(len(kinds.drops), p=kinds.chances, size=examples)]
    example = np.repeat(np.arange(examples), cell.draws)
    flipped = np.arange(len(example)) % cell.draws < np.abs(drops[example]) * cell.draws - 0.5
    losses = TrialDrops(
        example, example, np.ones(len(example), bool), np.where(flipped, np.sign(drops[example]), 0.0)
    )
    spread = variance_components(losses)
    assert spread is not None
    return PilotSample(
        spread=spread, groups=losses.groups(), examples=examples, draws=cell.draws, losses=losses
    )


def plans(generator: np.random.Generator, cell: Cell, pilots: int) -> Iterator[tuple[str, Sizes, Sizes]]:
    """From what was planned, with how many examples before, and with how many now: for one check, and all."""
    question = cell.question
    truth = cell.kinds()
    variance = float(truth.chances @ (truth.drops - cell.true_drop) ** 2)
    yield "truth", before(question, variance), examples_needed(question, truth, 1.0)
    known = group_types_of(pilot_from_assumptions(cell.true_drop, cell.accuracy), cell.true_drop, cell.draws)
    flips = pilot_from_assumptions(cell.true_drop).spread.examples
    yield "accuracy", before(question, flips), examples_needed(question, known, 1.0)
    least = cell.max_drop * (1 - cell.max_drop)
    for examples, _ in product(PILOTS, range(pilots)):
        seen = pilot(generator, cell, examples)
        variance = max(least, seen.spread.examples + (seen.spread.draws or 0.0) / cell.draws)
        kinds = group_types_of(seen, cell.true_drop, cell.draws)
        yield f"{examples}", before(question, variance), examples_needed(question, kinds, 1.0)


def study(generator: np.random.Generator, cell: Cell, pilots: int) -> dict[str, Any]:
    """Of one check and of all, and of each way to plan: sizes, and their power, before and now."""
    truth = cell.kinds()

    @cache
    def reached(examples: int) -> float:
        return power(truth, cell.question, examples, audits=AUDITS, seed=1)

    ways: dict[str, list[tuple[Sizes, Sizes]]] = {}
    for way, old, new in plans(generator, cell, pilots):
        ways.setdefault(way, []).append((old, new))
    found: dict[str, Any] = {}
    for way, place in product(ways, (0, 1)):
        checks = CHECKS if place else 1
        planned = [(old[place], new[place]) for old, new in ways[way]]
        powers = np.array([[reached(size) ** checks for size in both] for both in planned])
        found[f"{checks} {way}"] = {
            "examples": np.median(planned, axis=0).astype(int).tolist(),
            "power": powers.mean(axis=0).tolist(),
            "tenth": float(np.quantile(powers[:, 1], 0.1)),
            "error": _error(powers[:, 1], checks),
        }
    return found


def _error(powers: Floats, checks: int) -> float:
    """The standard error of the mean power: of pilots, and of the audits that each power is found by."""
    one = powers.mean() ** (1 / checks)
    simulated = checks * one ** (checks - 1) * math.sqrt(one * (1 - one) / AUDITS)
    return float(math.hypot(simulated, powers.std(ddof=1) / math.sqrt(len(powers)) if len(powers) > 1 else 0))


WAYS = {
    "truth": "the truth",
    "accuracy": "its clean accuracy",
    **{f"{examples}": f"a pilot of {examples}" for examples in PILOTS},
}


def fails(of: dict[str, Any]) -> bool:
    return bool(of["power"][1] + SCORE * of["error"] < LEAST)


def table_of_the_lowest(found: Found) -> None:
    """Of all clean accuracies the lowest power; the examples are those of one of them."""
    print(f"Lowest power over clean accuracies, and median of the examples at {SHOWN}, before → now.\n")
    rows = []
    for checks, drops, draws in product((1, CHECKS), DROPS, (1, 5)):
        asked = (*drops, draws)
        these = [(cell, of) for cell, of in found if (cell.max_drop, cell.true_drop, cell.draws) == asked]
        columns = []
        for way in WAYS:
            old, new = (min(of[f"{checks} {way}"]["power"][when] for _, of in these) for when in (0, 1))
            (shown,) = (of for cell, of in these if cell.accuracy == SHOWN)
            few, many = shown[f"{checks} {way}"]["examples"]
            columns.append(f"{old:.2f} → {new:.2f}; {few:,} → {many:,}")
        rows.append(["one" if checks == 1 else f"all {checks}", ", ".join(map(str, drops)), draws, *columns])
    table(["checks", "threshold, drop", "draws", *WAYS.values()], rows)


def table_of_all(found: Found) -> None:
    for checks in (1, CHECKS):
        print(f"\nPower, and median of the examples, before → now: {checks} of {CHECKS} checks.\n")
        rows = []
        for cell, of in found:
            columns = []
            for way in WAYS:
                it = of[f"{checks} {way}"]
                (old, new), (few, many) = it["power"], it["examples"]
                columns.append(f"{old:.2f} → {new:.2f}; {few:,} → {many:,}" + " **fails**" * fails(it))
            rows.append([f"{cell.max_drop}, {cell.true_drop}", cell.draws, cell.accuracy, *columns])
        table(["threshold, drop", "draws", "clean accuracy", *WAYS.values()], rows)


def main(pilots: int) -> None:
    found = each_cell(f"power-{pilots}", CELLS, lambda generator, cell: study(generator, cell, pilots))
    table_of_the_lowest(found)
    table_of_all(found)
    failed = sum(fails(it) for _, of in found for it in of.values())
    print(f"\n{len(found)} cells, {pilots} pilots of each size; {failed} figures failed")
    for checks, examples in product((1, CHECKS), PILOTS):
        tenths = sorted(of[f"{checks} {examples}"]["tenth"] for _, of in found)
        told = f"{tenths[0]:.2f} in the worst cell, {tenths[len(tenths) // 10]:.2f} in nine cells of ten"
        print(
            f"{checks} of {CHECKS} checks: nine plans in ten from pilots of {examples} have at least {told}"
        )
    sys.exit(bool(failed))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 8)
