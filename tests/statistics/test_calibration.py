"""Calibration errors and Brier scores: against models whose truth is known, and by hand."""

from collections.abc import Sequence
from dataclasses import astuple, replace

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from robustaudit.statistics.estimates import measure, with_intervals
from robustaudit.statistics.measures import Estimate, Measures
from robustaudit.statistics.outcomes import TrialOutcomes, outcomes_of, positions_in


def answered(
    clean: NDArray[np.float64],
    perturbed: NDArray[np.float64],
    *,
    label: Sequence[int] | NDArray[np.int64],
    example: Sequence[int] | NDArray[np.int64],
    group: Sequence[int] | NDArray[np.int64] | None = None,
) -> TrialOutcomes:
    """What a model answered with those probabilities, a row for each trial."""
    number, names = np.arange(len(clean)), [str(each) for each in range(len(clean))]
    label = np.asarray(label)
    sides = {
        name: column
        for when, given in (("clean", clean), ("perturbed", perturbed))
        for name, column in {
            f"{when}_prediction": given.argmax(axis=1),
            f"{when}_probability": given[number, label],
            f"{when}_probabilities": given.tolist(),
        }.items()
    }
    trials = pa.table(
        {
            "example": [str(each) for each in example],
            "group": [str(each) for each in (example if group is None else group)],
            "label": label,
            "changed": np.ones(len(clean), dtype=bool),
            "edit_share": np.zeros(len(clean)),
            "character_share": np.zeros(len(clean)),
            "clean_repeat_prediction": pa.nulls(len(clean), pa.int64()),
            **sides,
        }
    )
    example, group = (positions_in(trials[name], names) for name in ("example", "group"))
    return outcomes_of(trials, example=example, group=group)


def simulated(
    generator: np.random.Generator,
    *,
    examples: int = 100,
    draws: int = 10,
    gap: float = 0.0,
) -> TrialOutcomes:
    """A model of two classes that is right with a chance of its confidence less `gap`, on either side.

    Draws of an example are independent of one another; its clean answer is one.
    """
    example = np.repeat(np.arange(examples), draws)
    sure = np.stack([generator.uniform(0.5, 1, examples)[example], generator.uniform(0.5, 1, len(example))])
    luck = np.stack([generator.random(examples)[example], generator.random(len(example))])
    right = luck < sure - gap
    of_class_1 = np.where(right, sure, 1 - sure)
    clean, perturbed = (np.stack([1 - one, one], axis=1) for one in of_class_1)
    return answered(clean, perturbed, label=np.ones(len(example), dtype=int), example=example)


def sides(measures: Measures) -> tuple[Estimate, Estimate, Estimate]:
    """The squared calibration errors, clean and perturbed, and the change."""
    clean, perturbed = measures.clean_squared_calibration_error, measures.perturbed_squared_calibration_error
    change = measures.squared_calibration_error_change
    assert clean is not None
    assert perturbed is not None
    assert change is not None
    return clean, perturbed, change


@pytest.mark.parametrize("gap", [0.0, 0.05])
def test_neither_few_examples_nor_many_draws_move_the_calibration_error(gap: float) -> None:
    """The plain error of 100 answers of a calibrated model is 0.089, and of ten draws of each 0.028."""
    generator = np.random.default_rng(1)
    runs = [sides(measure(simulated(generator, gap=gap), None)) for _ in range(200)]
    errors = np.array([[side.value for side in run] for run in runs])
    noise = errors.std(axis=0) / np.sqrt(len(errors))
    assert (np.abs(errors.mean(axis=0) - [gap**2, gap**2, 0]) < 4 * noise).all()
    assert 4 * noise.max() < 0.089**2 / 2  # the plain error would be seen


def test_intervals_hold_the_calibration_error() -> None:
    generator = np.random.default_rng(2)
    runs = [sides(measure(simulated(generator, gap=0.1, draws=5), "group")) for _ in range(150)]
    for side, truth in enumerate((0.1**2, 0.1**2, 0.0)):
        missed = [not run[side].low <= truth <= run[side].high for run in runs]  # type: ignore[operator]
        assert np.mean(missed) < 0.1


