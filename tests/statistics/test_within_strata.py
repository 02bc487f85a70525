import numpy as np
import pytest

from robustaudit.statistics.within_strata import slope_within

STRATUM = np.repeat(np.arange(60), 5)
GROUP = STRATUM // 2


def cases(generator, *, slope, confounding=0.0):
    """An x that is higher in strata whose y is lower anyway, as far as they are confounded."""
    level = generator.normal(size=60)[STRATUM]
    x = generator.poisson(3, size=300) + confounding * level
    return x, slope * x - 2 * level + generator.normal(size=300)


def test_the_slope_of_one_stratum_is_that_of_least_squares():
    x, y = np.array([0.0, 1, 2, 5]), np.array([1.0, 0, 4, 3])
    found = slope_within(x, y, np.zeros(4, dtype=int), np.array([0, 0, 1, 1]))
    assert found.value == pytest.approx(np.polyfit(x, y, 1)[0])


def test_what_a_stratum_shares_plays_no_part():
    x, y = cases(np.random.default_rng(0), slope=0.5)
    shifted = slope_within(x + 10 * STRATUM, y - 7 * STRATUM, STRATUM, GROUP)
    plain = slope_within(x, y, STRATUM, GROUP)
    assert (shifted.value, shifted.low, shifted.high) == pytest.approx((plain.value, plain.low, plain.high))


@pytest.mark.parametrize("slope", [0.0, 0.5])
def test_intervals_hold_the_true_slope_where_strata_are_confounded(slope):
    generator = np.random.default_rng(1)
    drawn = (cases(generator, slope=slope, confounding=1.0) for _ in range(300))
    found = [slope_within(x, y, STRATUM, GROUP) for x, y in drawn]
    assert np.mean([each.low <= slope <= each.high for each in found]) > 0.92
    assert np.mean([each.value for each in found]) == pytest.approx(slope, abs=0.02)


def test_an_x_that_never_varies_or_in_one_group_alone_says_nothing():
    y = np.arange(300.0)
    assert slope_within(STRATUM, y, STRATUM, GROUP) is None
    assert slope_within(np.where(GROUP == 0, np.arange(300), 0), y, STRATUM, GROUP) is None
