from dataclasses import replace

import numpy as np
import pytest

from robustaudit.training.learning_speed import (
    have_comparable_times,
    learning_speed,
    levels_of,
    speed_difference,
)
from robustaudit.training.trainings import read_trainings
from trainings import Course, write_training

NOISE = np.random.default_rng(3).normal(size=300)
SLOW = Course(name="3", accuracy=(0.61, 0.7, 0.8), steps=tuple(1 + 0.02 * NOISE), examples=1000)
FAST = Course(name="4", accuracy=(0.76, 0.82, 0.81), steps=tuple(1 + 0.2 * NOISE), examples=1000)


@pytest.fixture
def read(tmp_path):
    def trainings(*courses):
        for course in courses:
            write_training(course, tmp_path)
        return read_trainings([course.name for course in courses], folder=tmp_path)

    return trainings


def test_levels_are_those_that_two_models_reached(read):
    assert levels_of(read(SLOW, FAST)) == (0.725, 0.75, 0.775, 0.8)
    assert levels_of(read(replace(SLOW, name="5"))) == (0.725, 0.75, 0.775, 0.8)


def test_the_first_epoch_at_a_level_counts_with_the_seconds_until_then(read):
    (training,) = read(SLOW)
    found = learning_speed(training, (0.6, 0.7, 0.75, 0.9))

    assert [each and each.epoch for each in found.reached] == [1, 2, 3, None]
    assert [each and each.seconds for each in found.reached] == [9.5, 19, 28.5, None]


def test_falls_and_spread_tell_how_steady_it_was(read):
    slow, fast = (learning_speed(training, ()) for training in read(SLOW, FAST))

    assert (slow.largest_fall, fast.largest_fall) == (0.0, pytest.approx(0.01))
    assert fast.spread > 5 * slow.spread
    assert slow.spread == pytest.approx(0.02 * np.abs(NOISE).mean(), rel=0.1)


def test_faster_and_less_steady_are_told_by_intervals(read):
    found = speed_difference(*read(SLOW, FAST))

    assert found.epochs == 3
    assert found.accuracy.value == pytest.approx(np.mean(FAST.accuracy) - np.mean(SLOW.accuracy))
    assert found.accuracy.low > 0
    assert found.spread.low > 0


def test_turned_about_differences_change_their_sign(read):
    slow, fast = read(SLOW, FAST)
    one, other = speed_difference(slow, fast), speed_difference(fast, slow)

    for figure, turned in ((one.accuracy, other.accuracy), (one.spread, other.spread)):
        assert (turned.low, turned.high) == pytest.approx((-figure.high, -figure.low))


def test_a_training_is_as_fast_and_steady_as_itself(read):
    (slow,) = read(SLOW)
    found = speed_difference(slow, slow)

    assert (found.accuracy.value, found.spread.value) == (0, 0)
    assert found.accuracy.low < 0 < found.accuracy.high


@pytest.mark.parametrize(
    "other",
    [
        replace(FAST, steps=FAST.steps[:150]),
        replace(FAST, training={"batch_size": 32}),
        replace(FAST, steps=()),
    ],
)
def test_steadiness_is_compared_over_the_same_batches_alone(read, other):
    assert speed_difference(*read(SLOW, other)).spread is None


def test_times_compare_where_epochs_took_equally_long(read):
    (training,) = read(SLOW)
    assert have_comparable_times([learning_speed(training, ())])

    first, *others = training.history.epochs
    slowed = replace(
        training, history=replace(training.history, epochs=(replace(first, seconds=20.0), *others))
    )
    found = learning_speed(slowed, ())
    assert found.load_ratio == pytest.approx(19.5 / 9.5)
    assert not have_comparable_times([found])
