"""How often figures over several means are wrong: areas of curves, two models on the same groups, errors.

    python benchmarks/several.py [RUNS]

Texts are changed by chance, other ones at each severity and under each model, so that each mean is over other
ones. A cell fails where the lower bound lies above the truth in more than 2.5 % of runs, or the upper one
below it, with 99.9 % certainty; errors beside a baseline model's, which no rule reads, where both together do
in more than 5 %.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from types import SimpleNamespace

import numpy as np
from simulations import RUNS, each_cell, fails, finish, table, worst

from robustaudit.core.arrays import Floats
from robustaudit.runs.severity_curves import relative_error, trapezoids
from robustaudit.statistics.bounds import RatioBounds, mean_between
from robustaudit.statistics.intervals import LEVEL, GroupSums, linearised
from robustaudit.statistics.outcomes import ExampleOutcomes
from robustaudit.statistics.ratios import WeighedRatio, probability_above_zero

AREA, DIFFERENCE, ERRORS = "area of a curve", "difference of two drops", "relative error"
SEVERITIES = (1, 3, 5)
CHANGED = 0.6  # the chance that a text is changed
_AT_ONCE = 2000


@dataclass(frozen=True)
class Cell:
    """How many texts, how often the model is right on them, and what chances it has to lose them then.

    A text is lost under all that is harder than what it is lost under.
    """

    figure: str
    texts: int
    clean: float
    lost: tuple[float, ...]


CELLS = [
    Cell(figure, texts, clean, lost)
    for figure, all_lost in (
        (AREA, ((0.02, 0.05, 0.1), (0.1, 0.3, 0.5))),
        (DIFFERENCE, ((0.04, 0.1), (0.3, 0.3))),
        (ERRORS, ((0.1, 0.2), (0.4, 0.4))),
    )
    for texts, clean, lost in product((50, 200), (0.8, 1.0), all_lost)
]


def parts_of(generator: np.random.Generator, cell: Cell) -> list[GroupSums]:
    """Of one run the drops, or the errors, for each chance; a text that is not changed is in no group."""
    right, ease = generator.random(cell.texts) < cell.clean, generator.random(cell.texts)
    changed = (generator.random((len(cell.lost), cell.texts)) < CHANGED).astype(float)
    harder = [ease < lost for lost in cell.lost]
    counted = [~right | lost if cell.figure == ERRORS else right & lost for lost in harder]
    return [GroupSums(these * those, those) for these, those in zip(counted, changed, strict=True)]


def answered(part: GroupSums) -> ExampleOutcomes:
    """Texts that are errors as a part has them, as the engine has them."""
    (names,) = np.nonzero(part.sizes)
    number = np.arange(len(names))
    right = 1.0 - part.sums[names]
    ones = np.ones(len(names), np.int64)
    return ExampleOutcomes(
        names, number, trials=ones, place=number, clean=right, perturbed=right, flipped=right
    )


def chances_above(ratios: Iterator[WeighedRatio], value: float) -> Floats:
    """Of each ratio the chance that it lies above a value, many side by side."""
    found, several = [], list(ratios)
    for start in range(0, len(several), _AT_ONCE):
        some = several[start : start + _AT_ONCE]
        terms, number = np.zeros((2, len(some), max(len(ratio.tops) for ratio in some)))
        for row, ratio in enumerate(some):
            terms[row, : len(ratio.tops)] = ratio.tops - value * ratio.bottoms
            number[row, : len(ratio.tops)] = ratio.number
        found.append(probability_above_zero(terms, number))
    return np.concatenate(found)


def both_sides(bounds: list[RatioBounds], truth: float) -> tuple[int, int]:
    above = 1 - chances_above((each.low for each in bounds), truth) < LEVEL
    below = chances_above((each.high for each in bounds), truth) < LEVEL
    return int(above.sum()), int(below.sum())


def areas(generator: np.random.Generator, cell: Cell, runs: int) -> tuple[int, int]:
    weights = trapezoids(SEVERITIES)
    drawn = (parts_of(generator, cell) for _ in range(runs))
    bounds = [mean_between(linearised(parts, weights), -1.0, 1.0) for parts in drawn]
    return both_sides(bounds, cell.clean * float(np.dot(weights, cell.lost)))


def differences(generator: np.random.Generator, cell: Cell, runs: int) -> tuple[int, int]:
    drawn = (parts_of(generator, cell) for _ in range(runs))
    bounds = [mean_between(linearised(parts, [-1.0, 1.0]), -2.0, 2.0) for parts in drawn]
    first, second = cell.lost
    return both_sides(bounds, cell.clean * (second - first))


def errors(generator: np.random.Generator, cell: Cell, runs: int) -> tuple[int, int]:
    """Of one attack the errors of the second, beside those of the first."""
    plan = SimpleNamespace(groups=range(cell.texts), interval_unit="group")
    first, second = (1 - cell.clean * (1 - lost) for lost in cell.lost)
    above = below = 0
    for _ in range(runs):
        theirs, ours = map(answered, parts_of(generator, cell))
        found = relative_error(plan, [[(ours, theirs)]])
        if found is not None and found.low is not None and found.high is not None:
            above += found.low > second / first
            below += found.high < second / first
    return above, below


SIMULATED: dict[str, Callable[[np.random.Generator, Cell, int], tuple[int, int]]] = {
    AREA: areas,
    DIFFERENCE: differences,
    ERRORS: errors,
}


def study(generator: np.random.Generator, cell: Cell, runs: int) -> dict[str, int]:
    lower, upper = SIMULATED[cell.figure](generator, cell, runs)
    return {"lower": lower, "upper": upper}


def failed(cell: Cell, found: dict[str, int], runs: int) -> bool:
    if cell.figure == ERRORS:
        return fails(found["lower"] + found["upper"], runs, 2 * LEVEL)
    return any(fails(found[side], runs) for side in ("lower", "upper"))


def main(runs: int) -> None:
    found = each_cell(f"several-{runs}", CELLS, lambda generator, cell: study(generator, cell, runs))
    rows = []
    for name in SIMULATED:
        of = [(cell, counts) for cell, counts in found if cell.figure == name]
        cell, _ = max(of, key=lambda each: max(each[1].values()))
        sides = (worst([counts[side] for _, counts in of], runs) for side in ("lower", "upper"))
        at = f"{cell.texts}, {cell.clean:g}, {', '.join(f'{lost:g}' for lost in cell.lost)}"
        rows.append((name, *sides, at))
    table(("figure", "lower", "upper", "worst at texts, clean, chances to be lost"), rows)
    bad = [(cell, counts) for cell, counts in found if failed(cell, counts, runs)]
    finish(len(found), bad, runs)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