def test_draws_that_agree_and_sentences_of_a_review_that_do_say_nothing_more() -> None:
    once = simulated(np.random.default_rng(3), draws=1)
    ten = once.where(np.repeat(np.arange(100), 10))
    sentences = replace(ten, example=np.arange(1000))
    for same in (ten, sentences):
        for found, expected in zip(*(sides(measure(each, "group")) for each in (same, once)), strict=True):
            assert astuple(found) == pytest.approx(astuple(expected))


def test_where_wrong_answers_are_rare_there_is_no_interval() -> None:
    """A calibrated model that claims 0.98 is right 60 times in a row with a chance of a third."""
    sure = np.tile([0.02, 0.98], (60, 1))
    found = sides(measure(answered(sure, sure, label=np.ones(60, dtype=int), example=range(60)), "group"))
    assert found == (Estimate(pytest.approx(0.02**2)), Estimate(pytest.approx(0.02**2)), Estimate(0.0))


def test_of_one_group_nothing_is_known() -> None:
    three = np.tile([0.3, 0.7], (3, 1))
    found = measure(answered(three, three, label=[1, 1, 0], example=range(3), group=[0, 0, 0]), "group")
    assert found.clean_squared_calibration_error is found.perturbed_squared_calibration_error is None


def test_a_bin_of_one_group_is_left_out() -> None:
    probabilities = np.array([[0.3, 0.7], [0.3, 0.7], [0.05, 0.95]])
    found = measure(answered(probabilities, probabilities, label=[1, 0, 0], example=range(3)), "group")
    assert sides(found)[0].value == pytest.approx(0.3 * -0.7)


def test_brier_scores_of_three_classes_by_hand() -> None:
    """Half of (1 − 0.5)² + 0.3² + 0.2², and half of 0.1² + (1 − 0.2)² + 0.7²."""
    clean, perturbed = np.array([[0.5, 0.3, 0.2]] * 2), np.array([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]])
    found = measure(answered(clean, perturbed, label=[0, 1], example=[0, 1]), "group").brier_change
    assert found is not None
    before = (0.19 + (0.25 + 0.49 + 0.04) / 2) / 2
    assert found.value == pytest.approx((0.19 + (0.01 + 0.64 + 0.49) / 2) / 2 - before)


def test_the_brier_score_rises_by_one_at_the_most() -> None:
    """Where all answers were sure and right, and are sure and wrong."""
    right, wrong = (np.tile(each, (50, 1)) for each in ([0.0, 1.0, 0.0], [1.0, 0.0, 0.0]))
    label = np.ones(50, dtype=int)
    for before, after, change in ((right, wrong, 1.0), (wrong, right, -1.0), (wrong, wrong, 0.0)):
        found = measure(answered(before, after, label=label, example=range(50)), "group").brier_change
        found = with_intervals([found])[0]
        assert found is not None
        assert found.value == change
        assert found.low is not None
        assert found.high is not None
        assert -1 <= found.low <= change <= found.high <= 1


def test_a_model_of_one_class_is_calibrated() -> None:
    sure = np.ones((30, 1))
    found = measure(answered(sure, sure, label=np.zeros(30, dtype=int), example=range(30)), "group")
    assert sides(found) == (Estimate(0.0), Estimate(0.0), Estimate(0.0))
    assert found.brier_change is not None
    assert found.brier_change.value == 0


@pytest.mark.parametrize("number", [10**3, 10**5])
def test_the_interval_is_found_however_much_is_known(number: int) -> None:
    """A model that claims 0.9 and is right with a chance of 0.6 is off by 0.09."""
    sure = np.tile([0.1, 0.9], (number, 1))
    label = (np.random.default_rng(4).random(number) < 0.6).astype(int)
    of_one, _, change = sides(measure(answered(sure, sure, label=label, example=range(number)), "group"))
    assert of_one.low is not None
    assert of_one.high is not None
    assert of_one.low < 0.09 < of_one.high
    # So far from 0 the interval is that of the accuracy, by the slope of the square.
    slope, error = 2 * np.sqrt(of_one.value), np.sqrt(0.24 / number)
    assert of_one.high - of_one.low == pytest.approx(slope * 2 * 1.96 * error, rel=0.02)
    # The change is paired, and the answers are the same.
    assert change.value == 0
    assert change.low is not None
    assert change.high is not None
    assert change.high - change.low < (of_one.high - of_one.low) / 5
