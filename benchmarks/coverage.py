"""How often each bound of the drop is wrong, by simulation: as it is, as it was, and Newcombe's.

    python benchmarks/coverage.py [RUNS]

A cell fails where more than 2.5 % of the lower bounds lie above the true drop, or of the upper ones below it,
with 99.9 % certainty. Cells in which few of many large groups are lost, or these are of another kind than the
small ones, are shown and do not fail.
"""

import sys
from itertools import product
from typing import Any

import numpy as np
from simulations import (
    DEMONSTRATION,
    EVEN,
    FEW,
    FOUR_LARGE,
    GEOMETRIC,
    LARGE,
    LARGE_HARDER,
    LARGE_ONLY,
    LONG_TAIL,
    ONE,
    REVIEWS,
    RUNS,
    TIED,
    TWENTY_LARGE,
    U_SHAPED,
    ZIPF,
    Audits,
    Texts,
    dropping,
    each_cell,
    fails,
    table,
    worst,
)
from tails import DIFFERENCE

from robustaudit.core.arrays import Floats

_DIGITS = 9
LOSSES = (3.0, 4.0, 5.5, 8.0)  # expected, of all texts
CELLS = [
    dropping(groups, draws, accuracy, drop)
    for groups, draws, accuracy, drop in product(
        (20, 50, 200, 1000), (1, 5, 20), (0.5, 0.8, 0.95, 1.0), (0.02, 0.2)
    )
]
FEW_LOSSES = [
    dropping(groups, draws, 1.0, lost / groups)
    for groups, draws, lost in product((20, 50, 200, 1000), (1, 5), LOSSES)
]
CELLS += FEW_LOSSES
CELLS += [  # of a true drop of 0, seldom a large rise, often a small fall
    Texts(groups, draws, accuracy, (1 - accuracy) / accuracy, mended=1.0)
    for groups, draws, accuracy in product((50, 250, 1000), (1, 5, 20), (0.9, 0.98))
]
CELLS += [
    dropping(groups, draws, accuracy, drop, chances=U_SHAPED)
    for groups, draws, accuracy, drop in product((20, 50, 200, 1000), (5, 20), (0.8, 1.0), (0.02, 0.2))
]
CELLS += [
    Texts(groups, draws, accuracy, 0.4, 0.05, sizes, TIED)
    for sizes, groups, draws, accuracy in product((ONE, FEW), (50, 200, 1000), (1, 5), (0.8, 1.0))
]
CELLS += [
    dropping(groups, draws, accuracy, drop, sizes=sizes)
    for sizes, groups, draws, accuracy, drop in product(
        (FEW, LARGE), (20, 50, 200, 1000), (1, 5), (0.8, 1.0), (0.05, 0.2, 0.4)
    )
]
CELLS += [
    dropping(groups, 1, accuracy, drop, sizes=sizes)
    for sizes, groups, accuracy, drop in product(
        (ZIPF, REVIEWS, GEOMETRIC, LONG_TAIL), (50, 200, 1000), (0.8, 1.0), (0.05, 0.2, 0.4)
    )
]
CELLS += [
    dropping(groups, 1, accuracy, drop, sizes=FOUR_LARGE)
    for groups, accuracy, drop in product((100, 200, 400), (0.8, 1.0), (0.05, 0.2, 0.4, 0.5))
]
LIMITS = [  # few of the large groups are lost
    dropping(groups, 1, accuracy, drop, sizes=sizes)
    for sizes, groups, drops in (
        (TWENTY_LARGE, 1000, (0.1, 0.15)),
        (DEMONSTRATION, 1022, (0.05, 0.1, 0.2)),
    )
    for accuracy, drop in product((0.8, 1.0), drops)
]
LIMITS += [  # large groups are another kind
    Texts(groups, 1, 1.0, lost, sizes=sizes, chances=chances)
    for sizes, chances, lost in ((GEOMETRIC, LARGE_ONLY, 0.6), (LONG_TAIL, LARGE_HARDER, 0.9))
    for groups in (50, 200, 1000)
]


