import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from robustaudit.engine.statistics import (
    DIFFERENCE,
    SHARE,
    Grouped,
    adjusted,
    combined,
    grouped,
    holm,
    ratio_interval,
    with_added,
)


def of_drops(drops: list[float], groups: list[int] | None = None) -> tuple[float, float]:
    """The interval of the mean of examples' drops; each is a group of its own where no groups are given."""
    group = np.array(range(len(drops)) if groups is None else groups)
    return adjusted(grouped(drops, group), DIFFERENCE).interval(-1.0, 1.0)


def test_single_draws_of_groups_of_one_give_bonett_and_prices_interval() -> None:
    n, lost, won = 100, 12, 4
    p_lost, p_won = (lost + 1) / (n + 2), (won + 1) / (n + 2)
    mean = p_lost - p_won
    # The paper's variance divides by n + 2; ours, being that of a sample of groups, by n + 1, with t for z.
    error = math.sqrt((p_lost + p_won - mean**2) / (n + 1))
    reach = stats.t.ppf(0.975, n + 1) * error
    drops = [1.0] * lost + [-1.0] * won + [0.0] * (n - lost - won)
    assert of_drops(drops) == pytest.approx((mean - reach, mean + reach))


def test_a_share_of_single_examples_gives_agresti_and_coulls_interval() -> None:
    """Two successes and two failures are added; the published one has z for t and n + 4 for n + 3."""
    n, right = 50, 47
    p = (right + 2) / (n + 4)
    reach = stats.t.ppf(0.975, n + 3) * math.sqrt(p * (1 - p) / (n + 3))
    values = np.arange(n) < right
    low, high = adjusted(grouped(values, np.arange(n)), SHARE).interval(0.0, 1.0)
    assert (low, high) == pytest.approx((p - reach, min(p + reach, 1)))


def test_the_group_and_not_the_example_is_the_unit() -> None:
    # 100 examples, of which a tenth drops; those of one group all do the same.
    def width(groups: int) -> float:
        of = [i % groups for i in range(100)]
        low, high = of_drops([float(group < groups // 10) for group in of], of)
        return high - low

    assert width(10) > width(50) > width(100)


def test_agreement_of_all_groups_still_leaves_doubt() -> None:
    low, high = of_drops([0.0] * 30)
    assert low < 0 < high < 0.15


@pytest.mark.parametrize("drop", [1.0, -1.0])
def test_the_interval_stays_within_what_a_drop_can_be(drop: float) -> None:
    low, high = of_drops([drop] * 3)
    assert -1 <= low < high <= 1


pairs = arrays(bool, st.tuples(st.integers(3, 60), st.just(2)))


@given(pairs)
def test_every_figure_lies_in_its_interval(right: np.ndarray) -> None:
    clean, perturbed = right.T.astype(float)
    low, high = of_drops(list(clean - perturbed))
    assert low <= (clean - perturbed).mean() <= high
    each = np.arange(len(clean))
    low, high = adjusted(grouped(clean, each), SHARE).interval(0.0, 1.0)
    assert low <= clean.mean() <= high


@given(pairs)
def test_a_relative_drop_is_certain_exactly_where_the_drop_is(right: np.ndarray) -> None:
    clean, perturbed = right.T.astype(float)
    each = np.arange(len(clean))
    low, high = of_drops(list(clean - perturbed))
    ratio = ratio_interval(grouped(clean, each), grouped(perturbed, each))
    if ratio is not None:
        assert (low > 0) == (ratio[1] < 1)
        assert (high < 0) == (ratio[0] > 1)


@given(pairs)
def test_a_p_value_says_what_the_interval_says(right: np.ndarray) -> None:
    clean, perturbed = right.T.astype(float)
    of = adjusted(grouped(clean - perturbed, np.arange(len(clean))), DIFFERENCE)
    low, high = of.interval()
    assert (float(of.p_above_zero()) < 0.025) == (low > 0)
    assert (float(of.p_not_zero()) < 0.05) == (low > 0 or high < 0)


def test_a_difference_over_the_same_groups_is_paired() -> None:
    """The difference of two means over the same groups has the error of the mean of the differences."""
    generator = np.random.default_rng(0)
    first = generator.random(40)
    second = first + generator.normal(0, 0.01, 40)
    each = np.arange(40)
    apart = combined([grouped(first, each), grouped(second, each)], [1.0, -1.0])
    together = combined([grouped(first - second, each)], [1.0])
    assert float(apart.error) == pytest.approx(float(together.error))
    assert float(apart.mean) == pytest.approx(float(together.mean))


def test_a_difference_over_other_groups_has_the_variances_added() -> None:
    generator = np.random.default_rng(0)
    parts = [
        grouped(generator.random(50), np.arange(50), groups=100),
        grouped(generator.random(50), np.arange(50, 100)),
    ]
    apart = [float(combined([part], [1.0]).error) ** 2 for part in parts]
    both = float(combined(parts, [1.0, -1.0]).error) ** 2
    assert both == pytest.approx(sum(apart), rel=0.02)  # but for the n − 1 of 100 groups or of 50
    assert int(combined(parts, [1.0, -1.0]).freedom) == 49


def test_groups_without_examples_are_none() -> None:
    here = grouped([0.5, 1.0, 0.0], np.array([0, 1, 2]))
    wider = Grouped(np.append(here.sums, [0.0, 0.0]), np.append(here.sizes, [0.0, 0.0]))
    for of in (here, wider):
        found = adjusted(of, DIFFERENCE)
        assert int(found.freedom) == 4
        assert found.interval() == pytest.approx(adjusted(here, DIFFERENCE).interval())


def test_runs_side_by_side_are_as_each_alone() -> None:
    drops = np.random.default_rng(0).integers(-1, 2, (7, 25)).astype(float)
    low, high = adjusted(Grouped(drops, np.ones_like(drops)), DIFFERENCE).bounds()
    for run, one in enumerate(drops):
        alone = adjusted(grouped(one, np.arange(25)), DIFFERENCE).interval()
        assert (low[run], high[run]) == pytest.approx(alone)


def test_added_groups_are_as_large_as_that_of_a_usual_example() -> None:
    # Two examples are in a group of 2, six in one of 6: (2 · 2 + 6 · 6) / 8.
    part = with_added(Grouped(np.array([1.0, 2.0]), np.array([2.0, 6.0])), (1.0, -1.0))
    assert part.sums.tolist() == [1, 2, 5, -5]
    assert part.sizes.tolist() == [2, 6, 5, 5]


def test_a_few_large_groups_are_not_taken_for_many() -> None:
    """Three of fifty groups hold two thirds of the examples, and each drops wholly with a chance of 0.2."""
    sizes = np.where(np.arange(50) % 20 == 0, 30.0, 1.0)
    drops = np.random.default_rng(0).random((2000, 50)) < 0.2
    low, high = adjusted(Grouped(drops * sizes, np.broadcast_to(sizes, drops.shape)), DIFFERENCE).bounds()
    assert np.mean((low <= 0.2) & (high >= 0.2)) > 0.95


def test_holms_adjustment_by_hand() -> None:
    # 4 · 0.01, then 3 · 0.02, then 2 · 0.03 and 0.04, never falling.
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([[0.9, 0.8], [0.01, 0.02]]).tolist() == [[1.0, 1.0], [0.02, 0.02]]
    assert holm([]).tolist() == []
