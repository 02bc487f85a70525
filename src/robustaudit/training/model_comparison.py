"""Trained models compared: time, accuracy, pairs on the same validation examples, and a recommendation."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from robustaudit.core.arrays import Floats, Integers
from robustaudit.models.card import Numbers
from robustaudit.models.training_history import ValidationPredictions
from robustaudit.statistics.bounds import interval, mean_between
from robustaudit.statistics.intervals import GroupSums, combined, grouped, linearised
from robustaudit.statistics.measures import Estimate
from robustaudit.training.learning_speed import SpeedDifference, speed_difference
from robustaudit.training.trainings import Training


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPair:
    """Two reference models, and how the second differs; `numbers` are the preset's names for that."""

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
    ModelPair(first="4", second="5", subject="a Transformer for an LSTM with attention"),
    ModelPair(first="4", second="6", subject="a deeper Transformer for an LSTM with attention"),
    ModelPair(first="4", second="7", subject="a post-norm Transformer for an LSTM with attention"),
    ModelPair(first="4", second="8", subject="a fine-tuned BERT for an LSTM with attention"),
)

LSTMS = frozenset({"1", "2", "3", "4"})
TRANSFORMERS = frozenset({"5", "6", "7"})
"""Trained from random weights on the same data; model 8 is pre-trained, and in neither group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyDifference:
    """The second model's accuracy minus the first's, as fractions, with its 95% confidence interval.

    `f1` and `loss` (cross-entropy, in nats) are differences too. The unit of all intervals is the group of
    examples, not the example. The figures of several models are their mean.
    """

    examples: int
    groups: int
    first_accuracy: float
    second_accuracy: float
    difference: float
    low: float
    high: float
    f1: Estimate
    loss: Estimate

    @property
    def is_significant(self) -> bool:
        """Whether the confidence interval excludes zero."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelComparison:
    """A pair compared; `difference` is None where the predictions are not comparable.

    `also` lists what else the two trainings differ in: name, the first's value, the second's.
    """

    pair: ModelPair
    difference: AccuracyDifference | None
    first_seconds: float
    second_seconds: float
    also: tuple[tuple[str, str, str], ...]
    speed: SpeedDifference | None = None


def compare_models(trainings: Sequence[Training]) -> tuple[ModelComparison, ...]:
    """A comparison for each pair whose two models are there."""
    by_name = {training.name: training for training in trainings}
    return tuple(
        _compare(pair, by_name[pair.first], by_name[pair.second])
        for pair in MODEL_PAIRS
        if pair.first in by_name and pair.second in by_name
    )


def are_comparable(first: ValidationPredictions, second: ValidationPredictions) -> bool:
    """Whether two models predicted the same examples, of two groups or more."""
    return _examples(first) == _examples(second) and len(set(first.groups)) > 1


def difference_between(
    first: ValidationPredictions, second: ValidationPredictions
) -> AccuracyDifference | None:
    """How much more accurate the second is; None where their predictions are not comparable."""
    return difference_of_groups([first], [second])


def difference_of_groups(
    first: Sequence[ValidationPredictions], second: Sequence[ValidationPredictions]
) -> AccuracyDifference | None:
    """How much more accurate the models of the second group are in the mean; None if not comparable."""
    reference, *others = [*first, *second]
    if not all(are_comparable(reference, other) for other in others):
        return None
    first, second = ([_in_order(each, reference.examples) for each in side] for side in (first, second))
    before, after = (
        np.mean([each.predictions == each.labels for each in side], axis=0) for side in (first, second)
    )
    names, groups = np.unique(np.array(reference.groups), return_inverse=True)
    paired = grouped(after - before, groups)
    low, high = interval(mean_between(paired, -1.0, 1.0))
    return AccuracyDifference(
        examples=len(before),
        groups=len(names),
        first_accuracy=float(before.mean()),
        second_accuracy=float(after.mean()),
        difference=paired.mean,
        low=low,
        high=high,
        f1=_f1_difference(first, second, groups),
        loss=_loss_difference(first, second, groups),
    )


def _in_order(of: ValidationPredictions, examples: Sequence[str]) -> ValidationPredictions:
    position = {example: row for row, example in enumerate(of.examples)}
    order = np.array([position[example] for example in examples])
    return replace(
        of,
        examples=tuple(examples),
        groups=tuple(of.groups[row] for row in order),
        labels=of.labels[order],
        predictions=of.predictions[order],
        probabilities=of.probabilities[order],
    )