def newcombe(audits: Audits) -> tuple[Floats, Floats]:
    """Newcombe's interval (1998, method 10) for paired proportions, which knows no groups, of one draw."""
    of = audits.outcomes
    a, b, c, d = (
        audits.number @ (of.size * ((of.clean == before) & (of.right == after) & (of.changed > 0)))
        for before, after in ((1, 1), (1, 0), (0, 1), (0, 0))
    )
    n = np.maximum(a + b + c + d, 1)
    first, second = (a + b) / n, (a + c) / n
    (low1, high1), (low2, high2) = wilson(first, n), wilson(second, n)
    margins = np.sqrt((a + b) * (c + d) * (a + c) * (b + d))
    product_ = a * d - b * c
    excess = np.where(product_ > 0, np.maximum(product_ - n / 2, 0), product_)
    phi = np.divide(excess, margins, out=np.zeros_like(margins), where=margins > 0)

    def reach(one: Floats, other: Floats) -> Floats:
        return np.sqrt(np.maximum(one**2 - 2 * phi * one * other + other**2, 0))

    below, above = reach(first - low1, high2 - second), reach(high1 - first, second - low2)
    return first - second - below, first - second + above


def wilson(share: Floats, n: Floats) -> tuple[Floats, Floats]:
    z2 = 1.96**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    reach = np.sqrt(z2) * np.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return middle - reach, middle + reach


def study(generator: np.random.Generator, texts: Texts, runs: int) -> dict[str, object]:
    """Of each method in how many runs the lower bound was wrong, and the upper one; and the median widths."""
    audits = Audits.simulated(generator, texts, runs)
    drop = audits.part(audits.outcomes.drop)
    before = drop.before(DIFFERENCE)
    found: dict[str, object] = {
        "drop": drop.truth,
        "after": drop.errors(-1, 1),
        "before": before.errors(drop.truth),
        "wider": drop.width(-1, 1) / before.width(-1, 1),
    }
    if texts.draws == 1:
        low, high = newcombe(audits)
        slack = 1e-12  # a bound that is the truth is not beyond it
        found["Newcombe"] = [
            int((low > drop.truth + slack).sum()),
            int((high < drop.truth - slack).sum()),
        ]
    return found


def kind(texts: Texts) -> tuple[str, str, int]:
    if texts in FEW_LOSSES:
        return texts.sizes, "few losses", texts.groups
    if texts in LIMITS and texts.chances == EVEN:
        return texts.sizes, "few large ones lost", texts.groups
    return texts.sizes, "errors always corrected" if texts.mended == 1 else texts.chances, texts.groups


def main(runs: int) -> None:
    found = each_cell(f"coverage-{runs}", CELLS + LIMITS, lambda g, texts: study(g, texts, runs))
    names = ("examples a group", "chances", "groups", "lower, before", "lower, now", "upper, before")
    names += ("upper, now", "at draws, clean, drop", "Newcombe's", "width to before")
    rows = []
    kinds: dict[tuple[str, str, int], list[tuple[Texts, dict[str, Any]]]] = {}
    for cell in found:
        kinds.setdefault(kind(cell[0]), []).append(cell)
    for (sizes, chances, groups), of in kinds.items():
        texts, at = max(of, key=lambda cell: max(cell[1]["after"]))
        known = [cell["Newcombe"] for _, cell in of if "Newcombe" in cell]
        wider = [cell["wider"] for _, cell in of]
        rows.append(
            (
                sizes,
                chances,
                f"{groups:,}",
                *(
                    worst([cell[when][side] for _, cell in of], runs)
                    for side in (0, 1)
                    for when in ("before", "after")
                ),
                f"{texts.draws}, {texts.accuracy:g}, {round(at['drop'], _DIGITS) + 0:.2g}",
                worst([max(errors) for errors in known], runs) if known else "–",
                f"{min(wider):.2f} to {max(wider):.2f}",
            )
        )
    table(names, rows)
    failed = [(texts, cell) for texts, cell in found if any(fails(errors, runs) for errors in cell["after"])]
    known_limits = [texts for texts, _ in failed if texts in LIMITS]
    print(f"\n{len(found)} cells of {runs:,} runs, {len(failed) - len(known_limits)} failed", end="")
    print(f", and {len(known_limits)} of the {len(LIMITS)} known limits")
    for each in failed:
        print(*each)
    sys.exit(len(failed) > len(known_limits))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
