"""How fast and how steadily models learned, from the histories of their trainings."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from robustaudit.core.arrays import Floats
from robustaudit.statistics.intervals import GroupSums, combined, grouped
from robustaudit.statistics.measures import Estimate
from robustaudit.training.diagnosis import find_spikes
from robustaudit.training.trainings import Training

_STEP = 0.025  # between the accuracies that are looked for
_MOST_LEVELS = 4
_ALIKE = 1.25  # an epoch may take so many times another's seconds, if no other work slowed it
_WINDOW = 10  # recorded steps to either side of a running median
_BLOCK = 10  # recorded steps in a row that count as one, as neighbours have much in common


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """The first epoch with a validation accuracy of `level` or more, and the training seconds until then."""

    level: float
    epoch: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningSpeed:
    """Of one training: when it reached each level (None: never), and how steady its curves were.

    `spread` is the mean distance of recorded step losses from their running median, as a share of it;
    `largest_fall` is that of the validation accuracy from one epoch to the next. `slowest` over `fastest`
    epoch is `load_ratio`.
    """

    model: str
    reached: tuple[Reached | None, ...]
    spikes: int
    spread: float
    largest_fall: float
    load_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedDifference:
    """Two trainings compared, second minus first.

    `accuracy` is the mean validation accuracy over the first `epochs` epochs, the higher the faster one
    learned; its interval is as if each had been validated on texts of its own, and so too wide. `spread` is
    None where the two did not take the same steps.
    """

    first: str
    second: str
    epochs: int
    accuracy: Estimate
    spread: Estimate | None


def levels_of(trainings: Sequence[Training]) -> tuple[float, ...]:
    """The highest accuracies in steps of 2.5 percentage points that two models reached, or the only one."""
    best = sorted((training.best_accuracy for training in trainings), reverse=True)
    top = int(best[min(1, len(best) - 1)] / _STEP + 1e-9)
    return tuple(round(_STEP * step, 3) for step in range(max(top - _MOST_LEVELS + 1, 1), top + 1))


def learning_speed(training: Training, levels: Sequence[float]) -> LearningSpeed:
    """When a training reached those accuracies, and how steady it was."""
    epochs = training.history.epochs
    accuracies = np.array([epoch.validation_accuracy for epoch in epochs])
    seconds = np.array([epoch.seconds - epoch.evaluation_seconds for epoch in epochs])
    falls = np.maximum(accuracies[:-1] - accuracies[1:], 0.0)
    return LearningSpeed(
        model=training.name,
        reached=tuple(_reached(accuracies, seconds, level) for level in levels),
        spikes=len(find_spikes(training.history.steps)),
        spread=float(_distances(training).mean()) if training.history.steps else 0.0,
        largest_fall=float(falls.max(initial=0.0)),
        load_ratio=float(seconds.max() / seconds.min()) if seconds.min() > 0 else 1.0,
    )


def have_comparable_times(speeds: Sequence[LearningSpeed]) -> bool:
    """Whether the epochs of each training took about equally long, so that nothing else slowed some."""
    return all(speed.load_ratio <= _ALIKE for speed in speeds)


def speed_difference(first: Training, second: Training) -> SpeedDifference:
    """How much faster, and how much less steadily, the second learned."""
    epochs = min(len(first.history.epochs), len(second.history.epochs))
    means, errors = zip(*(_mean_accuracy(each, epochs) for each in (first, second)), strict=True)
    difference, reach = means[1] - means[0], 1.96 * float(np.hypot(*errors))
    return SpeedDifference(
        first=first.name,
        second=second.name,
        epochs=epochs,
        accuracy=Estimate(difference, difference - reach, difference + reach),
        spread=_spread_difference(first, second),
    )


def _reached(accuracies: Floats, seconds: Floats, level: float) -> Reached | None:
    there = np.flatnonzero(accuracies >= level)
    if len(there) == 0:
        return None
    return Reached(level=level, epoch=int(there[0]) + 1, seconds=float(seconds[: there[0] + 1].sum()))


def _mean_accuracy(training: Training, epochs: int) -> tuple[float, float]:
    """The mean accuracy over epochs with a standard error that takes all epochs to err on the same texts."""
    accuracies = np.array([epoch.validation_accuracy for epoch in training.history.epochs[:epochs]])
    validation = training.validation
    _, groups = np.unique(np.array(validation.groups), return_inverse=True)
    correct = grouped(validation.predictions == validation.labels, groups)
    stored = combined([correct], [1.0])
    share = correct.mean * (1 - correct.mean)
    spread = np.sqrt(accuracies * (1 - accuracies))
    error = float(stored.error) * float(spread.mean()) / np.sqrt(share) if share else 0.0
    return float(accuracies.mean()), float(error)


def _distances(training: Training) -> Floats:
    """The distance of each recorded step's loss from the median of those around it, as a share of it."""
    losses = np.array([step.train_loss for step in training.history.steps])
    medians = np.array(
        [np.median(losses[max(at - _WINDOW, 0) : at + _WINDOW + 1]) for at in range(len(losses))]
    )
    distances: Floats = np.abs(losses - medians) / medians
    return distances


def _spread_difference(first: Training, second: Training) -> Estimate | None:
    numbers = [[step.step for step in each.history.steps] for each in (first, second)]
    sizes = {each.card.preset.training.get("batch_size") for each in (first, second)}
    if numbers[0] != numbers[1] or len(sizes) > 1 or len(numbers[0]) < 2 * _BLOCK:
        return None
    blocks = np.arange(len(numbers[0])) // _BLOCK
    parts: list[GroupSums] = [grouped(_distances(each), blocks) for each in (second, first)]
    found = combined(parts, [1.0, -1.0])
    value, reach = float(found.mean), float(found.reach())
    return Estimate(value, value - reach, value + reach)
