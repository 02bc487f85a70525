"""Two models under the same attacks: what their drops and accuracies differ by, paired where trials are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from robustaudit.core.errors import UserError
from robustaudit.engine.bounds import apart, mean_between, p_differs
from robustaudit.engine.figures import Figure, settled
from robustaudit.engine.measures import Estimate
from robustaudit.engine.pairing import Beside, Pairing, beside
from robustaudit.engine.result import FEW_EXAMPLES
from robustaudit.engine.runs import Side
from robustaudit.engine.statistics import Grouped, holm, linearised

CERTAIN = 0.05
"""An adjusted p-value under this makes a difference certain: a 95 % interval, for all attacks at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """Two models under one attack: the second's figure minus the first's, over the changed trials.

    `pairing`, `trials`, `shared`, `draws` and `by_share` say over what, as in `Beside`. `groups` are those of
    either side, `fewest_groups` those of the side that has fewer. `p_value` is that of "the drops differ",
    `p_adjusted` the same by Holm's method over the comparison. Where a run ended as soon as it was decided
    there is neither, and no interval.
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
        if expression in second.run.attacks and (both := beside(first, second, expression)):
            yield _contrast(name, first, second, both)


def _contrast(attack: str, first: Side, second: Side, both: Beside) -> Contrast:
    bounded = not (first.run.chose_its_size or second.run.chose_its_size)
    places = [part.places for part in both.parts]
    number = int(np.concatenate(places).max()) + 1
    drops = [part.by_group(part.found.drop, groups=number) for part in both.parts]
    accuracies = [part.by_group(part.found.perturbed, groups=number) for part in both.parts]
    drop = _difference(*drops, low=-1.0, bounded=bounded)
    return Contrast(
        attack=attack,
        first=first.model,
        second=second.model,
        pairing=both.pairing,
        trials=both.trials,
        shared=both.shared,
        draws=both.draws,
        by_share=both.by_share,
        groups=len(np.union1d(*places)),
        fewest_groups=min(map(len, places)),
        first_drop=_mean(drops[0], bounded=bounded),
        second_drop=_mean(drops[1], bounded=bounded),
        drop=drop,
        perturbed_accuracy=_difference(*accuracies, low=0.0, bounded=bounded),
        p_value=p_differs(drop.bounds) if drop.bounds else None,
    )


def _mean(drops: Grouped, *, bounded: bool) -> Figure:
    bounds = mean_between(drops, -1.0, 1.0) if bounded and drops.groups > 1 else None
    return Figure(drops.mean, bounds=bounds)


def _difference(first: Grouped, second: Grouped, *, low: float, bounded: bool) -> Figure:
    """The second's mean minus the first's, of values from `low` to 1; one group of either bounds nothing."""
    value = second.mean - first.mean
    if not bounded or min(first.groups, second.groups) < 2:  # noqa: PLR2004  (one group has no spread)
        return Figure(value)
    if not ((first.sizes > 0) & (second.sizes > 0)).any():
        return Figure(value, bounds=apart(second, first, low, 1.0))
    most = 1.0 - low
    return Figure(value, bounds=mean_between(linearised([first, second], [-1.0, 1.0]), -most, most))
