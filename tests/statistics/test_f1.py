"""The interval of macro F1, class by class and by simulation."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from robustaudit.statistics.f1 import MacroF1, macro_f1
from robustaudit.statistics.measures import Estimate
from robustaudit.statistics.outcomes import TrialOutcomes, per_example

Classes = NDArray[np.int64]


def f1_of(
    label: Sequence[int] | Classes,
    clean: Sequence[int] | Classes,
    perturbed: Sequence[int] | Classes | None = None,
    *,
    group: Sequence[int] | Classes | None = None,
    draws: int = 1,
) -> MacroF1:
    """Of predictions, so many in a row for each example; a group each, unless they have others."""
    number = len(label) // draws
    example = np.repeat(np.arange(number), draws)
    answers = TrialOutcomes.of_classes(
        example=example,
        group=example if group is None else np.asarray(group),
        label=np.asarray(label),
        clean=np.asarray(clean),
        perturbed=np.asarray(clean if perturbed is None else perturbed),
    )
    return macro_f1(answers, per_example(answers), intervals=True)


def of_counts(*counts: tuple[int, int, int]) -> Estimate:
    """So many examples of (label, prediction)."""
    label, predicted, number = np.array(counts).T
    return f1_of(np.repeat(label, number), np.repeat(predicted, number)).clean


def of_share(share: float) -> float:
    """F1 where so many are right of the examples that are of a class, or are named so."""
    return 2 * share / (1 + share)


@pytest.mark.parametrize("right", [0, 1, 12, 40, 49, 50])
def test_one_class_has_the_interval_of_clopper_and_pearson(right: int) -> None:
    found = of_counts((0, 0, right), (0, 1, 50 - right))
    exact = stats.binomtest(right, 50).proportion_ci(method="exact")
    assert found.value == pytest.approx(of_share(right / 50))
    assert (found.low, found.high) == pytest.approx((of_share(exact.low), of_share(exact.high)), abs=0.006)


def test_two_classes_that_are_always_right_may_be_wrong_as_often_as_the_rule_of_three_says() -> None:
    found = of_counts((0, 0, 50), (1, 1, 50))
    assert (found.value, found.high) == (1, 1)
    assert found.low == pytest.approx(0.025 ** (1 / 100), abs=0.002)


def test_a_rare_class_alone_says_how_little_is_known() -> None:
    # Of 5 of a class all are right, of 995 of the other too: what is not known is the rare one's F1.
    found = of_counts((0, 0, 995), (1, 1, 5))
    assert found.low == pytest.approx((1 + of_share(0.025 ** (1 / 5))) / 2, abs=0.01)
    wrong = of_counts((0, 0, 995), (1, 0, 5))
    assert wrong.high == pytest.approx((1 + of_share(1 - 0.025 ** (1 / 5))) / 2, abs=0.01)
    assert wrong.low == pytest.approx(wrong.value, abs=0.01)


def test_a_class_met_once_may_be_as_rare_as_one_likes_beside_what_is_taken_for_it() -> None:
    right, once, twice = (0, 0, 60), (1, 1, 1), (1, 1, 2)
    lows = [of_counts(right, *others).low for others in ((once, (0, 1, 3)), (twice, (0, 1, 3)), (once,))]
    assert all(low is not None for low in lows)
    taken, taken_twice, not_taken = (low or 0.0 for low in lows)
    assert taken <= 0.5 < taken_twice
    assert not_taken > 0.5


def test_the_interval_depends_neither_on_order_nor_on_numbers_of_classes() -> None:
    generator = np.random.default_rng(1)
    label = generator.choice(3, 60, p=[0.7, 0.2, 0.1])
    predicted = np.where(generator.random(60) < 0.8, label, (label + 1) % 3)
    found = f1_of(label, predicted).clean
    order = generator.permutation(60)
    assert f1_of(label[order], predicted[order]).clean == found
    moved = f1_of(label + 5, predicted + 5).clean
    assert moved == found


def test_draws_that_agree_and_texts_of_one_group_count_once() -> None:
    label, predicted = np.array([0] * 30 + [1] * 10), np.array([0] * 25 + [1] * 13 + [0] * 2)
    alone = f1_of(label, predicted).clean
    drawn = f1_of(np.repeat(label, 5), np.repeat(predicted, 5), draws=5).clean
    grouped = f1_of(np.repeat(label, 4), np.repeat(predicted, 4), group=np.repeat(np.arange(40), 4)).clean
    ends = pytest.approx((alone.value, alone.low, alone.high))
    assert (drawn.value, drawn.low, drawn.high) == ends
    assert (grouped.value, grouped.low, grouped.high) == ends


@pytest.mark.parametrize("shares", [(0.95, 0.05), (0.9, 0.08, 0.02)])
def test_each_bound_of_rare_classes_errs_in_2_5_percent_at_the_most(shares: tuple[float, ...]) -> None:
    """Of 100 texts, right with a chance of 0.85, over the classes that the texts have."""
    generator = np.random.default_rng(0)
    share, classes = np.array(shares), len(shares)
    named = 0.85 * share + 0.15 * (1 - share) / (classes - 1)
    true = 2 * 0.85 * share / (share + named)
    runs, above, below = 400, 0, 0
    for _ in range(runs // 2):
        label = generator.choice(classes, 100, p=share)
        wrong = (label + generator.integers(1, classes, (2, 100))) % classes
        found = f1_of(label, *np.where(generator.random((2, 100)) < 0.85, label, wrong))
        goal = true[np.unique(label)].mean()
        for estimate in (found.clean, found.perturbed):
            assert estimate.low is not None
            assert estimate.high is not None
            above += estimate.low > goal
            below += estimate.high < goal
    most = stats.binom.ppf(0.999, runs, 0.025)
    assert above <= most
    assert below <= most
