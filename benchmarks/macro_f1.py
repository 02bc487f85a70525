"""How often each bound of the 95 % interval of macro F1 is wrong, by simulation; and how often it was before.

    python benchmarks/macro_f1.py [RUNS]

A wrong answer is any other class. What is true is macro F1 over the classes that a run has texts of. A tail
of a cell fails where more than 2.5 % of its bounds are wrong, with 99.9 % certainty.
"""

import sys
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from simulations import each_cell, fails, finish, table

from robustaudit.core.arrays import Floats, Integers
from robustaudit.statistics.f1 import macro_f1
from robustaudit.statistics.intervals import LEVEL
from robustaudit.statistics.outcomes import TrialOutcomes, per_example

SHARES = {
    "50:50": (1, 1),
    "95:5": (95, 5),
    "90:8:2": (90, 8, 2),
    "97:1:1:1": (97, 1, 1, 1),
    "ten alike": (1,) * 10,
    "thirty alike": (1,) * 30,
}
SHAPES = {"1": (1, False), "5": (5, False), "5, 1 to 5 alike": (5, True)}
ALIKE, LARGEST_GROUP = 0.8, 5  # how often texts of a group take its answer for their own; groups of 1, 2, … 5
WRONG_IN_RARE, RIGHT_IN_RARE = "0.85, rare class wrong", "0.85, rare class right"
OTHERS = {"0.98, others 0.5": 0.5, "0.85, others 0.2": 0.2}  # than the first class
COMMON, RIGHT, ALWAYS, UNLIKE = (
    ("0.85", "0.5"),
    ("0.98", RIGHT_IN_RARE),
    ("1", WRONG_IN_RARE),
    tuple(OTHERS),
)


@dataclass(frozen=True)
class Cell:
    """What is true of the runs; each has two sets of predictions for the same labels, of either accuracy."""

    shares: str
    shape: str
    examples: int
    accuracies: tuple[str, ...]

    @property
    def share(self) -> Floats:
        counts = np.array(SHARES[self.shares], dtype=float)
        return counts / counts.sum()

    def right(self, which: int) -> Floats:
        """Of each class how often it is right; the last is the rare one."""
        name = self.accuracies[which]
        right = np.full(len(self.share), float(name.split(",")[0]))
        if name in (WRONG_IN_RARE, RIGHT_IN_RARE):
            right[-1] = float(name == RIGHT_IN_RARE)
        right[1:] = OTHERS.get(name, right[1:])
        return right

    def scores(self, which: int) -> Floats:
        """The true F1 of each class."""
        hits, wrong = self.share * self.right(which), self.share * (1 - self.right(which))
        named = hits + (wrong.sum() - wrong) / (len(wrong) - 1)
        return 2 * hits / (self.share + named)


def simulate(generator: np.random.Generator, cell: Cell) -> TrialOutcomes:
    """A run; texts of one group are of one class, and take its answer for their own as often as is alike."""
    draws, correlated = SHAPES[cell.shape]
    sizes = np.arange(cell.examples) % LARGEST_GROUP + 1 if correlated else np.ones(cell.examples, int)
    group = np.repeat(np.arange(cell.examples), sizes)[: cell.examples]
    classes, number = len(cell.share), cell.examples * draws
    example = np.repeat(np.arange(cell.examples), draws)
    label = generator.choice(classes, cell.examples, p=cell.share)[group][example]
    own = generator.random(number) >= (ALIKE if correlated else 0.0)
    place = np.where(own, np.arange(number), number + group[example])

    def predicted(which: int) -> Integers:
        luck = generator.random(2 * number)[place]
        other = (label + generator.integers(1, classes, 2 * number)[place]) % classes
        return np.where(luck < cell.right(which)[label], label, other)

    return TrialOutcomes.of_classes(
        example=example,
        group=group[example],
        label=label,
        clean=predicted(0),
        perturbed=predicted(1),
    )


