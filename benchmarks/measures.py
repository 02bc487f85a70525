"""How often the 95 % intervals of all measures hold the truth, by simulation.

    python benchmarks/measures.py [RUNS]

The truth of a cell is what the same measures are over very many groups. A measure fails in a cell where the
bound above its simulated coverage (99.9 %) lies under 94 %.
"""

import sys
from itertools import product

import numpy as np
from simulations import Sample, Truth, bounds, each_cell, simulate

from robustaudit.engine.answers import Answers
from robustaudit.engine.figures import settled
from robustaudit.engine.measures import Estimate
from robustaudit.engine.measuring import measure, worst_of_k

LEAST = 0.94
MANY = 50_000  # groups, for the truth
CELLS = [
    Truth(groups, draws, accuracy, drop, correlated)
    for correlated, groups, draws, accuracy, drop in product(
        (False, True), (20, 200), (5,), (0.8, 0.95, 1.0), (0.02, 0.2)
    )
]


def answered(generator: np.random.Generator, sample: Sample) -> Answers:
    """One simulated run as a model's answers, of two classes, with probabilities that say right or wrong."""
    number, draws = sample.clean.shape[1], sample.draws
    example = np.repeat(np.arange(number), draws)
    group = np.repeat(np.arange(len(sample.sizes)), sample.sizes)[example]
    label = generator.integers(0, 2, number)[example]
    clean_right = sample.clean[0][example]
    right = np.tile(np.arange(draws), number) < sample.right[0][example]
    of_label = [
        np.where(those, 1 + sure, 1 - sure) / 2
        for those, sure in (
            (clean_right, generator.random(number)[example]),
            (right, generator.random(len(example))),
        )
    ]
    return Answers(
        example=example,
        group=group,
        label=label,
        changed=np.ones(len(example), bool),
        clean=np.where(clean_right, label, 1 - label),
        perturbed=np.where(right, label, 1 - label),
        clean_probability=of_label[0],
        perturbed_probability=of_label[1],
        clean_confidence=np.maximum(of_label[0], 1 - of_label[0]),
        perturbed_confidence=np.maximum(of_label[1], 1 - of_label[1]),
        edit_share=np.zeros(len(example)),
        character_share=np.zeros(len(example)),
        again=np.full(len(example), -1),
        own=np.zeros(len(example), bool),
    )


def estimates(answers: Answers) -> dict[str, Estimate]:
    measures = settled(measure(answers, "group"))
    found = {name: getattr(measures, name) for name in measures.__slots__}
    found |= {f"worst of {worst.k}": worst.accuracy for worst in settled(worst_of_k(answers, "group"))}
    return {name: estimate for name, estimate in found.items() if estimate is not None}


def study(generator: np.random.Generator, truth: Truth, runs: int) -> dict[str, list[int]]:
    """Of each measure, in how many runs its interval held the truth, and in how many it had one."""
    many = Truth(MANY, truth.draws, truth.accuracy, truth.drop, truth.correlated)
    true = estimates(answered(generator, simulate(generator, many, 1)))
    found: dict[str, list[int]] = {}
    for _ in range(runs):
        for name, estimate in estimates(answered(generator, simulate(generator, truth, 1))).items():
            if estimate.low is not None and estimate.high is not None:
                counts = found.setdefault(name, [0, 0])
                slack = 1e-3 if true[name].value in (0.0, 1.0) else 0.0
                counts[0] += int(estimate.low - slack <= true[name].value <= estimate.high + slack)
                counts[1] += 1
    return found


def main(runs: int) -> None:
    found = each_cell(f"measures-{runs}", CELLS, lambda generator, truth: study(generator, truth, runs))
    names = list(dict.fromkeys(name for _, cell in found for name in cell))
    columns = "measure | lowest coverage | groups | draws | examples a group | clean | drop | no interval"
    print(f"| {columns} |\n" + "|---" * 8 + "|")
    failed = []
    for name in names:
        cells = [(truth, *cell[name]) for truth, cell in found if name in cell]
        truth, held, had = min(cells, key=lambda cell: cell[1] / cell[2])
        without = 1 - sum(had for _, _, had in cells) / (runs * len(cells))
        shape = "1 to 5, alike" if truth.correlated else "1"
        print(
            f"| {name.replace('_', ' ')} | {held / had:.3f} | {truth.groups} | {truth.draws} | {shape} "
            f"| {truth.accuracy:g} | {truth.drop:g} | {without:.1%} |"
        )
        failed += [(name, truth, held / had) for truth, held, had in cells if bounds(held, had)[1] < LEAST]
    print(f"\n{len(found)} cells of {runs:,} runs, {len(failed)} failed")
    for each in failed:
        print(*each)
    sys.exit(bool(failed))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
