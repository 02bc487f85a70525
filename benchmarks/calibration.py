"""How far calibration errors are off, and how often bounds are wrong: theirs and the Brier score's.

    python benchmarks/calibration.py [RUNS]

Models of two classes whose truth is known: an answer is right with a chance of its confidence less a gap. The
squared calibration error is the square of the gap. Prints the tables of docs/simulations.md.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from simulations import Floats, each_cell, fails, table

from robustaudit.statistics.bounds import intervals
from robustaudit.statistics.calibration import CalibrationErrors, calibration
from robustaudit.statistics.estimates import estimator_of
from robustaudit.statistics.outcomes import ExampleOutcomes, TrialOutcomes, per_example

BINS = 15
ALIKE = 0.8  # the chance that an example of several in a group takes the group's confidence and luck
LARGEST_GROUP = 5
MOST = 0.04  # of the intervals, on one side; bounds of means hold at their level
SLACK = 1e-12
BRIER = 4  # one in so many runs, since bounds of means take longer
MANY = 10**6  # answers, for the true Brier scores
CONFIDENCES = {
    "0.5 to 1": lambda u: 0.5 + 0.5 * u,
    "mostly near 1": lambda u: 1 - 0.5 * u**4,
    "0.96 to 1": lambda u: 1 - 0.04 * u,
}


@dataclass(frozen=True)
class Cell:
    """Examples and draws of each, the gaps before and after, how sure answers are, and how alike."""

    examples: int
    draws: int
    before: float
    after: float
    confidence: str = "0.5 to 1"
    agree: float = 0.0  # the chance that a draw takes its example's confidence and luck
    large_groups: bool = False  # of 1, 2, … 5 examples that are mostly alike, in turn

    @property
    def group(self) -> np.ndarray:
        if not self.large_groups:
            return np.arange(self.examples)
        sizes = np.arange(self.examples) % LARGEST_GROUP + 1
        return np.repeat(np.arange(self.examples), sizes)[: self.examples]

    def sure(self, uniform: Floats) -> Floats:
        return CONFIDENCES[self.confidence](uniform)

    @property
    def brier_change(self) -> float:
        """The mean of (right − confidence)², which of two classes the Brier score is, after less before."""
        sure = self.sure((np.arange(MANY) + 0.5) / MANY)
        scores = [(sure - gap) * (1 - sure + gap) + gap**2 for gap in (self.before, self.after)]
        return float((scores[1] - scores[0]).mean())


@dataclass(frozen=True)
class Run:
    """One simulated audit: confidence and whether it was right, a row for each example, before and after."""

    answers: TrialOutcomes
    found: ExampleOutcomes
    sure: tuple[Floats, Floats]
    right: tuple[np.ndarray, np.ndarray]

    def plain(self, side: int) -> float:
        """The expected calibration error (Guo et al. 2017), which is biased."""
        bins = np.minimum((self.sure[side] * BINS).astype(int), BINS - 1)
        gaps = np.bincount(bins, weights=self.found.weights * (self.right[side] - self.sure[side]))
        return float(np.abs(gaps).sum() / len(self.found.trials))

    def squared(self) -> CalibrationErrors:
        return calibration(self.answers, self.found, intervals=True)

    def rise(self) -> Floats:
        scores = [(right - sure) ** 2 for right, sure in zip(self.right, self.sure, strict=True)]
        return self.found.mean(scores[1] - scores[0])


def simulated(generator: np.random.Generator, cell: Cell) -> Run:
    group = cell.group
    of_group = generator.random((2, cell.examples))[:, group]
    as_group = generator.random(cell.examples) < (ALIKE if cell.large_groups else 0.0)
    once = np.where(as_group, of_group, generator.random((2, cell.examples)))
    place = np.repeat(np.arange(cell.examples), cell.draws)
    as_example = generator.random(len(place)) < cell.agree
    each = np.where(as_example, once[:, place], generator.random((2, len(place))))
    sides = [(cell.sure(uniform), luck) for uniform, luck in (once[:, place], each)]
    gaps = (cell.before, cell.after)
    right = [luck < sure - gap for (sure, luck), gap in zip(sides, gaps, strict=True)]
    answers = TrialOutcomes.of_classes(
        example=place,
        group=group[place],
        label=np.ones(len(place), int),
        clean=right[0].astype(int),
        perturbed=right[1].astype(int),
        clean_confidence=sides[0][0],
        perturbed_confidence=sides[1][0],
    )
    return Run(answers, per_example(answers), (sides[0][0], sides[1][0]), (right[0], right[1]))


def means(generator: np.random.Generator, cell: Cell, runs: int) -> dict[str, list[float]]:
    """The mean plain and squared errors, before and after."""
    made = []
    for _ in range(runs):
        run = simulated(generator, cell)
        squared = run.squared()
        assert squared.clean
        assert squared.perturbed
        made.append([[run.plain(0), run.plain(1)], [squared.clean.value, squared.perturbed.value]])
    plain, error = np.mean(made, axis=0).tolist()
    return {"plain": plain, "squared": error}


def missed(generator: np.random.Generator, cell: Cell, runs: int) -> dict[str, list[float]]:
    """Of each figure in how many of the runs it had no interval, one below and one above the truth."""
    truth = {"clean": cell.before**2, "perturbed": cell.after**2, "increase": cell.after**2 - cell.before**2}
    made: dict[str, list[tuple[float | None, float | None]]] = {name: [] for name in truth}
    bounds = []
    for number in range(runs):
        run = simulated(generator, cell)
        squared = run.squared()
        for name, ends in made.items():
            estimate = getattr(squared, name)
            ends.append((estimate.low, estimate.high))
        if number % BRIER == 0:
            bounds.append(estimator_of(run.found, "group").change(run.rise()).bounds)
    found = {name: shares(ends, truth[name]) for name, ends in made.items()}
    return found | {"Brier": shares(intervals([each for each in bounds if each]), cell.brier_change)}


def shares(found: Sequence[tuple[float | None, float | None]], truth: float) -> list[float]:
    low, high = np.array(found, dtype=float).T
    return [float(those.mean()) for those in (np.isnan(low), high < truth - SLACK, low > truth + SLACK)]


BIAS = [
    Cell(examples, draws, gap, gap)
    for examples, gap, draws in product((100, 1000), (0.0, 0.02, 0.05), (1, 10, 20))
]
INTERVALS = [
    Cell(examples, 10, before, after, confidence, 0.8, large)
    for confidence, large, examples, (before, after) in product(
        CONFIDENCES, (False, True), (50, 100, 300, 1000), ((0.0, 0.0), (0.05, 0.05), (0.1, 0.2))
    )
]


def shown(error: float, decimals: int) -> str:
    """Without a negative zero."""
    return f"{round(error, decimals) + 0.0:.{decimals}f}"


def bias(runs: int) -> None:
    rows = []
    for cell, found in each_cell(f"calibration-bias-{runs}", BIAS, lambda g, cell: means(g, cell, runs)):
        plain, squared = found["plain"], found["squared"]
        rows.append(
            [
                *(f"{cell.examples:,}", cell.draws, f"{cell.before:g}"),
                *(shown(each, 3) for each in (*plain, plain[1] - plain[0])),
                *(shown(each, 4) for each in (cell.before**2, *squared, squared[1] - squared[0])),
            ]
        )
    sides = ("clean", "perturbed", "difference")
    names = [*(f"plain, {side}" for side in sides), "squared, true", *(f"squared, {side}" for side in sides)]
    table(["examples", "draws", "gap", *names], rows)


def tails(runs: int) -> bool:
    """A row has the worst of both sides and all gaps, shares of all runs in per cent. Whether none failed."""
    shapes: dict[tuple[str, bool, int], list[dict[str, list[float]]]] = {}
    for cell, found in each_cell(
        f"calibration-bounds-{runs}", INTERVALS, lambda g, cell: missed(g, cell, runs)
    ):
        shapes.setdefault((cell.confidence, cell.large_groups, cell.examples), []).append(found)
    rows, failed = [], False
    for (confidence, large, examples), cells in shapes.items():
        errors = np.max([found[side] for found in cells for side in ("clean", "perturbed")], axis=0)
        rise, brier = (np.max([found[name] for found in cells], axis=0) for name in ("increase", "Brier"))
        figures = [f"{100 * each:.1f}" for each in (*errors, *rise[1:], *brier[1:])]
        rows.append([confidence, "1 to 5, alike" if large else "1", f"{examples:,}", *figures])
        failed |= fails(round(runs * max(*errors[1:], *rise[1:])), runs, MOST)
        failed |= fails(round(runs / BRIER * max(brier[1:])), runs // BRIER)
    sides = ("too low", "too high", "change, too low", "too high", "Brier, too low", "too high")
    table(["confidence", "examples a group", "examples", "no interval", *sides], rows)
    return not failed


def main(runs: int) -> None:
    bias(runs)
    print()
    sys.exit(not tails(runs))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
