"""Two trained models on the same validation examples: what their accuracies differ by, and how surely."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from robustaudit.models.card import Numbers
from robustaudit.models.training_history import ValidationPredictions
from robustaudit.reports.training.stored import Training
from robustaudit.statistics.bounds import interval, mean_between
from robustaudit.statistics.intervals import grouped


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the second of two settings has that the first has not; `numbers` are the preset's names for it."""

    first: str
    second: str
    subject: str
    numbers: frozenset[str] = frozenset()


QUESTIONS = (
    Question(first="1", second="2", subject="dropout", numbers=frozenset({"dropout", "piece_dropout"})),
    Question(first="2", second="3", subject="a decoder"),
    Question(first="3", second="4", subject="attention"),
    Question(first="5", second="6", subject="four layers for two", numbers=frozenset({"layers"})),
    Question(first="5", second="7", subject="post-norm for pre-norm"),
    Question(first="7", second="8", subject="pre-training"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
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

    question: Question
    difference: Difference | None
    first_seconds: float
    second_seconds: float
    also: tuple[tuple[str, str, str], ...]


def compare_settings(trainings: Sequence[Training]) -> tuple[Comparison, ...]:
    """The answers to those questions whose two settings are there."""
    by_name = {training.name: training for training in trainings}
    return tuple(
        _compare(question, by_name[question.first], by_name[question.second])
        for question in QUESTIONS
        if question.first in by_name and question.second in by_name
    )


def are_comparable(first: ValidationPredictions, second: ValidationPredictions) -> bool:
    """Whether two models were asked the same examples of two groups or more."""
    return _asked(first) == _asked(second) and len(set(first.groups)) > 1


def difference_between(first: ValidationPredictions, second: ValidationPredictions) -> Difference | None:
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
    return Difference(
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


def _compare(question: Question, first: Training, second: Training) -> Comparison:
    return Comparison(
        question=question,
        difference=difference_between(first.validation, second.validation),
        first_seconds=first.train_seconds,
        second_seconds=second.train_seconds,
        also=tuple(_also(question, first, second)),
    )


def _also(question: Question, first: Training, second: Training) -> Iterator[tuple[str, str, str]]:
    ours, theirs = _circumstances(first), _circumstances(second)
    for name, value in ours.items():
        if name not in question.numbers and theirs.get(name, value) != value:
            yield name, str(value), str(theirs[name])


def _circumstances(training: Training) -> Numbers:
    card = training.card
    made: Numbers = {"preset": card.preset.name, "data": card.run.data, "seed": card.run.seed}
    return {**made, **card.preset.model, **card.preset.training}
