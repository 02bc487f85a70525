from dataclasses import replace

import numpy as np
import pytest

from robustaudit.statistics.bounds import interval, mean_between
from robustaudit.statistics.intervals import grouped
from robustaudit.training.model_comparison import compare_models, difference_between, recommend, summarise
from trainings import Course

ONE = Course(name="1", wrong=range(30), model={"dropout": 0.0, "hidden": 128})
FOUR = Course(name="4", wrong=range(10))


def test_the_difference_is_the_seconds_accuracy_minus_the_firsts():
    found = difference_between(ONE.answers(), FOUR.answers())

    assert (found.first_accuracy, found.second_accuracy) == (0.7, 0.9)
    assert found.difference == pytest.approx(0.2)
    assert 0 < found.low < 0.2 < found.high
    assert found.is_significant


def test_turned_about_the_difference_changes_its_sign_and_nothing_else():
    found = difference_between(ONE.answers(), FOUR.answers())
    turned = difference_between(FOUR.answers(), ONE.answers())

    assert turned.difference == pytest.approx(-found.difference)
    assert (turned.low, turned.high) == pytest.approx((-found.high, -found.low))


def test_pairing_narrows_the_interval_where_models_err_on_the_same_examples():
    apart = difference_between(ONE.answers(), replace(FOUR, wrong=range(50, 60)).answers())
    together = difference_between(ONE.answers(), FOUR.answers())

    assert together.difference == pytest.approx(apart.difference)
    assert together.high - together.low < apart.high - apart.low


def test_examples_are_paired_by_their_id_and_not_by_their_order():
    answers = FOUR.answers()
    turned = replace(
        answers,
        examples=answers.examples[::-1],
        groups=answers.groups[::-1],
        labels=answers.labels[::-1],
        predictions=answers.predictions[::-1],
        probabilities=answers.probabilities[::-1],
    )

    assert difference_between(ONE.answers(), turned) == difference_between(ONE.answers(), answers)


def test_one_example_more_of_a_hundred_shows_no_difference():
    found = difference_between(ONE.answers(), replace(ONE, wrong=range(29)).answers())

    assert found.low < 0 < found.high
    assert not found.is_significant


def test_a_model_does_not_differ_from_itself():
    found = difference_between(ONE.answers(), ONE.answers())

    assert found.difference == 0
    assert found.low == pytest.approx(-found.high)


@pytest.mark.parametrize(
    "other", [replace(FOUR, prefix="other"), replace(FOUR, examples=99), replace(FOUR, per_group=10)]
)
def test_other_examples_are_not_compared(other):
    assert difference_between(ONE.answers(), other.answers()) is None


def test_examples_of_one_group_are_not_compared():
    one, four = (replace(course, per_group=100).answers() for course in (ONE, FOUR))

    assert difference_between(one, four) is None


def test_the_unit_of_the_interval_is_the_group():
    """Of ten groups of ten, the first errs wholly on three and the second wholly on one of these."""
    one, four = (replace(course, per_group=10).answers() for course in (ONE, FOUR))
    found = difference_between(one, four)
    apart = difference_between(ONE.answers(), FOUR.answers())

    # Two groups gain all, eight nothing: as of ten examples.
    ten = interval(mean_between(grouped([1, 1] + [0] * 8, np.arange(10)), -1.0, 1.0))
    assert (found.low, found.high) == pytest.approx(ten)
    assert (found.examples, found.groups) == (100, 10)
    assert found.difference == pytest.approx(apart.difference)
    assert found.high - found.low > 2 * (apart.high - apart.low)
    assert apart.is_significant
    assert not found.is_significant


def test_only_settings_that_differ_by_one_thing_are_set_against_each_other(told):
    trainings = told(ONE, FOUR, Course(name="7"))

    assert compare_models(trainings) == ()


def test_dropout_is_what_1_and_2_differ_by_and_other_numbers_are_told(told):
    two = Course(name="2", model={"dropout": 0.3, "hidden": 64}, training={"epochs": 5})
    (found,) = compare_models(told(ONE, two))

    assert found.pair.subject == "dropout"
    assert found.also == (("hidden", "128", "64"), ("epochs", "3", "5"))


FAST = Course(name="1", accuracy=(0.7, 0.82, 0.8), wrong=range(18), seconds=5)
GOOD = Course(name="4", accuracy=(0.7, 0.8, 0.86), wrong=range(14), seconds=9)
POOR = Course(name="7", accuracy=(0.5, 0.5, 0.5), wrong=range(50), seconds=7)


def test_losses_are_the_last_accuracy_and_f1_the_best_epochs(told):
    (row,) = summarise(told(FAST))

    assert (row.last_train_loss, row.last_validation_loss) == (0.35, 0.42)
    assert (row.best_epoch, row.best_validation_accuracy, row.validation_f1) == (2, 0.82, 0.82 - 0.01)


def test_evaluation_is_not_counted_as_training(told):
    (row,) = summarise(told(FAST))

    assert (row.train_seconds, row.evaluation_seconds) == (13.5, 1.5)


def test_the_fastest_and_the_best_are_marked(told):
    rows = summarise(told(FAST, GOOD, POOR))

    assert [row.model for row in rows if row.is_fastest] == ["1"]
    assert [row.model for row in rows if row.is_best] == ["4"]


def test_the_choice_names_those_that_are_not_shown_to_be_less_accurate(told):
    choice = recommend(told(FAST, GOOD, POOR))

    assert (choice.fastest, choice.best) == ("1", "4")
    assert [rival.model for rival in choice.rivals] == ["1"]


def test_a_model_alone_is_neither_fastest_nor_best(told):
    trainings = told(FAST)

    assert recommend(trainings) is None
    assert not any(row.is_fastest or row.is_best for row in summarise(trainings))


def test_models_asked_different_examples_are_not_ranked(told):
    trainings = told(FAST, Course(name="4", prefix="other"))

    assert recommend(trainings) is None
    assert not any(row.is_fastest or row.is_best for row in summarise(trainings))
