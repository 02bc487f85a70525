"""Two trained models on the same validation examples: what their accuracies differ by, and how surely."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from robustaudit.engine.statistics import drop_interval, per_example
from robustaudit.models.history import Validation
from robustaudit.models.sizes import Numbers
from robustaudit.reports.training.stored import Training


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
    """The second model's accuracy minus the first's, as fractions, with its 95 % interval."""

    examples: int
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
    """The answer to a question; `difference` is None where the two were not asked the same examples.

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


def same_examples(first: Validation, second: Validation) -> bool:
    """Whether two models were asked the same examples with the same labels."""
    return dict(zip(first.examples, first.labels, strict=True)) == dict(
        zip(second.examples, second.labels, strict=True)
    )


def difference_between(first: Validation, second: Validation) -> Difference | None:
    """How much more accurate the second is; None where their examples differ or are fewer than two."""
    if not same_examples(first, second) or len(first.examples) <= 1:
        return None
    place = {example: row for row, example in enumerate(second.examples)}
    order = np.array([place[example] for example in first.examples])
    right_first = first.predictions == first.labels
    right_second = (second.predictions == second.labels)[order]
    rows = np.arange(len(order))
    # A drop is clean minus perturbed: here it is the second's answers minus the first's.
    paired = per_example(
        rows, rows, clean=right_second, perturbed=right_first, flipped=right_first != right_second
    )
    interval = drop_interval(paired)
    assert interval is not None  # two examples are two groups
    return Difference(
        examples=len(order),
        first_accuracy=float(right_first.mean()),
        second_accuracy=float(right_second.mean()),
        difference=float(paired.drop.mean()),
        low=interval[0],
        high=interval[1],
    )


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
