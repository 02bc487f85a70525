"""How often the 95 % interval of the drop holds the truth, by simulation; and how often a naive one does.

    python benchmarks/coverage.py [RUNS]

Each example has a latent answer that all its draws share: draws are as correlated as they can be.
"""

import sys
from itertools import product

import numpy as np

from robustaudit.engine.statistics import PerExample, drop_interval

GROUPS = (20, 50, 200, 1000)
CLEAN_ACCURACIES = (0.5, 0.8, 0.95, 1.0)
DROPS = (0.0, 0.02, 0.2)
DRAWS = 5
WRONG_MADE_RIGHT = 0.05  # the chance that a perturbation mends a wrong answer


def simulate(generator: np.random.Generator, groups: int, accuracy: float, drop: float) -> PerExample:
    """One run: an example a group, all draws of an example alike."""
    clean = generator.random(groups) < accuracy
    mended = WRONG_MADE_RIGHT if accuracy < 1 else 0.0
    lost = (drop + (1 - accuracy) * mended) / accuracy
    right = generator.random(groups) < np.where(clean, 1 - lost, mended)
    trials = np.full(groups, DRAWS)
    return PerExample(
        np.arange(groups), trials, clean.astype(float), right.astype(float), (clean != right).astype(float)
    )


def naive_interval(examples: PerExample) -> tuple[float, float]:
    """The Wald interval that takes every trial as independent."""
    drops = np.repeat(examples.drop, examples.trials)
    reach = 1.96 * drops.std() / np.sqrt(len(drops))
    return drops.mean() - reach, drops.mean() + reach


def main(runs: int) -> None:
    generator = np.random.default_rng(0)
    print(f"{'groups':>6} {'clean':>6} {'drop':>5} {'coverage':>9} {'naive':>6} {'median width':>13}")
    lowest = 1.0
    for groups, accuracy, drop in product(GROUPS, CLEAN_ACCURACIES, DROPS):
        samples = [simulate(generator, groups, accuracy, drop) for _ in range(runs)]
        ours = np.array([drop_interval(sample) for sample in samples])
        naive = np.array([naive_interval(sample) for sample in samples])
        covered, naively = (np.mean((low <= drop) & (drop <= high)) for low, high in (ours.T, naive.T))
        lowest = min(lowest, float(covered))
        width = np.median(ours[:, 1] - ours[:, 0])
        print(f"{groups:6} {accuracy:6.2f} {drop:5.2f} {covered:9.3f} {naively:6.3f} {width:13.3f}")
    cells = len(GROUPS) * len(CLEAN_ACCURACIES) * len(DROPS)
    print(f"lowest coverage {lowest:.3f} in {cells} cells of {runs} runs")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
