"""By how much a run fell from a baseline, over the trials that both have, where these are enough."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa

from robustaudit.gate.baseline import Baseline, BaselineAttack, BaselineRow
from robustaudit.gate.tally import beside, changed, drawn_of
from robustaudit.runs.comparison import LEAST_SHARED
from robustaudit.runs.result import Row
from robustaudit.statistics.bounds import Bounds, apart, mean_between
from robustaudit.statistics.estimates import Figure
from robustaudit.statistics.intervals import Grouped

Pairing = Literal["same trials", "other trials"]

_FELL = 1e-9  # a fall in a sum of shares that is none of floating point


@dataclass(frozen=True, slots=True)
class Regression:
    """By how much the perturbed accuracy fell; `fallen`: in which groups, where trials are paired.

    Examples and groups are those of the side that has fewer. `trials` are the changed ones of the baseline
    and of the run, and `shared` those that both have, over which alone a paired figure is. `by_share` says
    that examples weigh the share of their draws that changed them.
    """

    figure: Figure
    examples: int
    groups: int
    pairing: Pairing
    fallen: tuple[str, ...] | None
    trials: tuple[int, int]
    shared: int
    draws: tuple[float, float]
    by_share: bool

    @property
    def is_held_back(self) -> bool:
        """Whether further trials of the run would tell little, as the baseline has no more of them."""
        return self.pairing == "other trials" or self.shared < LEAST_SHARED * self.trials[1]


def regression(
    baseline: Baseline,
    trials: pa.Table,
    row: Row,
    expression: str,
    *,
    draws: float,
    interval: bool = True,
    written: Mapping[int, str] | None = None,
) -> Regression | None:
    """How a row's perturbed accuracy fell from the baseline's; None where that has no such row.

    `trials` are all, those without an answer too; `draws` are those of an example; `written` are the labels
    of the data by their classes in the trials, where they are no numbers of these. The trials that both have
    are paired by group, where they are enough; else the two are taken as independent. A run that chose its
    own size has no interval.
    """
    known = baseline.find(row.model, row.attack, expression)
    drawn = drawn_of(trials, row.model, row.attack, written or {})
    if known is None or not any(changed(each.marks) for each in drawn):
        return None
    sides = beside(list(_kept(*known)), drawn)
    same = sides.groups is not None
    each = baseline.trials / baseline.examples, draws
    by_share = not same and each[0] != each[1] and (sides.before.partly or sides.after.partly)
    before, after = (side.accuracy(by_share=by_share) for side in (sides.before, sides.after))
    value = before.mean - after.mean
    groups = min(before.groups, after.groups)
    fallen: tuple[str, ...] | None = None
    if sides.groups is not None:
        fallen = tuple(sides.groups[place] for place in _where_less(after, before))
        bounds: Bounds = mean_between(Grouped(before.sums - after.sums, after.sizes), -1.0, 1.0)
    else:
        bounds = apart(before, after, 0.0, 1.0)
    return Regression(
        figure=Figure(value, bounds=bounds if interval and groups > 1 else None),
        examples=min(len(side.marks) for side in (sides.before, sides.after)),
        groups=groups,
        pairing="same trials" if same else "other trials",
        fallen=fallen,
        trials=sides.trials,
        shared=sides.shared,
        draws=each,
        by_share=by_share,
    )


def _where_less(after: Grouped, before: Grouped) -> list[int]:
    places: list[int] = np.flatnonzero(before.sums - after.sums > _FELL).tolist()
    return places


def _kept(attack: BaselineAttack, row: BaselineRow) -> Iterator[tuple[int, str, str]]:
    """Of each example the number of its group, its digest, and the marks of its draws."""
    for number, (digests, marks) in enumerate(zip(attack.examples.split(), row.draws.split(), strict=True)):
        for digest, mark in zip(digests.split("/"), marks.split("/"), strict=True):
            yield number, digest, mark
