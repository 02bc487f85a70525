"""How often each bound of macro F1 is wrong where classes are rare, by simulation.

    python benchmarks/f1.py [RUNS]

Through the engine's own code. A cell fails where more than 2.5 % of the lower bounds lie above the truth, or
of the upper ones below it, with 99.9 % certainty. The truth is the mean over the classes that a sample has.
"""

import sys
from dataclasses import dataclass

import numpy as np
from simulations import RUNS, each_cell, fails, table

from robustaudit.engine.answers import Answers, per_example
from robustaudit.engine.f1 import macro_f1
from robustaudit.engine.statistics import Floats

GROUPS = 100


@dataclass(frozen=True)
class Classes:
    """A cell: the shares of the classes, and how often the model is right, on each class alike."""

    shares: tuple[float, ...]
    accuracy: float

    @property
    def chances(self) -> Floats:
        """Of each true class (rows) and each predicted one."""
        number = len(self.shares)
        confused = np.full((number, number), (1 - self.accuracy) / (number - 1))
        np.fill_diagonal(confused, self.accuracy)
        chances: Floats = np.array(self.shares)[:, None] * confused
        return chances

    @property
    def scores(self) -> Floats:
        """The F1 of each class."""
        scores: Floats = 2 * self.chances.diagonal() / (self.chances.sum(axis=0) + self.chances.sum(axis=1))
        return scores


CELLS = [
    Classes(shares, accuracy)
    for shares, accuracy in [
        ((0.5, 0.5), 0.85),
        ((0.95, 0.05), 0.85),
        ((0.9, 0.08, 0.02), 0.85),
        ((0.9, 0.08, 0.02), 0.97),
    ]
]


def answered(label: np.ndarray, predicted: np.ndarray) -> Answers:
    """A group for each example, with one draw of which nothing but the classes matters."""
    place, nothing = np.arange(len(label)), np.zeros(len(label))
    return Answers(
        example=place,
        group=place,
        label=label,
        changed=np.ones(len(label), bool),
        clean=predicted,
        perturbed=predicted,
        clean_probability=nothing,
        perturbed_probability=nothing,
        clean_confidence=nothing,
        perturbed_confidence=nothing,
        edit_share=nothing,
        character_share=nothing,
        again=np.full(len(label), -1),
        own=np.zeros(len(label), bool),
    )


def study(generator: np.random.Generator, classes: Classes, runs: int) -> dict[str, object]:
    chances = classes.chances
    number = generator.multinomial(GROUPS, chances.ravel(), runs)
    kinds, counts = np.unique(number, axis=0, return_counts=True)
    truly, named = (each.ravel() for each in np.indices(chances.shape))
    errors, widths = [0, 0], []
    for kind, times in zip(kinds, counts.tolist(), strict=True):
        answers = answered(np.repeat(truly, kind), np.repeat(named, kind))
        found = macro_f1(answers, per_example(answers), intervals=True).clean
        truth = float(classes.scores[np.unique(answers.label)].mean())
        errors[0] += times * (found.low > truth)
        errors[1] += times * (found.high < truth)
        widths.append(found.high - found.low)
    return {"errors": errors, "width": float(np.median(widths))}


def main(runs: int) -> None:
    found = each_cell(f"f1-{runs}", CELLS, lambda g, classes: study(g, classes, runs))
    rows = [
        (
            ", ".join(f"{share:g}" for share in classes.shares),
            f"{classes.accuracy:g}",
            *(f"{100 * errors / runs:.1f}" for errors in cell["errors"]),
            f"{cell['width']:.2f}",
        )
        for classes, cell in found
    ]
    table(("shares of the classes", "right", "lower", "upper", "median width"), rows)
    failed = [(classes, cell) for classes, cell in found if any(fails(e, runs) for e in cell["errors"])]
    print(f"\n{len(found)} cells of {runs:,} samples of {GROUPS}, {len(failed)} failed")
    for each in failed:
        print(*each)
    sys.exit(bool(failed))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
