"""The tests behind findings: those of the rows for drops, and one family for all else that sentences say."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from robustaudit.core.arrays import Floats, Integers
from robustaudit.runs.findings import ALPHA, SMALL_DROP, Claim, Finding, FindingKind, FoundDrop
from robustaudit.runs.severity_curves import Asked, changed_in_both
from robustaudit.statistics.bounds import Bounds, difference_of_means, mean_between
from robustaudit.statistics.estimates import UnresolvedEstimate, with_intervals
from robustaudit.statistics.intervals import LEVEL, grouped, holm, linearised
from robustaudit.statistics.measures import FEW_EXAMPLES
from robustaudit.statistics.outcomes import TrialOutcomes


@dataclass(frozen=True, slots=True)
class _Drops:
    """Examples with a changed trial: the mean drop of each over its trials, its group and true class."""

    mean: Floats
    group: Integers
    label: Integers

    @classmethod
    def of(cls, parts: Sequence[TrialOutcomes]) -> "_Drops":
        """The examples of the trials of one attack or of several, with the mean over all their trials."""
        lost = np.concatenate([_lost(trials) for trials in parts])
        example, group, label, number = (
            np.concatenate([getattr(trials, name) for trials in parts])
            for name in ("example", "group", "label", "number")
        )
        _, first, place = np.unique(example, return_index=True, return_inverse=True)
        mean = np.bincount(place, weights=lost) / np.bincount(place, weights=number)
        return cls(mean, group[first], label[first])

    def where(self, chosen: NDArray[np.bool_]) -> "_Drops":
        return _Drops(self.mean[chosen], self.group[chosen], self.label[chosen])

    @property
    def are_few(self) -> bool:
        return min(len(self.mean), len(np.unique(self.group))) < FEW_EXAMPLES

    def estimate(self, most: float = 1.0) -> UnresolvedEstimate:
        """The mean of values from −`most` to `most`, with its bounds."""
        part = grouped(self.mean, self.group)
        return UnresolvedEstimate(part.mean, bounds=mean_between(part, -most, most))


@dataclass(frozen=True, slots=True)
class _Test:
    """A hypothesis of the family: the finding that its rejection is, or what it shows of one drop.

    `parts` are the true classes that its drops are of: a number, or its complement (~) for all other classes;
    none if a drop is of all examples.
    """

    finding: Finding
    parts: tuple[int, ...] = ()
    claim: Claim | None = None


def find(
    asked: Asked, *, models: Sequence[str], attacks: Sequence[str], classes: Mapping[int, str]
) -> tuple[tuple[Finding, ...], int]:
    """The findings of a run, in no order, and the number of tests; `classes` names the true classes.

    Drops under one attack are not among them: their tests are those of the rows. To all other tests Holm's
    method is applied together: whatever the truth, any claim in any of these findings is wrong with a
    probability of at most half of `ALPHA`. What has fewer than 20 changed examples or groups is not tested,
    whatever its outcomes.
    """
    unresolved, tests = find_unresolved(asked, models=models, attacks=attacks, classes=classes)
    return with_intervals(unresolved), tests


def rank(finding: Finding) -> tuple[bool, float]:
    """The place of a finding among those of a run: the most certain first, small drops last."""
    return finding.kind == "limit", -finding.certainty


def find_unresolved(
    asked: Asked, *, models: Sequence[str], attacks: Sequence[str], classes: Mapping[int, str]
) -> tuple[tuple[Finding, ...], int]:
    """Findings whose confidence intervals are still to be found."""
    tests = [
        *(test for model in models for test in _of_model(model, asked, attacks, classes)),
        *(test for pair in combinations(models, 2) for test in _of_pair(pair, asked, attacks)),
    ]
    adjusted = holm([test.finding.p_value for test in tests]).tolist() if tests else []
    rejected = [
        replace(test, finding=replace(test.finding, p_adjusted=p))
        for test, p in zip(tests, adjusted, strict=True)
        if p < ALPHA / 2
    ]
    claims: dict[tuple[str, str | None, tuple[int, ...]], tuple[Claim, ...]] = {}
    for test in rejected:
        if test.claim:
            key = (test.finding.model, test.finding.attack, test.parts)
            claims[key] = (*claims.get(key, ()), test.claim)

    def claimed(test: _Test) -> Finding:
        """The finding with what is shown of the drops of the classes that it compares."""
        where = (test.finding.model, test.finding.attack)
        pairs = zip(test.finding.compared, test.parts, strict=False)
        compared = tuple(replace(drop, claims=claims.get((*where, (part,)), ())) for drop, part in pairs)
        return replace(test.finding, compared=compared or test.finding.compared)

    return tuple(claimed(test) for test in rejected if not (test.claim and test.parts)), len(tests)


def _of_model(
    model: str, asked: Asked, attacks: Sequence[str], classes: Mapping[int, str]
) -> Iterator[_Test]:
    """The tests of a model under each attack and, of several, under all of them together."""
    parts = {
        attack: outcomes.where(outcomes.changed)
        for attack in attacks
        if (model, attack) in asked and (outcomes := asked[model, attack][1]).changed.any()
    }
    cells: dict[str | None, _Drops] = {attack: _Drops.of([part]) for attack, part in parts.items()}
    if len(parts) > 1:
        cells[None] = _Drops.of(list(parts.values()))
    for attack, cell in cells.items():
        if not cell.are_few:
            yield from _of_drop(model, attack, cell)
            yield from _of_classes(model, attack, cell, classes)


def _lost(trials: TrialOutcomes) -> Floats:
    """By how many correct predictions the trials of each row have fewer under attack."""
    before, after = trials.clean == trials.label, trials.perturbed == trials.label
    lost: Floats = trials.number * (before.astype(np.float64) - after)
    return lost


def _of_drop(model: str, attack: str | None, drops: _Drops, *parts: int) -> Iterator[_Test]:
    """That a drop is above 0, and that it is small."""
    effect = drops.estimate()
    assert effect.bounds is not None
    p_values = (effect.bounds.p_above(0.0), effect.bounds.p_below(SMALL_DROP))
    kinds: tuple[tuple[FindingKind, Claim], ...] = (("drop", "drop"), ("limit", "small"))
    for (kind, claim), p_value in zip(kinds, p_values, strict=True):
        if kind == "drop" and attack is not None and not parts:
            continue  # which the row tests
        yield _Test(
            Finding(kind=kind, model=model, attack=attack, effect=effect, p_value=p_value), parts, claim
        )


def _of_classes(model: str, attack: str | None, cell: _Drops, classes: Mapping[int, str]) -> Iterator[_Test]:
    """The drop of each true class, and that it is larger than that of the others."""
    for label, name in classes.items():
        inside = cell.label == label
        first, second = cell.where(inside), cell.where(~inside)
        if first.are_few:
            continue
        yield from _of_drop(model, attack, first, label)
        if second.are_few:
            continue
        others = [other for other in classes if other != label]
        rest, called = (others[0], classes[others[0]]) if len(others) == 1 else (~label, "other")
        if rest < 0:
            yield from _of_drop(model, attack, second, rest)
        compared = (
            FoundDrop(name=name, drop=first.estimate()),
            FoundDrop(name=called, drop=second.estimate()),
        )
        effect, p_value = _difference(first, second)
        finding = Finding(
            kind="class",
            model=model,
            attack=attack,
            label=label,
            other_label=None if rest < 0 else rest,
            effect=effect,
            compared=compared,
            p_value=p_value,
        )
        yield _Test(finding, (label, rest))


def _difference(first: _Drops, second: _Drops) -> tuple[UnresolvedEstimate, float]:
    """The first mean minus the second, and the p-value of its being above 0."""
    number = int(max(first.group.max(), second.group.max())) + 1
    one, other = (grouped(each.mean, each.group, groups=number) for each in (first, second))
    value = one.mean - other.mean
    bounds: Bounds = mean_between(linearised([one, other], [1.0, -1.0]), -2.0, 2.0)
    p_value = bounds.p_above(0.0)
    if not np.intersect1d(first.group, second.group).size and p_value <= LEVEL:
        # Without groups in common there are bounds that hold for classes of any sizes, but take longer.
        bounds = difference_of_means(one, other, -1.0, 1.0)
        p_value = max(p_value, bounds.p_above(0.0))
    return UnresolvedEstimate(value, bounds=bounds), p_value


def _of_pair(pair: tuple[str, str], asked: Asked, attacks: Sequence[str]) -> Iterator[_Test]:
    """That one of two models drops more than the other over all attacks, on the trials that both have."""
    parts = [both for attack in attacks if (both := changed_in_both(asked, attack, pair))]
    if not parts:
        return
    sides = [_Drops.of([both[side] for both in parts]) for side in range(2)]
    if sides[0].are_few:
        return
    attack = None if len(attacks) > 1 else attacks[0]
    for one, other in ((0, 1), (1, 0)):
        effect = replace(sides[0], mean=sides[one].mean - sides[other].mean).estimate(2.0)
        assert effect.bounds is not None
        compared = tuple(FoundDrop(name=pair[side], drop=sides[side].estimate()) for side in (one, other))
        yield _Test(
            Finding(
                kind="model",
                model=pair[one],
                attack=attack,
                effect=effect,
                compared=compared,
                p_value=effect.bounds.p_above(0.0),
            )
        )
