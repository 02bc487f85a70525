from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import f1_score

from robustaudit.statistics.bounds import interval, mean_between
from robustaudit.statistics.intervals import grouped
from robustaudit.training.model_comparison import (
    compare_families,
    compare_models,
    difference_between,
    difference_of_groups,
    recommend,
    summarise,
)
from robustaudit.training.trainings import read_trainings
from trainings import Course, write_training

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


def test_differences_of_f1_and_loss_are_those_of_the_plain_figures():
    first = replace(ONE.answers(), probabilities=np.linspace(0.1, 1, 100, dtype=np.float32))
    found = difference_between(first, FOUR.answers())

    plain = [f1_score(each.labels, each.predictions) for each in (first, FOUR.answers())]
    assert found.f1.value == pytest.approx(plain[1] - plain[0])
    losses = [-np.log(each.probabilities.astype(float)).mean() for each in (first, FOUR.answers())]
    assert found.loss.value == pytest.approx(losses[1] - losses[0])
    for figure in (found.f1, found.loss):
        assert figure.low < figure.value < figure.high


def test_f1_of_several_classes_is_the_mean_of_theirs():
    labels = np.arange(90) % 3
    first = replace(Course(examples=90, wrong=()).answers(), labels=labels, predictions=np.roll(labels, 10))
    second = replace(first, predictions=np.where(np.arange(90) < 60, labels, 0))

    found = difference_between(first, second)
    plain = [f1_score(labels, each.predictions, average="macro") for each in (first, second)]
    assert found.f1.value == pytest.approx(plain[1] - plain[0])


def test_groups_of_models_are_compared_by_their_means():
    one, four = ONE.answers(), FOUR.answers()

    assert difference_of_groups([one, one], [four, four]) == difference_between(one, four)
    mixed = difference_of_groups([one, four], [four, one])
    assert (mixed.difference, mixed.loss.value, mixed.f1.value) == pytest.approx((0, 0, 0))
    assert difference_of_groups([one, four], [replace(FOUR, examples=99).answers()]) is None


def test_families_need_two_models_each(tmp_path):
    for name in "1245":
        write_training(Course(name=name, wrong=range(30 if name < "5" else 10)), tmp_path)
    assert compare_families(read_trainings(None, folder=tmp_path)) is None

    write_training(Course(name="7", wrong=range(10)), tmp_path)
    found = compare_families(read_trainings(None, folder=tmp_path))
    assert (found.lstms, found.transformers) == (("1", "2", "4"), ("5", "7"))
    assert found.difference.difference == pytest.approx(0.2)
    assert found.difference.is_significant


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


def test_only_pairs_that_say_something_are_compared(told):
    first, *others = told(ONE, FOUR, Course(name="5"), Course(name="6"), Course(name="7"), Course(name="8"))
    assert compare_models([first, *others[:1]]) == ()
    found = compare_models(others)
    against_4 = [each.pair.second for each in found if each.pair.first == "4"]
    assert against_4 == ["5", "6", "7", "8"]


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
