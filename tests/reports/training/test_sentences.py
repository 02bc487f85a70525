from dataclasses import replace

import pytest

from robustaudit.reports.training_report import comparison_sentence, recommendation_sentences
from robustaudit.training.model_comparison import (
    AccuracyDifference,
    ModelComparison,
    ModelPair,
    Recommendation,
    Rival,
)

DIFFERENCE = AccuracyDifference(
    examples=1163,
    groups=1163,
    first_accuracy=0.821,
    second_accuracy=0.852,
    difference=0.031,
    low=0.012,
    high=0.05,
)
COMPARISON = ModelComparison(
    pair=ModelPair(first="3", second="4", subject="attention"),
    difference=DIFFERENCE,
    first_seconds=486.13,
    second_seconds=705.05,
    also=(),
)
RIVAL = Rival(model="8", difference=replace(DIFFERENCE, difference=-0.002, low=-0.02, high=0.016))
CHOICE = Recommendation(
    fastest="2", fastest_seconds=440.5, next_seconds=440.8, best="4", best_accuracy=0.866, rivals=(RIVAL,)
)


def test_a_sentence_is_made_from_its_numbers():
    assert comparison_sentence(COMPARISON) == (
        "4 compared with 3, attention: validation accuracy 85.2% against 82.1% on the same 1,163 examples, "
        "+3.1 pp [1.2, 5.0]: 4 is significantly more accurate. Training took 705 s against 486 s."
    )


def test_fewer_groups_than_examples_are_told():
    told = comparison_sentence(replace(COMPARISON, difference=replace(DIFFERENCE, groups=993)))

    assert "on the same 1,163 examples of 993 groups, +3.1 pp" in told


@pytest.mark.parametrize(("low", "high"), [(-0.01, 0.05), (-0.05, 0.01), (0.0, 0.05), (-0.05, 0.0)])
def test_where_the_interval_holds_zero_nothing_is_claimed(low, high):
    told = comparison_sentence(replace(COMPARISON, difference=replace(DIFFERENCE, low=low, high=high)))

    assert "no significant difference" in told
    assert "accurate" not in told


def test_a_fall_is_not_called_a_rise():
    worse = replace(DIFFERENCE, difference=-0.031, low=-0.05, high=-0.012)

    assert "-3.1 pp [-5.0, -1.2]: 4 is significantly less accurate" in comparison_sentence(
        replace(COMPARISON, difference=worse)
    )


@pytest.mark.parametrize(
    ("difference", "low", "high", "said"),
    [
        (-0.02, -0.04, -0.0004, "-2.0 pp [-4.0, -0.04]: 4 is significantly less accurate"),
        (0.02, 0.0004, 0.04, "+2.0 pp [0.04, 4.0]: 4 is significantly more accurate"),
        (0.0003, 0.0001, 0.0004, "+0.03 pp [0.01, 0.04]: 4 is significantly more accurate"),
    ],
)
def test_no_rounded_figure_contradicts_what_is_said(difference, low, high, said):
    close = replace(DIFFERENCE, difference=difference, low=low, high=high)

    assert said in comparison_sentence(replace(COMPARISON, difference=close))


def test_without_the_same_examples_only_the_times_are_told():
    told = comparison_sentence(replace(COMPARISON, difference=None))

    assert "not validated on the same examples" in told
    assert "%" not in told


def test_what_else_differs_is_told():
    told = comparison_sentence(replace(COMPARISON, also=(("epochs", "3", "5"), ("seed", "0", "1"))))

    assert told.endswith("They also differ in epochs (5 against 3) and seed (1 against 0).")


def test_the_choice_says_who_is_as_good_for_all_the_data_shows():
    time, quality = recommendation_sentences(CHOICE)

    assert time == "If time matters: 2, the fastest to train (440 s; the next took 441 s)."
    assert quality == (
        "If quality matters: 4, the highest validation accuracy (86.6%), "
        "but not significantly more accurate than 8 (-0.2 pp [-2.0, 1.6])."
    )


def test_the_choice_calls_the_best_the_best_only_where_all_others_are_shown_to_be_less_accurate():
    _, quality = recommendation_sentences(replace(CHOICE, rivals=()))

    assert quality.endswith("(86.6%); significantly more accurate than each of the others.")