def _f1_difference(
    first: Sequence[ValidationPredictions], second: Sequence[ValidationPredictions], groups: Integers
) -> Estimate:
    """F1 of class 1 (of several classes, the mean over them): ratios of sums, linearised over groups."""
    labels = first[0].labels
    classes = [1] if labels.max() <= 1 else np.unique(labels).tolist()
    parts, weights = [], []
    for side, sign in ((second, 1.0), (first, -1.0)):
        for of in side:
            parts += [_f1_sums(of, c, groups) for c in classes]
            weights += [sign / len(side) / len(classes)] * len(classes)
    value = sum(weight * part.mean for part, weight in zip(parts, weights, strict=True))
    return Estimate(value, *interval(mean_between(linearised(parts, weights), -1.0, 1.0)))


def _f1_sums(of: ValidationPredictions, c: int, groups: Integers) -> GroupSums:
    """Twice the hits of a class, over those named so and those that are so: their ratio is its F1."""
    truly, named = of.labels == c, of.predictions == c
    counts = (2.0 * (truly & named), truly + 1.0 * named)
    sums, sizes = (np.bincount(groups, each).astype(np.float64) for each in counts)
    return GroupSums(sums, sizes)


def _loss_difference(
    first: Sequence[ValidationPredictions], second: Sequence[ValidationPredictions], groups: Integers
) -> Estimate:
    before, after = (np.mean([_losses(each) for each in side], axis=0) for side in (first, second))
    found = combined([grouped(after - before, groups)], [1.0])
    value, reach = float(found.mean), float(found.reach())
    return Estimate(value, value - reach, value + reach)


def _losses(of: ValidationPredictions) -> Floats:
    """Of each example the cross-entropy in nats; a probability that was rounded to 0 counts as the least."""
    least = float(np.finfo(np.float32).tiny)
    losses: Floats = -np.log(np.maximum(of.probabilities.astype(np.float64), least))
    return losses


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyComparison:
    """The Transformers compared with the LSTMs that are there, each group by the mean of its models."""

    lstms: tuple[str, ...]
    transformers: tuple[str, ...]
    difference: AccuracyDifference


def compare_families(trainings: Sequence[Training]) -> FamilyComparison | None:
    """The two families compared; None where one has fewer than two models, or they are not comparable."""
    lstms, transformers = (
        [training for training in trainings if training.name in names] for names in (LSTMS, TRANSFORMERS)
    )
    if min(len(lstms), len(transformers)) < 2:  # noqa: PLR2004  (one is compared in a pair)
        return None
    sides = ([training.validation for training in family] for family in (lstms, transformers))
    difference = difference_of_groups(*sides)
    if difference is None:
        return None
    return FamilyComparison(
        lstms=tuple(training.name for training in lstms),
        transformers=tuple(training.name for training in transformers),
        difference=difference,
    )


def _examples(of: ValidationPredictions) -> dict[str, tuple[str, int]]:
    """The group and label of each example."""
    return dict(zip(of.examples, zip(of.groups, of.labels.tolist(), strict=True), strict=True))


def _compare(pair: ModelPair, first: Training, second: Training) -> ModelComparison:
    return ModelComparison(
        pair=pair,
        difference=difference_between(first.validation, second.validation),
        first_seconds=first.train_seconds,
        second_seconds=second.train_seconds,
        also=tuple(_also(pair, first, second)),
        speed=speed_difference(first, second),
    )


def _also(pair: ModelPair, first: Training, second: Training) -> Iterator[tuple[str, str, str]]:
    ours, theirs = _circumstances(first), _circumstances(second)
    for name, value in ours.items():
        if name not in pair.numbers and theirs.get(name, value) != value:
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
    """A model that is not significantly less accurate than the best; the difference is its own minus that."""

    model: str
    difference: AccuracyDifference


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """The model to choose if time matters, and if quality does, with the rivals of the best."""

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
    """Whether there are several, with predictions of the same validation examples of two groups or more."""
    first, *others = trainings
    return bool(others) and all(are_comparable(first.validation, other.validation) for other in others)


def recommend(trainings: Sequence[Training]) -> Recommendation | None:
    """Which models to recommend; None where they cannot be compared."""
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
