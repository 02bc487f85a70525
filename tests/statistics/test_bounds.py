from bisect import bisect_left

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from robustaudit.statistics.bounds import (
    Bounds,
    RatioBounds,
    TransformedBounds,
    difference_of_means,
    interval,
    intervals,
    mean_between,
    p_differs,
    relative_fall,
)
from robustaudit.statistics.intervals import LEVEL, GroupSums, grouped


def share(right: int, number: int) -> RatioBounds:
    return mean_between(grouped(np.arange(number) < right, np.arange(number)), 0.0, 1.0)


def of_drops(drops: list[float], groups: list[int] | None = None) -> RatioBounds:
    """The mean of examples' drops; each is a group of its own where no groups are given."""
    group = np.array(range(len(drops)) if groups is None else groups)
    return mean_between(grouped(drops, group), -1.0, 1.0)


@pytest.mark.parametrize(("right", "number"), [(0, 20), (3, 20), (20, 20), (1, 200), (500, 1000)])
def test_a_share_of_single_examples_has_clopper_and_pearsons_bounds(right: int, number: int) -> None:
    exact = stats.binomtest(right, number).proportion_ci(0.95, "exact")
    assert interval(share(right, number)) == pytest.approx((exact.low, exact.high), abs=1e-6)


def test_a_figure_at_the_end_of_its_range_is_not_shown_beyond_that() -> None:
    assert share(40, 40).p_below(1.0) == 1
    assert share(0, 40).p_above(0.0) == 1
    assert share(39, 40).p_below(1.0) == share(1, 40).p_above(0.0) == 0


def test_one_text_lost_of_two_hundred_does_not_show_a_drop_of_at_most_0_022() -> None:
    """That, or less, is seen in 6.4 % of audits of such a drop: 0.978 ** 200 + 200 · 0.022 · 0.978 ** 199."""
    assert of_drops([1.0] + [0.0] * 199).p_below(0.022) > 0.064


@pytest.mark.parametrize(
    ("number", "drop"), [(20, 0.212), (30, 0.143), (100, 0.044), (500, 0.0088), (1000, 0.0044)]
)
def test_an_upper_bound_is_below_the_true_drop_in_under_2_5_percent(number: int, drop: float) -> None:
    """All right before, one draw each: the number lost is binomial, and the error a sum, not a guess."""
    lost = np.arange(int(stats.binom.isf(1e-9, number, drop)))
    wrong = [of_drops([1.0] * k + [0.0] * (number - k)).p_below(drop) < LEVEL for k in lost.tolist()]
    assert stats.binom.pmf(lost, number, drop) @ wrong <= LEVEL


def test_an_upper_bound_is_below_the_true_relative_drop_in_under_2_5_percent() -> None:
    """Of 200, 160 were right before, and 0.028 of these are lost; by Fieller's interval it is 6.0 %."""
    texts, right, lost = 200, 160, 0.028

    def is_wrong(losses: int) -> bool:
        before, after = (
            grouped(np.arange(texts) < number, np.arange(texts)) for number in (right, right - losses)
        )
        return relative_fall(before, after).p_below(lost) < LEVEL

    least_right = bisect_left(range(right), True, key=lambda losses: not is_wrong(losses))
    assert 0 < stats.binom.cdf(least_right - 1, right, lost) <= LEVEL


def test_a_rise_that_is_seldom_seen_is_not_taken_for_none() -> None:
    """A fiftieth of 250 texts rise wholly, a tenth drop by a fifth: of 27 such t tests one is wrong in 11 %.

    Holm's method asks a first p-value of 0.05 / 27; the error is a sum.
    """
    texts, rise, level = 250, 0.02, 0.05 / 27
    fall = rise / 0.2 / (1 - rise)  # of the texts that do not rise

    def is_found(rises: int, falls: int) -> bool:
        return of_drops([-1.0] * rises + [0.2] * falls + [0.0] * (texts - rises - falls)).p_above(0.0) < level

    error = 0.0
    for rises in range(8):
        others = texts - rises
        least = bisect_left(range(others), True, key=lambda falls: is_found(rises, falls))
        error += stats.binom.pmf(rises, texts, rise) * stats.binom.sf(least - 1, others, fall)
    assert error <= level


