"""Two models under the same attacks: what their drops and accuracies differ by, paired where trials are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pyarrow as pa

from robustaudit.core.errors import UserError
from robustaudit.engine.answers import PerExample, answers_of, changed_trials, per_example
from robustaudit.engine.bounds import Bounds, apart, mean_between, p_differs
from robustaudit.engine.figures import Figure, figures_of, settled
from robustaudit.engine.measures import Estimate, Unit
from robustaudit.engine.result import FEW_EXAMPLES
from robustaudit.engine.runs import TEXTS, Side
from robustaudit.engine.statistics import Floats, Integers, grouped, holm, linearised

Pairing = Literal["same trials", "same groups", "other texts"]

CERTAIN = 0.05
"""An adjusted p-value under this makes a difference certain: a 95 % interval, for all attacks at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """Two models under one attack: the second's figure minus the first's, over the changed trials.

    `groups` are those of either side, `fewest_groups` those of the side that has fewer. `p_value` is that of
    "the drops differ", `p_adjusted` the same by Holm's method over the comparison. Where a run ended as soon
    as it was decided there is neither, and no interval.
    """

    attack: str
    first: str
    second: str
    pairing: Pairing
    groups: int
    fewest_groups: int
    first_drop: Estimate
    second_drop: Estimate
    drop: Estimate
    perturbed_accuracy: Estimate
    p_value: float | None
    p_adjusted: float | None = None

    @property
    def few_groups(self) -> bool:
        """Whether it rests on too few groups to say much."""
        return self.fewest_groups < FEW_EXAMPLES

    @property
    def certainty(self) -> str | None:
        if self.p_adjusted is None or self.few_groups:
            return None
        return "certain" if self.p_adjusted < CERTAIN else "not certain"


def compare(pairs: Sequence[tuple[Side, Side]]) -> tuple[Contrast, ...]:
    """A contrast for each pair of models and each attack that both were audited against.

    Raises:
        UserError: there is no such attack.
    """
    found = [contrast for first, second in pairs for contrast in _contrasts(first, second)]
    if not found:
        raise UserError("the runs share no attack that changed a text: there is nothing to compare")
    tested = [place for place, contrast in enumerate(found) if contrast.p_value is not None]
    values = holm([found[place].p_value or 0.0 for place in tested]).tolist()
    for place, value in zip(tested, values, strict=True):
        found[place] = replace(found[place], p_adjusted=value)
    return settled(tuple(found))


def _contrasts(first: Side, second: Side) -> Iterator[Contrast]:
    for expression, name in first.run.attacks.items():
        if expression not in second.run.attacks:
            continue
        cells = [
            changed_trials(side.run.trials, side.model, side.run.attacks[expression])
            for side in (first, second)
        ]
        if all(len(cell) for cell in cells):
            yield _contrast(name, first, second, *cells)


def _contrast(attack: str, first: Side, second: Side, ours: pa.Table, theirs: pa.Table) -> Contrast:
    examples, groups = (_names(ours, theirs, column) for column in ("example", "group"))
    found = [per_example(answers_of(cell, examples=examples, groups=groups)) for cell in (ours, theirs)]
    # Groups of one name are the same only where the data is.
    same_data = first.run.data == second.run.data
    places = [found[0].names, found[1].names + (0 if same_data else len(groups))]
    shared = len(np.intersect1d(places[0], places[1]))
    unit: Unit | None = None if first.run.chose_its_size or second.run.chose_its_size else "group"
    drop = accuracy = None
    if unit:
        drop = _difference(places, [(each, each.drop) for each in found], (-1.0, 1.0))
        accuracy = _difference(places, [(each, each.perturbed) for each in found], (0.0, 1.0))
    drops = [figures_of(each, unit).drop() for each in found]
    return Contrast(
        attack=attack,
        first=first.model,
        second=second.model,
        pairing=_pairing(ours, theirs, shared=shared > 0),
        groups=sum(map(len, places)) - shared,
        fewest_groups=min(map(len, places)),
        first_drop=drops[0],
        second_drop=drops[1],
        drop=Figure(drops[1].value - drops[0].value, bounds=drop),
        perturbed_accuracy=Figure(
            float(found[1].perturbed.mean() - found[0].perturbed.mean()), bounds=accuracy
        ),
        p_value=p_differs(drop) if drop else None,
    )


def _names(ours: pa.Table, theirs: pa.Table, column: str) -> list[str]:
    return [str(name) for name in dict.fromkeys(ours[column].to_pylist() + theirs[column].to_pylist())]


def _difference(
    places: Sequence[Integers],
    values: Sequence[tuple[PerExample, Floats]],
    span: tuple[float, float],
) -> Bounds | None:
    """The second's mean minus the first's, of values in a span; None where one rests on a single group."""
    number = max(int(place.max()) for place in places) + 1
    first, second = (
        grouped(of, place[found.group], groups=number)
        for place, (found, of) in zip(places, values, strict=True)
    )
    if min(first.groups, second.groups) < 2:  # noqa: PLR2004  (one group has no spread)
        return None
    if not ((first.sizes > 0) & (second.sizes > 0)).any():
        return apart(second, first, *span)
    low, high = span
    return mean_between(linearised([first, second], [-1.0, 1.0]), low - high, high - low)


def _pairing(ours: pa.Table, theirs: pa.Table, *, shared: bool) -> Pairing:
    if not shared:
        return "other texts"
    same = all(ours[name].equals(theirs[name]) for name in ("example", "draw", *TEXTS))
    return "same trials" if same else "same groups"
