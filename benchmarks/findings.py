"""How often a run has a finding that is wrong, of whatever kind: at most 5 % of runs should.

Two models under two attacks, the fewest tests of any run that has all kinds. Outcomes of the examples of a
group are alike with a chance, across classes, attacks and models, where their chances allow.

    python benchmarks/findings.py [RUNS]
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats
from simulations import each_cell, fails, finish, table

from robustaudit.core.arrays import Floats, Integers
from robustaudit.runs.finding_tests import find_unresolved
from robustaudit.runs.findings import ALPHA, SMALL_DROP, Finding
from robustaudit.runs.outcome_counts import ByDraw
from robustaudit.statistics.estimates import estimator_of
from robustaudit.statistics.intervals import LEVEL, holm
from robustaudit.statistics.outcomes import TrialOutcomes, per_example

RUNS = 1_000
MODELS, ATTACKS = ("first", "second"), ("one", "two")
SINGLE, REVIEWS, MIXED = "1", "12, 8, 6, 5, … 1", "1 to 5"
_ALIKE = 0.5  # the chance that an example goes with its group


@dataclass(frozen=True)
class Truth:
    """A cell: examples in groups, the share of each class, and its true drop with either model.

    Of correct predictions a draw makes so many wrong that the drop is as stated, where it corrects `mended`
    of the wrong ones. `accuracy` is the clean accuracy of every class.
    """

    title: str
    examples: int
    shares: tuple[float, ...]
    drops: tuple[tuple[float, ...], tuple[float, ...]]
    accuracy: float = 0.8
    mended: float = 0.3
    sizes: str = SINGLE
    draws: int = 1

    def lost(self, model: int) -> Floats:
        """The chance of each class that a draw makes a correct prediction wrong."""
        wrong = (1 - self.accuracy) * self.mended
        lost: Floats = (np.array(self.drops[model]) + wrong) / self.accuracy
        assert ((lost >= 0) & (lost <= 1)).all()
        return lost

    def drop(self, model: int, label: int | None = None) -> float:
        """The true drop of a class, or of all examples."""
        drops = self.drops[model]
        return float(np.dot(self.shares, drops)) if label is None else drops[label]

    def others(self, model: int, label: int) -> float:
        """The true drop of all classes but one."""
        rest = np.array([share for place, share in enumerate(self.shares) if place != label])
        drops = [drop for place, drop in enumerate(self.drops[model]) if place != label]
        return float(np.dot(rest / rest.sum(), drops))


def _none(*classes: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return classes, classes


EVEN, RARE, THREE = (0.5, 0.5), (0.1, 0.9), (0.5, 0.3, 0.2)
CELLS = [
    Truth("no drop", 100, EVEN, _none(0, 0)),
    Truth("no drop", 400, EVEN, _none(0, 0)),
    Truth("no drop", 400, EVEN, _none(0, 0), sizes=REVIEWS),
    Truth("no drop", 400, EVEN, _none(0, 0), sizes=MIXED, draws=5),
    Truth("no drop, a rare class", 400, RARE, _none(0, 0)),
    Truth("no drop, a rare class", 400, RARE, _none(0, 0), sizes=MIXED),
    Truth("no drop, errors always corrected", 250, EVEN, _none(0, 0), accuracy=0.98, mended=1.0),
    Truth("no drop, errors always corrected", 400, RARE, _none(0, 0), accuracy=0.95, mended=1.0),
    Truth("no drop, three classes", 400, THREE, _none(0, 0, 0)),
    Truth("the same drop of both classes", 400, EVEN, _none(0.1, 0.1), sizes=MIXED),
    Truth("the same drop, a rare class", 400, RARE, _none(0.1, 0.1)),
    Truth("a drop at the limit of small ones", 400, EVEN, _none(SMALL_DROP, SMALL_DROP), mended=0.05),
    Truth("one class drops, the other gains", 400, EVEN, _none(0.1, -0.05), sizes=REVIEWS),
    Truth("one class drops, the other does not", 400, EVEN, _none(0.3, 0.0), sizes=MIXED),
    Truth("one class drops, the other at the limit", 800, EVEN, _none(0.3, SMALL_DROP), mended=0.05),
    Truth("one model drops, the other does not", 400, EVEN, ((0.15, 0.15), (0.0, 0.0))),
]


def sizes_of(truth: Truth) -> Integers:
    """The number of examples of each group."""
    if truth.sizes == SINGLE:
        return np.ones(truth.examples, dtype=np.int64)
    place = np.arange(truth.examples)
    sizes = place % 5 + 1 if truth.sizes == MIXED else np.maximum(np.rint(12 / (place + 1) ** 0.6), 1)
    groups = int(np.searchsorted(np.cumsum(sizes), truth.examples)) + 1
    return sizes[:groups].astype(np.int64)


def run(generator: np.random.Generator, truth: Truth) -> dict[tuple[str, str], tuple[ByDraw, TrialOutcomes]]:
    """The outcomes of one run."""
    sizes = sizes_of(truth)
    group = np.repeat(np.arange(len(sizes)), sizes)
    number = len(group)
    label = generator.choice(len(truth.shares), size=number, p=truth.shares)
    alike = generator.random(number) < _ALIKE

    def chances(shape: tuple[int, ...]) -> Floats:
        of_groups, own = (generator.random((*shape, size)) for size in (len(sizes), number))
        return np.where(alike, of_groups[..., group], own)

    correct = chances(()) < truth.accuracy  # of both models, which are paired
    drawn = chances((truth.draws,))
    asked = {}
    for place, model in enumerate(MODELS):
        for attack in ATTACKS:
            mixed = np.where(generator.random(number) < _ALIKE, drawn, chances((truth.draws,)))
            stays = np.where(correct, mixed >= truth.lost(place)[label], mixed < truth.mended)
            asked[model, attack] = outcomes(truth, group, label, correct, stays)
    return asked


def outcomes(
    truth: Truth, group: Integers, label: Integers, before: np.ndarray, after: np.ndarray
) -> tuple[ByDraw, TrialOutcomes]:
    """Trials with those predictions: correct, or another class."""
    draws, number = after.shape
    labels, groups, clean = (np.tile(column, draws) for column in (label, group, before))
    wrong = (labels + 1) % len(truth.shares)
    trials = TrialOutcomes.of_classes(
        example=np.tile(np.arange(number), draws),
        group=groups,
        label=labels,
        clean=np.where(clean, labels, wrong),
        perturbed=np.where(after.ravel(), labels, wrong),
    )
    return (before + 2 * after).astype(np.int8), trials


def is_wrong(finding: Finding, truth: Truth) -> bool:
    """Whether any claim of a finding is not so."""
    model = MODELS.index(finding.model)
    if finding.kind == "model":
        return truth.drop(model) <= truth.drop(1 - model)
    if finding.label is None:
        drop = truth.drop(model)
        return drop <= 0 if finding.kind == "drop" else drop >= SMALL_DROP
    first, second = truth.drop(model, finding.label), truth.others(model, finding.label)
    return first <= second or any(
        ("drop" in found.claims and drop <= 0) or ("small" in found.claims and drop >= SMALL_DROP)
        for found, drop in zip(finding.compared, (first, second), strict=True)
    )


def significant(asked: Mapping[tuple[str, str], tuple[ByDraw, TrialOutcomes]]) -> list[str]:
    """The model of each row whose drop is significant, as in `aggregate`."""
    bounds = [estimator_of(per_example(trials), "group").drop().bounds for _, trials in asked.values()]
    adjusted = holm([each.p_above(0.0) for each in bounds if each])
    return [model for (model, _), p in zip(asked, adjusted, strict=True) if p < LEVEL]


def study(generator: np.random.Generator, truth: Truth, runs: int) -> Mapping[str, int]:
    """In how many runs a finding was wrong, in how many there was any, and how many tests one had."""
    classes = {label: str(label) for label in range(len(truth.shares))}
    wrong, any_found, tests = 0, 0, 0
    for _ in range(runs):
        asked = run(generator, truth)
        found, tests = find_unresolved(asked, models=MODELS, attacks=ATTACKS, classes=classes)
        dropped = significant(asked)
        wrong += any(is_wrong(finding, truth) for finding in found) or any(
            truth.drop(MODELS.index(model)) <= 0 for model in dropped
        )
        any_found += bool(found or dropped)
    return {"wrong": wrong, "any": any_found, "tests": tests}


def interval(errors: int, runs: int) -> str:
    """The share in percent with its 95 % Monte Carlo interval."""
    low, high = stats.binomtest(errors, runs).proportion_ci(0.95, "exact")
    return f"{100 * errors / runs:.2f} [{100 * low:.2f}, {100 * high:.2f}]"


def main(runs: int) -> None:
    found = each_cell(f"findings-{runs}", CELLS, lambda g, truth: dict(study(g, truth, runs)))
    names = ("truth", "examples", "examples a group", "draws", "class shares", "tests")
    rows: Sequence[Sequence[object]] = [
        (
            truth.title,
            truth.examples,
            truth.sizes,
            truth.draws,
            ", ".join(f"{share:g}" for share in truth.shares),
            cell["tests"],
            interval(cell["wrong"], runs),
            f"{100 * cell['any'] / runs:.1f}",
        )
        for truth, cell in found
    ]
    table((*names, "runs with a wrong finding, % [95% CI]", "with any finding, %"), rows)
    failed = [(truth, cell) for truth, cell in found if fails(cell["wrong"], runs, ALPHA)]
    finish(len(found), failed, runs)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
