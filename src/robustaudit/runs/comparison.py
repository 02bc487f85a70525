"""Two models under the same attacks: differences of their drops and accuracies, paired where trials are."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import islice
from typing import Any, Literal, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from robustaudit.core.arrays import Floats, Integers
from robustaudit.core.errors import UserError
from robustaudit.runs.named_classes import NamedClasses
from robustaudit.runs.stored_run import ComparedModel, FinishedRun
from robustaudit.statistics.bounds import difference_of_means, mean_between, p_differs
from robustaudit.statistics.estimates import UnresolvedEstimate, with_intervals
from robustaudit.statistics.intervals import GroupSums, grouped, holm, linearised
from robustaudit.statistics.measures import FEW_EXAMPLES, Estimate
from robustaudit.statistics.outcomes import (
    ExampleOutcomes,
    TrialOutcomes,
    per_example,
    positions_in,
    trials_under,
)

Pairing = Literal["same trials", "same groups", "other texts"]

LEAST_SHARED = 0.5
"""Trials are paired if both sides share at least this part of the smaller side's trials."""

_SAME = ("group", "clean_text", "perturbed_text")


@dataclass(frozen=True, slots=True)
class ComparedSide:
    """One side of a comparison: its examples, their weights, and the positions of their groups."""

    found: ExampleOutcomes
    weights: Floats
    places: Integers

    def by_group(self, values: Floats, *, groups: int) -> GroupSums:
        """Values of the examples, summed by group, for `groups` groups."""
        return grouped(values, self.places[self.found.group], groups=groups, weights=self.weights)

    def of_class(self, number: int) -> "ComparedSide":
        """The same with the examples of one true class alone, as the others weigh nothing."""
        return replace(self, weights=self.weights * (self.found.label == number))


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedTrials:
    """The changed trials of two models under one attack.

    `trials` are the numbers of either side, `shared` the number of trials that are the same in both; if
    `pairing` is `same trials`, only these are compared. `by_share` says that each example weighs the share of
    its draws that changed it, because examples have different numbers of `draws` on the two sides.
    """

    parts: tuple[ComparedSide, ComparedSide]
    pairing: Pairing
    trials: tuple[int, int]
    shared: int
    draws: tuple[float, float]
    by_share: bool


def enough_shared(shared: int, ours: int, theirs: int) -> bool:
    """Whether two sides with these numbers of trials share enough trials to be compared over these alone."""
    return shared > 0 and shared >= LEAST_SHARED * min(ours, theirs)


def pair_trials(first: ComparedModel, second: ComparedModel, expression: str) -> PairedTrials | None:
    """Both sides under an attack of that meaning; None where it changed no text of one of them."""
    sides = (first, second)
    cells = [trials_under(side.run.trials, side.model, side.run.attacks[expression]) for side in sides]
    ours, theirs = (cell.filter(cell["changed"]) for cell in cells)
    if not len(ours) or not len(theirs):
        return None
    both = shared_trials(ours, theirs, (first.run.labels, second.run.labels))
    draws = first.run.result.draws, second.run.result.draws
    paired = enough_shared(len(both[0]), len(ours), len(theirs))
    # Groups of one name are the same only where the data is.
    parts = _parts(
        both if paired else cells,
        by_share=not paired and draws[0] != draws[1],
        same_groups=paired or first.run.data == second.run.data,
    )
    same_groups = len(np.intersect1d(parts[0].places, parts[1].places))
    return PairedTrials(
        parts=parts,
        pairing="same trials" if paired else "same groups" if same_groups else "other texts",
        trials=(len(ours), len(theirs)),
        shared=len(both[0]),
        draws=draws,
        by_share=any((part.weights < 1).any() for part in parts),
    )


def _parts(
    cells: Sequence[pa.Table], *, by_share: bool, same_groups: bool
) -> tuple[ComparedSide, ComparedSide]:
    examples, groups = (_names(cells, column) for column in ("example", "group"))
    first, second = (_part(cell, examples, groups, by_share=by_share) for cell in cells)
    if not same_groups:
        second = ComparedSide(second.found, second.weights, second.places + len(groups))
    return first, second