def before(answers: TrialOutcomes, predicted: Integers) -> tuple[float, float]:
    """Linearised, with Student's t, and two groups added of which all is right, two of which nothing is."""
    found = per_example(answers)
    group = found.group[found.place]
    number, classes = found.groups, np.unique(answers.label)

    def of(chosen: NDArray[np.bool_]) -> Floats:
        return np.bincount(group, found.weights * chosen, number)

    truly = np.stack([of(answers.label == c) for c in classes])
    named = np.stack([of(predicted == c) for c in classes])
    hits = np.stack([of((predicted == c) & (answers.label == c)) for c in classes])
    sizes = truly.sum(axis=0)
    usual = truly.sum(axis=1) / sizes.sum() * (sizes**2).sum() / sizes.sum()
    either = usual + (usual.sum() - usual) / max(len(classes) - 1, 1)
    tops = np.column_stack([2 * hits, 2 * usual, 2 * usual, 0 * usual, 0 * usual])
    bottoms = np.column_stack([named + truly, 2 * usual, 2 * usual, either, either])
    ratios, number = tops.sum(axis=1) / bottoms.sum(axis=1), number + 4
    residuals = ((tops - ratios[:, None] * bottoms) / bottoms.sum(axis=1)[:, None]).mean(axis=0)
    error = np.sqrt((residuals**2).sum() * number / (number - 1))
    reach = stats.t.ppf(1 - LEVEL, number - 1) * error
    return max(ratios.mean() - reach, 0), min(ratios.mean() + reach, 1)


def study(generator: np.random.Generator, cell: Cell, runs: int) -> dict[str, list[float]]:
    """For either accuracy how often each bound was wrong, and the median width: before, and now."""
    ends = np.empty((runs, 2, 5))
    for run in range(runs):
        answers = simulate(generator, cell)
        present = np.unique(answers.label)
        found = macro_f1(answers, per_example(answers), intervals=True)
        for which, (now, predicted) in enumerate(
            ((found.clean, answers.clean), (found.perturbed, answers.perturbed))
        ):
            true = cell.scores(which)[present].mean()
            ends[run, which] = (true, *before(answers, predicted), now.low, now.high)
    counted = {}
    for which, name in enumerate(cell.accuracies):
        true, *both = ends[:, which].T
        slack = 1e-9  # a bound that is the truth holds it
        counted[name] = [
            float(each)
            for low, high in (both[:2], both[2:])
            for each in ((low > true + slack).sum(), (high < true - slack).sum(), np.median(high - low))
        ]
    return counted


CELLS = [
    Cell(shares, shape, examples, accuracies)
    for shares, shape, examples, several in (
        ("50:50", "1", 100, (COMMON, ALWAYS)),
        ("95:5", "1", 100, (COMMON, RIGHT, UNLIKE)),
        ("90:8:2", "1", 50, (COMMON,)),
        ("90:8:2", "1", 100, (COMMON, RIGHT, ALWAYS, UNLIKE)),
        ("90:8:2", "1", 500, (COMMON,)),
        ("90:8:2", "5", 100, (COMMON,)),
        ("90:8:2", "5, 1 to 5 alike", 100, (COMMON, UNLIKE)),
        ("97:1:1:1", "1", 100, (COMMON, UNLIKE)),
        ("ten alike", "1", 50, (COMMON,)),
        ("thirty alike", "1", 150, (COMMON,)),
    )
    for accuracies in several
]


def main(runs: int) -> None:
    found = each_cell(f"macro-f1-{runs}", CELLS, lambda generator, cell: study(generator, cell, runs))
    each = [(cell, name, counts) for cell, counted in found for name, counts in counted.items()]
    table(
        (
            "classes",
            "draws",
            "texts",
            "right",
            "lower wrong, %",
            "upper wrong, %",
            "lower, before",
            "upper, before",
            "median width",
            "width before",
        ),
        [
            (
                cell.shares,
                cell.shape,
                f"{cell.examples:,}",
                name,
                *(f"{100 * counts[tail] / runs:.1f}" for tail in (3, 4, 0, 1)),
                *(f"{counts[width]:.2f}" for width in (5, 2)),
            )
            for cell, name, counts in each
        ],
    )
    failed = [
        (cell, name, counts) for cell, name, counts in each if any(fails(int(e), runs) for e in counts[3:5])
    ]
    finish(len(each), failed, runs)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
