"""What each training took and reached, and which to choose."""

from collections.abc import Sequence
from dataclasses import dataclass

from robustaudit.reports.training.pairs import Difference, are_comparable, difference_between
from robustaudit.reports.training.stored import Training


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One training in figures; accuracy and F1 are fractions, of the epoch with the best accuracy.

    Seconds are over all epochs.
    """

    model: str
    title: str
    train_seconds: float
    evaluation_seconds: float
    last_train_loss: float
    last_validation_loss: float
    best_epoch: int
    best_validation_accuracy: float
    validation_f1: float
    parameters: int
    is_fastest: bool
    is_best: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """A model that is not shown to be less accurate than the best; the difference is its own minus that."""

    model: str
    difference: Difference


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The model to choose when time matters, and when quality does, with the best one's rivals."""

    fastest: str
    fastest_seconds: float
    next_seconds: float
    best: str
    best_accuracy: float
    rivals: tuple[Rival, ...]


def summarise(trainings: Sequence[Training]) -> tuple[Summary, ...]:
    """The figures of each training; the fastest and the best are marked where they can be compared."""
    marked = comparable(trainings)
    least = min(training.train_seconds for training in trainings)
    most = max(training.best_accuracy for training in trainings)
    return tuple(
        _row(
            training,
            fastest=marked and training.train_seconds == least,
            best=marked and training.best_accuracy == most,
        )
        for training in trainings
    )


def comparable(trainings: Sequence[Training]) -> bool:
    """Whether there are several, and all were asked the same validation examples of two groups or more."""
    first, *others = trainings
    return bool(others) and all(are_comparable(first.validation, other.validation) for other in others)


def choose(trainings: Sequence[Training]) -> Choice | None:
    """What the trainings say on which to choose; None where they cannot be compared."""
    if not comparable(trainings):
        return None
    by_time = sorted(trainings, key=lambda training: training.train_seconds)
    best = max(trainings, key=lambda training: training.best_accuracy)
    return Choice(
        fastest=by_time[0].name,
        fastest_seconds=by_time[0].train_seconds,
        next_seconds=by_time[1].train_seconds,
        best=best.name,
        best_accuracy=best.best_accuracy,
        rivals=tuple(
            Rival(model=other.name, difference=difference)
            for other in trainings
            if other is not best
            and (difference := difference_between(best.validation, other.validation)) is not None
            and difference.high >= 0
        ),
    )


def _row(training: Training, *, fastest: bool, best: bool) -> Summary:
    epochs = training.history.epochs
    peak = max(epochs, key=lambda epoch: epoch.validation_accuracy)
    return Summary(
        model=training.name,
        title=training.card.title,
        train_seconds=training.train_seconds,
        evaluation_seconds=sum(epoch.evaluation_seconds for epoch in epochs),
        last_train_loss=epochs[-1].train_loss,
        last_validation_loss=epochs[-1].validation_loss,
        best_epoch=peak.epoch,
        best_validation_accuracy=peak.validation_accuracy,
        validation_f1=peak.validation_f1,
        parameters=training.card.parameters,
        is_fastest=fastest,
        is_best=best,
    )
