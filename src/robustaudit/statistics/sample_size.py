"""PilotSample sizes: the question of an audit, and the losses known before it (docs/statistics.md)."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from robustaudit.core.arrays import Floats
from robustaudit.core.errors import UserError
from robustaudit.core.spelling import named
from robustaudit.core.validation import check_at_least, check_between
from robustaudit.statistics.intervals import LEVEL, GroupSums, grouped
from robustaudit.statistics.outcomes import with_predictions
from robustaudit.statistics.sequential import GroupDrops, SequentialTest, cell_alpha


@dataclass(frozen=True, slots=True)
class TrialDrops:
    """Trials as columns of one length: group and example by number, changed, and drop.

    The drop is 1 for a correct prediction made wrong, −1 for a wrong one made correct, and 0 otherwise;
    `changed` is false for no-ops.
    """

    group: NDArray[np.int64]
    example: NDArray[np.int64]
    changed: NDArray[np.bool_]
    drop: Floats

    def groups(self) -> GroupDrops:
        """Drops and changed examples by group, in the order in which groups first come."""
        sums, size = self._of_groups()
        return GroupDrops(sums.sums / size, sums.sizes / size)

    def sums(self) -> GroupSums:
        """Of each group the drops of its changed examples, and how many these are."""
        return self._of_groups()[0]

    def with_draws(self, draws: int) -> "list[TrialDrops]":
        """The same examples with at most that many draws each, in rotation: all draws are used equally."""
        _, place, number = np.unique(self.example, return_inverse=True, return_counts=True)
        order = np.argsort(place, kind="stable")
        turn = np.empty(len(order), np.int64)
        turn[order] = np.arange(len(order)) - np.repeat(np.cumsum(number) - number, number)
        if draws >= number.max(initial=0):
            return [self]
        return [self._at((turn - first) % number[place] < draws) for first in range(int(number.max()))]

    def _at(self, these: NDArray[np.bool_]) -> "TrialDrops":
        return TrialDrops(self.group[these], self.example[these], self.changed[these], self.drop[these])

    def _of_groups(self) -> tuple[GroupSums, Floats]:
        """The sums over the changed examples of each group, and the sizes of groups with all examples."""
        home = np.empty(self.example.max(initial=-1) + 1, np.int64)
        home[self.example] = self.group
        draws = np.bincount(self.example, self.changed)
        drop = np.bincount(self.example, self.drop * self.changed) / np.maximum(draws, 1)
        size = np.bincount(home).astype(np.float64)
        changed = draws > 0
        return grouped(drop[changed], home[changed], groups=len(size)), size


def drops_of(trials: pa.Table) -> TrialDrops:
    """The drops of the trials with predictions of one model under one attack, no-ops included."""
    trials = with_predictions(trials)
    label = trials["label"].to_numpy()
    before, after = (
        (trials[f"{when}_prediction"].to_numpy() == label).astype(np.float64)
        for when in ("clean", "perturbed")
    )
    return TrialDrops(
        _codes(trials, "group"), _codes(trials, "example"), trials["changed"].to_numpy(), before - after
    )


def _codes(trials: pa.Table, column: str) -> NDArray[np.int64]:
    """The distinct strings of a column as numbers, in the order in which they first come."""
    codes = trials[column].combine_chunks().dictionary_encode().indices
    return np.asarray(codes, dtype=np.int64)


DRAWS = (1, 2, 5, 10, 20)
FLIPS = 0.3
"""The share of texts assumed to flip, in either direction, without a pilot."""

_MOST_POWER = 0.999  # simulated audits that miss can be counted
_FEWEST = 2  # groups
_ASSUMED = 1000  # examples that stand for the assumption


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerTarget:
    """The drops that an audit should tell apart, `true_drop` from `max_drop`, for all models and attacks.

    The power is that of an audit of fixed size, which the gate judges; `alpha` is the error of a sequential
    one.

    Raises:
        UserError: a number is out of range.
    """

    max_drop: float
    true_drop: float
    power: float = 0.8
    alpha: float = 0.05
    models: int = 1
    attacks: int = 1

    def __post_init__(self) -> None:
        SequentialTest(max_drop=self.max_drop, alpha=self.alpha)
        if not -1 < self.true_drop < 1:
            raise UserError(
                f"{named('true_drop')} must be a share between -1 and 1, such as 0.02, got {self.true_drop:g}"
            )
        if self.true_drop == self.max_drop:
            raise UserError(f"{named('true_drop')} must differ from {named('max_drop')} {self.max_drop:g}")
        if not self.alpha < self.power <= _MOST_POWER:
            allowed = f"above {named('alpha')} {self.alpha:g} and at most {_MOST_POWER:g}"
            raise UserError(f"{named('power')} must be {allowed}, got {self.power:g}")
        check_at_least("number of models", self.models, 1)
        check_at_least("number of attacks", self.attacks, 1)

    @property
    def passes(self) -> bool:
        """Whether a check should pass; otherwise it should fail."""
        return self.true_drop < self.max_drop

    @property
    def checks(self) -> int:
        """How many checks the gate makes of a rule."""
        return self.models * self.attacks

    @property
    def level(self) -> float:
        """The level of a check that should pass, or that should fail among others (Holm's first step)."""
        return LEVEL if self.passes else LEVEL / self.checks

    @property
    def cell_alpha(self) -> float:
        return cell_alpha(self.alpha, models=self.models, attacks=self.attacks)

    def calls(self, examples: int, draws: int) -> int:
        """The model calls if every trial changes its text: a clean text is queried once by each model."""
        return self.models * examples * (1 + self.attacks * draws)


@dataclass(frozen=True, slots=True, kw_only=True)
class VarianceComponents:
    """Variances of the drop between groups, between examples of a group and between draws of an example.

    `group_size` is how many examples the group of an example has on average, `changed` the share of the
    examples with a changed trial. `draws` is None where no example was drawn twice: what draws differ by is
    then counted between examples.
    """

    groups: float
    examples: float
    draws: float | None
    group_size: float = 1.0
    changed: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PilotSample:
    """Data on one model under one attack, from `examples` examples with `draws` draws each."""

    spread: VarianceComponents
    groups: GroupDrops
    examples: int
    draws: int
    losses: TrialDrops | None = None
    flips: float = FLIPS

    @property
    def changed(self) -> int:
        """The examples with a changed trial."""
        return 0 if self.losses is None else int(self.losses.sums().sizes.sum())

    @property
    def mean_size(self) -> float:
        """Examples in a group."""
        return self.examples / len(self.groups.drop)


def variance_components(losses: TrialDrops) -> VarianceComponents | None:
    """Components of variance of the changed trials, by the method of moments.

    None: under two groups have a changed trial.
    """
    changed = losses.changed
    drop, example = losses.drop[changed], losses.example[changed]
    _, first, place, number = np.unique(example, return_index=True, return_inverse=True, return_counts=True)
    mean = np.bincount(place, drop) / number
    _, home, size = np.unique(losses.group[changed][first], return_inverse=True, return_counts=True)
    if len(size) < _FEWEST:
        return None
    repeats = int((number - 1).sum())
    draws = float(((drop - mean[place]) ** 2).sum()) / repeats if repeats else None
    groups, inside = _between_and_inside(mean, home, size)
    return VarianceComponents(
        groups=groups,
        examples=max(0.0, inside - (draws or 0.0) * float((1 / number).mean())),
        draws=draws,
        group_size=float((size**2).sum()) / len(mean),
        changed=len(mean) / len(np.unique(losses.example)),
    )


def _between_and_inside(
    mean: Floats, home: NDArray[np.int64], size: NDArray[np.int64]
) -> tuple[float, float]:
    """Variances between groups and of means inside them; groups of one example each have the second only."""
    number, groups = len(mean), len(size)
    of_group = np.bincount(home, mean) / size
    between = float((size * (of_group - mean.mean()) ** 2).sum()) / (groups - 1)
    if number == groups:
        return 0.0, between
    inside = float(((mean - of_group[home]) ** 2).sum()) / (number - groups)
    typical = (number - float((size**2).sum()) / number) / (groups - 1)
    return max(0.0, (between - inside) / typical), inside


def pilot_from_assumptions(true_drop: float, clean_accuracy: float | None = None) -> PilotSample:
    """The assumptions without a pilot: each text changes, and all draws of it have the same outcome.

    The clean accuracy limits the share of texts that can flip: only wrong predictions can become correct.

    Raises:
        UserError: no model of that clean accuracy has that drop.
    """
    flips = max(FLIPS, abs(true_drop))
    if clean_accuracy is not None:
        check_between(named("clean_accuracy"), clean_accuracy, 0, 1)
        if not clean_accuracy - 1 <= true_drop <= clean_accuracy:
            raise UserError(
                f"{named('true_drop')} {true_drop:g} cannot be of a clean accuracy of {clean_accuracy:g}: "
                f"give a drop from {clean_accuracy - 1:g} to {clean_accuracy:g}"
            )
        mended = min(1 - clean_accuracy, clean_accuracy - true_drop)
        flips = min(flips, true_drop + 2 * mended)
    spread = VarianceComponents(groups=0.0, examples=flips - true_drop**2, draws=0.0)
    flipped = round(_ASSUMED * flips / 2)
    drop = np.repeat([1.0, -1.0, 0.0], [flipped, flipped, _ASSUMED - 2 * flipped])
    groups = GroupDrops(drop, np.ones(len(drop)))
    return PilotSample(spread=spread, groups=groups, examples=_ASSUMED, draws=1, flips=flips)