def _part(cell: pa.Table, examples: Sequence[str], groups: Sequence[str], *, by_share: bool) -> ComparedSide:
    asked, changed = positions_in(cell["example"], examples), cell["changed"].to_numpy()
    those = cell.filter(cell["changed"])
    label, clean, perturbed = (
        those[name].to_numpy() for name in ("label", "clean_prediction", "perturbed_prediction")
    )
    group = positions_in(those["group"], groups)
    found = per_example(
        TrialOutcomes.of_classes(
            example=asked[changed], group=group, label=label, clean=clean, perturbed=perturbed
        )
    )
    draws = np.bincount(asked)[np.unique(asked[changed])]
    weights = found.trials / draws if by_share else np.ones(len(found.trials))
    return ComparedSide(found, weights, found.names)


def _names(cells: Sequence[pa.Table], column: str) -> list[str]:
    return list(dict.fromkeys(str(name) for cell in cells for name in cell[column].to_pylist()))


def shared_trials(
    ours: pa.Table, theirs: pa.Table, labels: tuple[Mapping[int, str], Mapping[int, str]]
) -> tuple[pa.Table, pa.Table]:
    """The trials that both have, in one order: the same draw of an example, text by text, with its label.

    `labels` are those of the data by their classes in the trials of either side, as of `written_labels`.
    """
    place = pc.index_in(_draws(ours), value_set=_draws(theirs))
    ours, theirs = ours.filter(pc.is_valid(place)), theirs.take(place.drop_null())
    same = [pc.equal(ours[name], theirs[name]) for name in _SAME]
    both = reduce(pc.and_, same, pc.equal(_labels(ours, labels[0]), _labels(theirs, labels[1])))
    return ours.filter(both), theirs.filter(both)


def _draws(trials: pa.Table) -> "pa.Array[Any]":
    columns = zip(trials["draw"].to_pylist(), trials["example"].to_pylist(), strict=True)
    return pa.array([f"{draw} {example}" for draw, example in columns], pa.string())


def _labels(trials: pa.Table, written: Mapping[int, str]) -> "pa.Array[Any]":
    labels = trials["label"].to_numpy().tolist()
    return pa.array([written.get(label, str(label)) for label in labels], pa.string())


ALPHA = 0.05
"""An adjusted p-value under this makes a difference certain: a 95 % interval, for all attacks at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The second model's drop minus the first's, over changed trials; of all of them or of one true class.

    `fewest_groups` counts the groups of the side with fewer. `p_value` is two-sided, for different drops, and
    `p_adjusted` the same by Holm's method, over all totals or all true classes of the comparison. If a run
    was sequential, neither is there, and no interval.
    """

    fewest_groups: int
    first_drop: Estimate
    second_drop: Estimate
    drop: Estimate
    p_value: float | None
    p_adjusted: float | None = None

    @property
    def few_groups(self) -> bool:
        """Whether there are too few groups to conclude."""
        return self.fewest_groups < FEW_EXAMPLES

    @property
    def significance(self) -> str | None:
        if self.p_adjusted is None or self.few_groups:
            return None
        return "significant" if self.p_adjusted < ALPHA else "n.s."


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassDifference(Difference):
    """The difference on the texts of one true class."""

    true_class: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DropDifference(Difference):
    """Two models under one attack: the second's figure minus the first's, over the changed trials.

    `pairing`, `trials`, `shared`, `draws` and `by_share` are those of `PairedTrials`. `groups` counts the
    groups of either side. `by_class` has each true class that both sides have, if there are several.
    """

    attack: str
    first: str
    second: str
    pairing: Pairing
    trials: tuple[int, int]
    shared: int
    draws: tuple[float, float]
    by_share: bool
    groups: int
    perturbed_accuracy: Estimate
    by_class: tuple[ClassDifference, ...] = ()


def compare(pairs: Sequence[tuple[ComparedModel, ComparedModel]]) -> tuple[DropDifference, ...]:
    """The difference for each pair of models and each attack that both were audited against.

    Raises:
        UserError: they share no attack that changed a text.
    """
    found = [contrast for first, second in pairs for contrast in _contrasts(first, second)]
    if not found:
        raise UserError("the runs share no attack that changed a text: there is nothing to compare")
    classes = iter(_adjusted([part for contrast in found for part in contrast.by_class]))
    found = [
        replace(contrast, by_class=tuple(islice(classes, len(contrast.by_class))))
        for contrast in _adjusted(found)
    ]
    return with_intervals(tuple(found))


