"""How often the 95 % interval of the drop holds the truth, by simulation; and how often a naive one does.

    python benchmarks/coverage.py [RUNS]

A cell fails where the bound above its simulated coverage (99.9 %) lies under 94 %; or where, of 200 groups or
more with one example and one draw each, the median width is above 1.5 times that of Newcombe's interval.
With four large groups among 200 less is promised: those cells are shown, and do not fail.
"""

import sys
from itertools import groupby, product

import numpy as np
from simulations import LARGE_GROUP, Floats, Sample, Truth, bounds, each_cell, simulate

from robustaudit.engine.statistics import DIFFERENCE, Grouped, adjusted

LEAST, WIDEST = 0.94, 1.5
MANY = 200  # groups, from which on the width is looked at
AT_ONCE = 2_000_000  # examples in memory
CELLS = [
    Truth(groups, draws, accuracy, drop, correlated)
    for correlated, groups, draws, accuracy, drop in product(
        (False, True), (20, 50, 200, 1000), (1, 5, 20), (0.5, 0.8, 0.95, 1.0), (0.0, 0.02, 0.2)
    )
]
CELLS += [
    Truth(groups, draws, accuracy, drop, correlated=True, large_every=20)
    for groups, draws, accuracy, drop in product(
        (20, 50, 200, 1000), (1, 5), (0.5, 0.8, 0.95, 1.0), (0.0, 0.02, 0.2)
    )
]
BEYOND = 50  # one large group in so many
CELLS += [
    Truth(200, draws, accuracy, drop, correlated=True, large_every=BEYOND)
    for draws, accuracy, drop in product((1, 5), (0.5, 0.8, 0.95, 1.0), (0.0, 0.02, 0.2, 0.4))
]


def ours(sample: Sample) -> tuple[Floats, Floats]:
    sums = sample.by_group(sample.drops)
    sizes = np.broadcast_to(sample.sizes.astype(float), sums.shape)
    low, high = adjusted(Grouped(sums, sizes), DIFFERENCE).bounds()
    return np.maximum(low, -1), np.minimum(high, 1)


def naive(sample: Sample) -> tuple[Floats, Floats]:
    """The Wald interval that takes every trial as independent."""
    number = sample.clean.shape[1] * sample.draws
    wrong = sample.draws - sample.right
    lost = (wrong * sample.clean).sum(axis=1) / number
    won = (sample.right * ~sample.clean).sum(axis=1) / number
    reach = 1.96 * np.sqrt((lost + won - (lost - won) ** 2) / number)
    return lost - won - reach, lost - won + reach


def newcombe(sample: Sample) -> tuple[Floats, Floats]:
    """Newcombe's interval (1998, method 10) for paired proportions, of one draw an example."""
    n = sample.clean.shape[1]
    right = sample.right.astype(bool)
    a, b = (sample.clean & right).sum(axis=1), (sample.clean & ~right).sum(axis=1)
    c = (~sample.clean & right).sum(axis=1)
    d = n - a - b - c
    first, second = (a + b) / n, (a + c) / n
    (low1, high1), (low2, high2) = wilson(first, n), wilson(second, n)
    margins = np.sqrt((a + b).astype(float) * (c + d) * (a + c) * (b + d))
    product_ = a.astype(float) * d - b.astype(float) * c
    excess = np.where(product_ > 0, np.maximum(product_ - n / 2, 0), product_)
    phi = np.divide(excess, margins, out=np.zeros_like(margins), where=margins > 0)

    def reach(one: Floats, other: Floats) -> Floats:
        return np.sqrt(np.maximum(one**2 - 2 * phi * one * other + other**2, 0))

    below, above = reach(first - low1, high2 - second), reach(high1 - first, second - low2)
    return first - second - below, first - second + above


def wilson(share: Floats, n: int) -> tuple[Floats, Floats]:
    z2 = 1.96**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    reach = np.sqrt(z2) * np.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return middle - reach, middle + reach


def study(generator: np.random.Generator, truth: Truth, runs: int) -> dict[str, float]:
    """Both coverages and the median widths in one cell."""
    comparable = truth.draws == 1 and not truth.correlated
    methods = {"ours": ours, "naive": naive} | ({"newcombe": newcombe} if comparable else {})
    intervals: dict[str, list[Floats]] = {name: [] for name in methods}
    at_once = max(1, AT_ONCE // int(truth.sizes.sum()))
    for start in range(0, runs, at_once):
        sample = simulate(generator, truth, min(at_once, runs - start))
        for name, method in methods.items():
            intervals[name].append(np.stack(method(sample)))
    found = {}
    for name, parts in intervals.items():
        low, high = np.concatenate(parts, axis=1)
        slack = 1e-12  # a bound that is the truth holds it
        found[name] = int(((low <= truth.drop + slack) & (truth.drop <= high + slack)).sum())
        found[f"{name} width"] = float(np.median(high - low))
    return found


def fails(truth: Truth, found: dict[str, float], runs: int) -> bool:
    if truth.large_every == BEYOND:
        return False
    if bounds(int(found["ours"]), runs)[1] < LEAST:
        return True
    if "newcombe width" not in found or truth.groups < MANY:
        return False
    return found["ours width"] > WIDEST * found["newcombe width"]


def shape_of(truth: Truth) -> str:
    if truth.large_every:
        return f"1, every {truth.large_every}th {LARGE_GROUP}, alike"
    return "1 to 5, alike" if truth.correlated else "1"


def main(runs: int) -> None:
    found = each_cell(f"coverage-{runs}", CELLS, lambda generator, truth: study(generator, truth, runs))
    names = (
        "groups",
        "draws",
        "examples a group",
        "lowest coverage",
        "at clean, drop",
        "naive, lowest",
        "widest",
        "width to Newcombe's",
    )
    print("|" + "|".join(f" {name} " for name in names) + "|\n" + "|---" * len(names) + "|")
    for (shape, groups, draws), cells in groupby(
        found, key=lambda cell: (shape_of(cell[0]), cell[0].groups, cell[0].draws)
    ):
        of = list(cells)
        truth, least = min(of, key=lambda cell: cell[1]["ours"])
        ratios = [f["ours width"] / f["newcombe width"] for _, f in of if "newcombe width" in f]
        columns = (
            f"{groups:,}",
            str(draws),
            shape,
            f"{least['ours'] / runs:.3f}",
            f"{truth.accuracy:g}, {truth.drop:g}",
            f"{min(cell['naive'] for _, cell in of) / runs:.3f}",
            f"{max(cell['ours width'] for _, cell in of):.2f}",
            f"{max(ratios):.2f}" if ratios else "–",
        )
        print("| " + " | ".join(columns) + " |")
    failed = [truth for truth, cell in found if fails(truth, cell, runs)]
    print(f"\n{len(found)} cells of {runs:,} runs, {len(failed)} failed")
    for truth in failed:
        print(truth, dict(found)[truth])
    sys.exit(bool(failed))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