def test_the_group_and_not_the_example_is_the_unit() -> None:
    # 100 examples, of which a tenth drops; those of one group all do the same.
    def width(groups: int) -> float:
        of = [i % groups for i in range(100)]
        low, high = interval(of_drops([float(group < groups // 10) for group in of], of))
        return high - low

    assert width(10) > width(50) > width(100)


def test_agreement_of_all_groups_still_leaves_doubt() -> None:
    low, high = interval(of_drops([0.0] * 30))
    assert high == pytest.approx(1 - LEVEL ** (1 / 30))
    assert low == pytest.approx(-high)


@pytest.mark.parametrize("drop", [1.0, -1.0])
def test_the_interval_stays_within_what_a_drop_can_be(drop: float) -> None:
    low, high = interval(of_drops([drop] * 3))
    assert -1 <= low < high <= 1


pairs = arrays(bool, st.tuples(st.integers(3, 60), st.just(2)))


def kinds(right: np.ndarray) -> list[Bounds]:
    """Bounds of every kind, of models that were right before and after."""
    clean, perturbed = (grouped(each.astype(float), np.arange(len(right))) for each in right.T)
    drop = mean_between(GroupSums(clean.sums - perturbed.sums, clean.sizes), -1.0, 1.0)
    shares = [mean_between(each, 0.0, 1.0) for each in (clean, perturbed)]
    found: list[Bounds] = [drop, *shares, difference_of_means(clean, perturbed, 0.0, 1.0)]
    found.append(TransformedBounds(shares[0], lambda p: 0.5 - p, lambda d: 0.5 - d, falls=True))
    return [*found, relative_fall(clean, perturbed)] if clean.sums.any() else found


@settings(max_examples=8)
@given(pairs, st.floats(-1, 1))
def test_p_values_say_what_the_bounds_say(right: np.ndarray, threshold: float) -> None:
    for bounds in kinds(right):
        low, high = interval(bounds)
        assert low <= high
        if min(abs(threshold - low), abs(threshold - high)) > 1e-6:
            assert (bounds.p_above(threshold) < LEVEL) == (low > threshold)
            assert (bounds.p_below(threshold) < LEVEL) == (high < threshold)


@settings(max_examples=8)
@given(pairs)
def test_a_lower_level_gives_wider_bounds(right: np.ndarray) -> None:
    for bounds in kinds(right):
        assert bounds.lower(0.001) <= bounds.lower(0.025) <= bounds.lower(0.2)
        assert bounds.upper(0.001) >= bounds.upper(0.025) >= bounds.upper(0.2)


@given(pairs)
def test_every_figure_lies_in_its_interval(right: np.ndarray) -> None:
    clean, perturbed = right.T.astype(float)
    low, high = interval(of_drops(list(clean - perturbed)))
    assert low <= (clean - perturbed).mean() <= high


@given(pairs)
def test_a_relative_drop_is_certain_where_the_drop_is(right: np.ndarray) -> None:
    """Of a fall of nothing both ask the same, but that their ranges end elsewhere on the lower side."""
    clean, perturbed = (grouped(each.astype(float), np.arange(len(right))) for each in right.T)
    if clean.sums.any():
        drop = of_drops(list(clean.sums - perturbed.sums))
        assert relative_fall(clean, perturbed).p_above(0.0) == pytest.approx(drop.p_above(0.0))


def test_two_sided_it_is_twice_the_smaller_side() -> None:
    bounds = of_drops([1.0] * 12 + [-1.0] * 2 + [0.0] * 60)
    assert p_differs(bounds) == 2 * bounds.p_above(0.0) < 1
    assert p_differs(of_drops([0.0] * 30)) == 1


def test_groups_without_examples_are_none() -> None:
    here = grouped([0.5, 1.0, 0.0], np.array([0, 1, 2]))
    wider = GroupSums(np.append(here.sums, [0.0, 0.0]), np.append(here.sizes, [0.0, 0.0]))
    assert interval(mean_between(wider, 0.0, 1.0)) == pytest.approx(interval(mean_between(here, 0.0, 1.0)))


def test_a_few_large_groups_are_not_taken_for_many() -> None:
    """Three of fifty groups hold two thirds of the examples, and each drops wholly with a chance of 0.2."""
    sizes = np.where(np.arange(50) % 20 == 0, 30.0, 1.0)
    drops = np.random.default_rng(0).random((400, 50)) < 0.2
    found = [mean_between(GroupSums(each * sizes, sizes), -1.0, 1.0) for each in drops]
    assert np.mean([each.p_below(0.2) < LEVEL for each in found]) <= 0.03
    assert np.mean([each.p_above(0.2) < LEVEL for each in found]) <= 0.03


@pytest.mark.parametrize(("large", "small", "drop"), [(4, 196, 0.4), (4, 396, 0.4), (50, 950, 0.05)])
def test_large_groups_that_agree_by_luck_are_not_taken_for_many(large: int, small: int, drop: float) -> None:
    """Each drops wholly with that chance. By a group of size Σn²/Σn alone the error is 5.8, 7.1 and 6.0 %."""
    sizes = np.repeat([30.0, 1.0], [large, small])

    def is_wrong(of_large: int, of_small: int) -> bool:
        lost = np.concatenate([np.arange(large) < of_large, np.arange(small) < of_small])
        return mean_between(GroupSums(lost * sizes, sizes), -1.0, 1.0).p_below(drop) < LEVEL

    error = 0.0
    for of_large in range(large + 1):
        first_right = bisect_left(range(small + 1), True, key=lambda k: not is_wrong(of_large, k))
        chance = stats.binom.pmf(of_large, large, drop)
        error += chance * stats.binom.cdf(first_right - 1, small, drop)
    assert error <= LEVEL


def test_few_large_groups_leave_few_degrees_of_freedom() -> None:
    sizes = np.concatenate([np.repeat(30.0, 4), np.ones(196)])
    drops = mean_between(GroupSums(sizes * (np.arange(200) % 5 == 0), sizes), -1.0, 1.0)
    assert drops.degrees_of_freedom == pytest.approx(
        1 / ((4 * 30**4 + 196) / (4 * 30**2 + 196) ** 2 - 1 / 200)
    )
    assert (drops.p_above(drops.lower()), drops.p_below(drops.upper())) == pytest.approx((LEVEL, LEVEL))
    alike = mean_between(GroupSums(7 * (np.arange(50) % 5 == 0), np.full(50, 7.0)), -1.0, 1.0)
    single = of_drops([float(number % 5 == 0) for number in range(50)])
    assert interval(alike) == interval(single)


@settings(max_examples=8)
@given(pairs)
def test_intervals_side_by_side_are_as_each_alone(right: np.ndarray) -> None:
    several = kinds(right)
    for found, alone in zip(intervals(several), several, strict=True):
        assert found == pytest.approx(interval(alone), abs=1e-6)