_Tested = TypeVar("_Tested", bound=Difference)


def _adjusted(differences: Sequence[_Tested]) -> list[_Tested]:
    """The same with their p-values adjusted by Holm's method."""
    tested = [each.p_value for each in differences if each.p_value is not None]
    values = iter(holm(tested).tolist())
    return [each if each.p_value is None else replace(each, p_adjusted=next(values)) for each in differences]


def _contrasts(first: ComparedModel, second: ComparedModel) -> Iterator[DropDifference]:
    for expression, name in first.run.attacks.items():
        if expression in second.run.attacks and (both := pair_trials(first, second, expression)):
            yield _contrast(name, first, second, both)


def _contrast(attack: str, first: ComparedModel, second: ComparedModel, both: PairedTrials) -> DropDifference:
    bounded = not (first.run.is_sequential or second.run.is_sequential)
    places = [part.places for part in both.parts]
    number = int(np.concatenate(places).max()) + 1
    accuracies = [part.by_group(part.found.perturbed, groups=number) for part in both.parts]
    classes = [
        ClassDifference(
            true_class=name,
            **_drops(
                [part.of_class(label) for part, label in zip(both.parts, labels, strict=True)],
                number,
                bounded=bounded,
            ),
        )
        for name, labels in _shared_classes(first.run, second.run, both).items()
    ]
    return DropDifference(
        attack=attack,
        first=first.model,
        second=second.model,
        pairing=both.pairing,
        trials=both.trials,
        shared=both.shared,
        draws=both.draws,
        by_share=both.by_share,
        groups=len(np.union1d(*places)),
        perturbed_accuracy=_difference(*accuracies, low=0.0, bounded=bounded),
        by_class=tuple(classes) if len(classes) > 1 else (),
        **_drops(both.parts, number, bounded=bounded),
    )


def _shared_classes(
    first: FinishedRun, second: FinishedRun, both: PairedTrials
) -> dict[str, tuple[int, int]]:
    """The true classes of which both sides have texts, named as in the first run: their numbers in both.

    Classes are the same where the data writes the same label.
    """
    ours, theirs = (
        {run.labels.get(number, str(number)): number for number in np.unique(part.found.label).tolist()}
        for run, part in zip((first, second), both.parts, strict=True)
    )
    names = NamedClasses.of(first.result.plan)
    return {names.name(number): (number, theirs[label]) for label, number in ours.items() if label in theirs}


def _drops(parts: Sequence[ComparedSide], groups: int, *, bounded: bool) -> dict[str, Any]:
    """What a `Difference` says of two sides."""
    first, second = (part.by_group(part.found.drop, groups=groups) for part in parts)
    drop = _difference(first, second, low=-1.0, bounded=bounded)
    return {
        "fewest_groups": min(first.groups, second.groups),
        "first_drop": _mean(first, bounded=bounded),
        "second_drop": _mean(second, bounded=bounded),
        "drop": drop,
        "p_value": p_differs(drop.bounds) if drop.bounds else None,
    }


def _mean(drops: GroupSums, *, bounded: bool) -> UnresolvedEstimate:
    bounds = mean_between(drops, -1.0, 1.0) if bounded and drops.groups > 1 else None
    return UnresolvedEstimate(drops.mean, bounds=bounds)


def _difference(first: GroupSums, second: GroupSums, *, low: float, bounded: bool) -> UnresolvedEstimate:
    """The second's mean minus the first's, of values from `low` to 1; one group of either bounds nothing."""
    value = second.mean - first.mean
    if not bounded or min(first.groups, second.groups) < 2:  # noqa: PLR2004  (one group has no spread)
        return UnresolvedEstimate(value)
    if not ((first.sizes > 0) & (second.sizes > 0)).any():
        return UnresolvedEstimate(value, bounds=difference_of_means(second, first, low, 1.0))
    most = 1.0 - low
    return UnresolvedEstimate(
        value, bounds=mean_between(linearised([first, second], [-1.0, 1.0]), -most, most)
    )
