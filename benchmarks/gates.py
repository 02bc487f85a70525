"""How often the gate is wrong of a figure that lies on its threshold, for each kind of rule, by simulation.

    python benchmarks/gates.py [RUNS]

A cell fails where more than 2.5 % of its audits show "failed", or more than 2.5 % "passed", with 99.9 %
certainty: on the threshold itself neither is to be seen oftener.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import groupby, product

import numpy as np
from simulations import (
    FEW,
    ONE,
    REVIEWS,
    RUNS,
    Audits,
    Texts,
    dropping,
    each_cell,
    fails,
    finish,
    table,
    worst,
)
from tails import DIFFERENCE, SHARE, Before, Engine, Part

from robustaudit.core.arrays import Floats
from robustaudit.statistics.bounds import difference_of_means
from robustaudit.statistics.estimates import UnresolvedEstimate, estimator_of, worst_of
from robustaudit.statistics.intervals import LEVEL
from robustaudit.statistics.outcomes import ExampleOutcomes

EITHER = (1.0, 0.0)  # groups added before to each side of two that are independent
WORST_OF = 3

Figured = Callable[[ExampleOutcomes], UnresolvedEstimate]
"""The figure that a rule reads."""


@dataclass(frozen=True)
class Rule:
    """A cell: a rule, and what is true of the texts; the threshold is the true figure."""

    name: str
    texts: Texts


@dataclass(frozen=True)
class Found:
    """In how many audits a figure on the threshold was shown above it, and below it; and the threshold."""

    threshold: float
    before: tuple[int, int]
    after: tuple[int, int]


def share(audits: Audits, values: Floats, figure: Figured) -> Found:
    part = audits.part(values)
    return Found(
        part.truth, part.before(SHARE).errors(part.truth), part.errors(0, 1, bounds_of(audits, figure))
    )


def difference(audits: Audits) -> Found:
    part = audits.part(audits.outcomes.drop)
    engine = bounds_of(audits, lambda found: estimator_of(found, "group").drop())
    return Found(part.truth, part.before(DIFFERENCE).errors(part.truth), part.errors(-1, 1, engine))


def relative(audits: Audits) -> Found:
    """The share after / (before + after) is above its own true value where the relative drop is below."""
    of = audits.outcomes
    part = audits.part(of.perturbed, bottoms=of.perturbed + of.clean)
    fall = bounds_of(audits, lambda found: estimator_of(found, "group").relative_drop())
    threshold = 1 - part.truth / (1 - part.truth)
    below, above = part.errors(0, 1, lambda run: fall(run).of)
    return Found(threshold, fieller(audits, 1 - threshold), (above, below))


def bounds_of(audits: Audits, figure: Figured) -> Engine:
    """The bounds that the gate asks."""
    return lambda run: figure(audits.examples(run)).bounds


def fieller(audits: Audits, ratio: float) -> tuple[int, int]:
    """Of the interval of before (Fieller 1954): 1 − its ends bound the relative drop."""
    of = audits.outcomes
    clean = Before.of(audits.part(of.clean), (1.0, 0.0))
    perturbed = Before.of(audits.part(of.perturbed), (0.0, 1.0))
    both = Before.of(audits.part(of.drop), DIFFERENCE)
    t2 = (both.reach / both.error) ** 2
    covariance = (clean.error**2 + perturbed.error**2 - both.error**2) / 2
    a = clean.mean**2 - t2 * clean.error**2
    b = perturbed.mean * clean.mean - t2 * covariance
    reach = np.sqrt(np.maximum(b * b - a * (perturbed.mean**2 - t2 * perturbed.error**2), 0))
    low, high = (b - reach) / a, (b + reach) / a
    return int(((high < ratio) & (a > 0)).sum()), int(((low > ratio) & (a > 0)).sum())


def unpaired(generator: np.random.Generator, texts: Texts, runs: int) -> Found:
    """A baseline on other texts, and a run that fell from it."""
    sides = []
    for of in (Texts(texts.groups, 1, texts.accuracy, 0.0, sizes=texts.sizes), texts):
        audits = Audits.simulated(generator, of, runs)
        sides.append(audits.part(audits.outcomes.perturbed))
    first, second = sides
    fall = first.truth - second.truth
    means = [np.asarray(side.number @ side.sums / (side.number @ side.sizes)) for side in sides]
    reach = {
        (side, end): np.abs(ends(sides[side], float(end)) - means[side])
        for side, end in product((0, 1), (0, 1))
    }
    lower = means[0] - means[1] - np.hypot(reach[0, 0], reach[1, 1])
    upper = means[0] - means[1] + np.hypot(reach[0, 1], reach[1, 0])
    bounds = difference_of_means(first.groups(0), second.groups(0), 0.0, 1.0)
    np.testing.assert_allclose([lower[0], upper[0]], [bounds.lower(), bounds.upper()], atol=1e-5)
    old = [Before.of(side, EITHER) for side in sides]
    error = np.hypot(old[0].error, old[1].error)
    before = Before(
        old[0].mean - old[1].mean, error, np.minimum(old[0].degrees_of_freedom, old[1].degrees_of_freedom)
    )
    return Found(fall, before.errors(fall), (int((lower > fall).sum()), int((upper < fall).sum())))


def ends(part: Part, end: float) -> Floats:
    """Of each run the bound with a group at that end, at 2.5 %; runs alike are computed once."""
    number, back = np.unique(part.number, axis=0, return_inverse=True)
    alike = Part(part.sums, part.sizes, part.examples, number, part.truth)
    return alike.ends(end, 1 - LEVEL if end else LEVEL, len(number))[back]


SIMULATED: Mapping[str, Callable[[Audits], Found]] = {
    "max_drop": difference,
    "min_accuracy": lambda audits: share(
        audits,
        audits.outcomes.perturbed,
        lambda found: estimator_of(found, "group").share(found.perturbed),
    ),
    "max_flip_rate": lambda audits: share(
        audits, audits.outcomes.flipped, lambda found: estimator_of(found, "group").share(found.flipped)
    ),
    "max_relative_drop": relative,
    "min_worst_of_k": lambda audits: share(
        audits, audits.outcomes.worst(WORST_OF), lambda found: worst_of(WORST_OF, found, "group")
    ),
    "max_regression, same trials": difference,  # the baseline in place of the clean text
}
UNPAIRED = "max_regression, other trials"
CELLS = [
    Rule(name, dropping(groups, draws, accuracy, drop, sizes=sizes))
    for name, sizes, (groups, drop), accuracy in product(
        SIMULATED, (ONE, FEW, REVIEWS), ((100, 0.05), (200, 0.022), (200, 0.2)), (0.8, 1.0)
    )
    for draws in ((5,) if name == "min_worst_of_k" else (1,) if "regression" in name else (1, 5))
]
CELLS += [
    Rule(UNPAIRED, dropping(groups, 1, accuracy, drop))
    for (groups, drop), accuracy in product(((100, 0.05), (200, 0.022), (200, 0.2)), (0.8, 1.0))
]


def study(generator: np.random.Generator, rule: Rule, runs: int) -> dict[str, object]:
    if rule.name == UNPAIRED:
        found = unpaired(generator, rule.texts, runs)
    else:
        found = SIMULATED[rule.name](Audits.simulated(generator, rule.texts, runs))
    sides = ("above", "below") if rule.name.startswith("max") else ("below", "above")
    of = dict(zip(("failed", "passed"), sides, strict=True))
    place = {"above": 0, "below": 1}
    return {"threshold": found.threshold} | {
        f"{verdict}, {when}": getattr(found, when)[place[side]]
        for verdict, side in of.items()
        for when in ("before", "after")
    }


def main(runs: int) -> None:
    found = each_cell(f"gates-{runs}", CELLS, lambda g, rule: study(g, rule, runs))
    columns = [f"{verdict}, {when}" for verdict in ("failed", "passed") for when in ("before", "after")]
    rows = []
    for (name, sizes), cells in groupby(found, key=lambda cell: (cell[0].name, cell[0].texts.sizes)):
        of = list(cells)
        rule, at = max(of, key=lambda cell: max(cell[1][column] for column in columns if "after" in column))
        rows.append(
            (
                f"`{name.split(',')[0]}`{name[len(name.split(',')[0]) :]}",
                sizes,
                *(worst([cell[column] for _, cell in of], runs) for column in columns),
                f"{rule.texts.groups}, {rule.texts.draws}, {rule.texts.accuracy:g}, {at['threshold']:.3g}",
            )
        )
    titles = ("failed, before", "failed, now", "passed, before", "passed, now")
    table(("rule", "examples per group", *titles, "worst at groups, draws, clean accuracy, threshold"), rows)
    failed = [
        (rule, cell)
        for rule, cell in found
        if any(fails(cell[column], runs) for column in columns if "after" in column)
    ]
    finish(len(found), failed, runs, of="audits")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
