"""Which trials of two sides are the same, from tables made by hand."""

from typing import Any

import pytest

from gates import table, trial
from robustaudit.runs.comparison import enough_shared, shared_trials

NUMBERED: tuple[dict[int, str], dict[int, str]] = ({}, {})


def test_trials_are_the_same_whatever_their_order_and_the_answers() -> None:
    first = table([trial(number) for number in range(4)])
    second = table([trial(number, perturbed_prediction=1) for number in (5, 2, 0)])
    ours, theirs = shared_trials(first, second, NUMBERED)
    assert sorted(ours["trial"].to_pylist()) == [0, 2]
    assert ours["trial"].to_pylist() == theirs["trial"].to_pylist()


@pytest.mark.parametrize(
    "changes",
    [
        {"draw": 1},
        {"example": "another"},
        {"group": "another"},
        {"label": 0},
        {"clean_text": "a good film"},
        {"perturbed_text": "a geat film"},
    ],
)
def test_a_trial_is_the_same_only_if_all_that_it_rests_on_is(changes: dict[str, Any]) -> None:
    ours, theirs = shared_trials(
        table([trial(0), trial(1)]), table([trial(0, **changes), trial(1)]), NUMBERED
    )
    assert ours["trial"].to_pylist() == theirs["trial"].to_pylist() == [1]


def test_a_label_is_what_the_data_writes_whichever_class_it_is() -> None:
    written = {0: "bad", 1: "good"}, {0: "good", 1: "bad"}
    ours, _ = shared_trials(table([trial(0, label=1)]), table([trial(0, label=0)]), written)
    assert len(ours) == 1
    ours, _ = shared_trials(table([trial(0, label=1)]), table([trial(0, label=1)]), written)
    assert len(ours) == 0


@pytest.mark.parametrize(
    ("shared", "ours", "theirs", "enough"),
    [(0, 0, 5, False), (0, 3, 5, False), (49, 100, 1000, False), (50, 100, 1000, True), (5, 10, 10, True)],
)
def test_half_of_the_trials_of_the_smaller_side_are_enough(
    shared: int, ours: int, theirs: int, enough: bool
) -> None:
    assert enough_shared(shared, ours, theirs) == enough
