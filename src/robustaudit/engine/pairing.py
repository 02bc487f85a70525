"""What is compared of two audits under one attack: the trials that both have, or else all of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from robustaudit.engine.answers import PerExample, answers_of, per_example, trials_under
from robustaudit.engine.runs import Side
from robustaudit.engine.statistics import Floats, Grouped, Integers, grouped

Pairing = Literal["same trials", "same groups", "other texts"]

LEAST_SHARED = 0.5
"""Trials are paired where so many of the side that has fewer are the other's too: else little is left."""

_SAME = ("group", "clean_text", "perturbed_text")


@dataclass(frozen=True, slots=True)
class Part:
    """What is compared of one side: its examples, what each weighs, and where their groups stand in both."""

    found: PerExample
    weights: Floats
    places: Integers

    def by_group(self, values: Floats, *, groups: int) -> Grouped:
        """Values of its examples by their groups, where both sides have at most so many."""
        return grouped(values, self.places[self.found.group], groups=groups, weights=self.weights)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Two models' changed trials under one attack, side by side.

    `trials` are those of either side, and `shared` those that are the same in both, which alone are compared
    where the pairing is `same trials`. `by_share` says that each example weighs the share of its draws that
    changed it, as an example had other numbers of `draws` on the two sides.
    """

    parts: tuple[Part, Part]
    pairing: Pairing
    trials: tuple[int, int]
    shared: int
    draws: tuple[float, float]
    by_share: bool


def are_enough(shared: int, ours: int, theirs: int) -> bool:
    """Whether so many trials are the same that two sides with so many are compared over these alone."""
    return shared > 0 and shared >= LEAST_SHARED * min(ours, theirs)


def beside(first: Side, second: Side, expression: str) -> Beside | None:
    """Both sides under an attack of that meaning; None where it changed no text of one of them."""
    sides = (first, second)
    cells = [trials_under(side.run.trials, side.model, side.run.attacks[expression]) for side in sides]
    ours, theirs = (cell.filter(cell["changed"]) for cell in cells)
    if not len(ours) or not len(theirs):
        return None
    both = shared_trials(ours, theirs, (first.run.labels, second.run.labels))
    draws = first.run.result.draws, second.run.result.draws
    paired = are_enough(len(both[0]), len(ours), len(theirs))
    # Groups of one name are the same only where the data is.
    parts = _parts(
        both if paired else cells,
        by_share=not paired and draws[0] != draws[1],
        same_groups=paired or first.run.data == second.run.data,
    )
    same_groups = len(np.intersect1d(parts[0].places, parts[1].places))
    return Beside(
        parts=parts,
        pairing="same trials" if paired else "same groups" if same_groups else "other texts",
        trials=(len(ours), len(theirs)),
        shared=len(both[0]),
        draws=draws,
        by_share=any((part.weights < 1).any() for part in parts),
    )


def _parts(cells: Sequence[pa.Table], *, by_share: bool, same_groups: bool) -> tuple[Part, Part]:
    examples, groups = (_names(cells, column) for column in ("example", "group"))
    first, second = (_part(cell, examples, groups, by_share=by_share) for cell in cells)
    if not same_groups:
        second = Part(second.found, second.weights, second.places + len(groups))
    return first, second


def _part(cell: pa.Table, examples: Sequence[str], groups: Sequence[str], *, by_share: bool) -> Part:
    answers = answers_of(cell, examples=examples, groups=groups)
    changed = answers.where(answers.changed)
    found = per_example(changed)
    asked = np.bincount(answers.example)[np.unique(changed.example)]
    weights = found.trials / asked if by_share else np.ones(len(found.trials))
    return Part(found, weights, found.names)


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
