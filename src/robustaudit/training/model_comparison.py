"""Trained models compared: time, accuracy, pairs on the same validation examples, and a recommendation."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from robustaudit.models.card import Numbers
from robustaudit.models.training_history import ValidationPredictions
from robustaudit.statistics.bounds import interval, mean_between
from robustaudit.statistics.intervals import grouped
from robustaudit.training.trainings import Training


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPair:
    """What the second of two settings has that the first has not; `numbers` are the preset's names for it."""

    first: str
    second: str
    subject: str
    numbers: frozenset[str] = frozenset()


MODEL_PAIRS = (
    ModelPair(first="1", second="2", subject="dropout", numbers=frozenset({"dropout", "piece_dropout"})),
    ModelPair(first="2", second="3", subject="a decoder"),
    ModelPair(first="3", second="4", subject="attention"),
    ModelPair(first="5", second="6", subject="four layers for two", numbers=frozenset({"layers"})),
    ModelPair(first="5", second="7", subject="post-norm for pre-norm"),
    ModelPair(first="7", second="8", subject="pre-training"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyDifference:
    """The second model's accuracy minus the first's, as fractions, with its 95 % interval.

    The interval takes the examples' groups for independent, not the examples.
    """

    examples: int
    groups: int
    first_accuracy: float
    second_accuracy: float
    difference: float
    low: float
    high: float

    @property
    def is_shown(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The answer to a question; `difference` is None where the answers are not comparable.

    `also` lists what else the two trainings differ in: name, the first's value, the second's.
    """

    question: ModelPair
    difference: AccuracyDifference | None
    first_seconds: float
    second_seconds: float
    also: tuple[tuple[str, str, str], ...]


def compare_models(trainings: Sequence[Training]) -> tuple[Comparison, ...]:
    """The answers to those questions whose two settings are there."""
    by_name = {training.name: training for training in trainings}
    return tuple(
        _compare(question, by_name[question.first], by_name[question.second])
        for question in MODEL_PAIRS
        if question.first in by_name and question.second in by_name
    )


def are_comparable(first: ValidationPredictions, second: ValidationPredictions) -> bool:
    """Whether two models were asked the same examples of two groups or more."""
    return _asked(first) == _asked(second) and len(set(first.groups)) > 1


def difference_between(
    first: ValidationPredictions, second: ValidationPredictions
) -> AccuracyDifference | None:
    """How much more accurate the second is; None where their answers are not comparable."""
    if not are_comparable(first, second):
        return None
    place = {example: row for row, example in enumerate(second.examples)}
    order = np.array([place[example] for example in first.examples])
    right_first = first.predictions == first.labels
    right_second = (second.predictions == second.labels)[order]
    names, groups = np.unique(np.array(first.groups), return_inverse=True)
    paired = grouped(right_second.astype(float) - right_first, groups)
    low, high = interval(mean_between(paired, -1.0, 1.0))
    return AccuracyDifference(
        examples=len(order),
        groups=len(names),
        first_accuracy=float(right_first.mean()),
        second_accuracy=float(right_second.mean()),
        difference=paired.mean,
        low=low,
        high=high,
    )


def _asked(answers: ValidationPredictions) -> dict[str, tuple[str, int]]:
    """The group and label of each example."""
    return dict(zip(answers.examples, zip(answers.groups, answers.labels.tolist(), strict=True), strict=True))


def _compare(question: ModelPair, first: Training, second: Training) -> Comparison:
    return Comparison(
        question=question,
        difference=difference_between(first.validation, second.validation),
        first_seconds=first.train_seconds,
        second_seconds=second.train_seconds,
        also=tuple(_also(question, first, second)),
    )


def _also(question: ModelPair, first: Training, second: Training) -> Iterator[tuple[str, str, str]]:
    ours, theirs = _circumstances(first), _circumstances(second)
    for name, value in ours.items():
        if name not in question.numbers and theirs.get(name, value) != value:
            yield name, str(value), str(theirs[name])


def _circumstances(training: Training) -> Numbers:
    card = training.card
    made: Numbers = {"preset": card.preset.name, "data": card.run.data, "seed": card.run.seed}
    return {**made, **card.preset.model, **card.preset.training}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSummary:
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
    difference: AccuracyDifference


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """The model to recommend when time matters, and when quality does, with the best one's rivals."""

    fastest: str
    fastest_seconds: float
    next_seconds: float
    best: str
    best_accuracy: float
    rivals: tuple[Rival, ...]


def summarise(trainings: Sequence[Training]) -> tuple[TrainingSummary, ...]:
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


def recommend(trainings: Sequence[Training]) -> Recommendation | None:
    """What the trainings say on which to recommend; None where they cannot be compared."""
    if not comparable(trainings):
        return None
    by_time = sorted(trainings, key=lambda training: training.train_seconds)
    best = max(trainings, key=lambda training: training.best_accuracy)
    return Recommendation(
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


def _row(training: Training, *, fastest: bool, best: bool) -> TrainingSummary:
    epochs = training.history.epochs
    peak = max(epochs, key=lambda epoch: epoch.validation_accuracy)
    return TrainingSummary(
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
