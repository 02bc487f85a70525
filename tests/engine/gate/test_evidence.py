import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gates import NO_TRIALS, result, row
from robustaudit.engine import Estimate
from robustaudit.engine.gate import Rule, judge
from robustaudit.engine.gate.evidence import LEVEL, p_values, trials_needed
from robustaudit.engine.statistics import DIFFERENCE, adjusted, grouped


def estimate_of(drops: np.ndarray) -> Estimate:
    low, high = adjusted(grouped(drops, np.arange(len(drops))), DIFFERENCE).interval(-1.0, 1.0)
    return Estimate(float(drops.mean()), low, high)


@given(
    st.floats(-0.5, 0.5), st.floats(0.001, 0.3), st.floats(0.001, 0.3), st.floats(0, 1), st.integers(20, 2000)
)
def test_a_p_value_is_small_exactly_where_the_interval_lies_beyond(
    value: float, below: float, above: float, threshold: float, groups: int
) -> None:
    estimate = Estimate(value, value - below, value + above)
    assume(min(abs(threshold - bound) for bound in (estimate.low, estimate.high)) > 1e-9)
    p_above, p_below = p_values(estimate, threshold, groups=groups)
    assert (p_above < LEVEL) == (estimate.low > threshold)
    assert (p_below < LEVEL) == (estimate.high < threshold)
    assert p_above + p_below == pytest.approx(1)


def test_against_zero_it_is_nearly_the_p_value_of_the_row() -> None:
    """They differ by what the added groups draw the middle of the interval from the figure."""
    drops = np.random.default_rng(0).choice([-1.0, 0.0, 1.0], 400, p=[0.05, 0.85, 0.1])
    exact = float(adjusted(grouped(drops, np.arange(400)), DIFFERENCE).p_above_zero())
    p_above, _ = p_values(estimate_of(drops), 0.0, groups=400)
    assert p_above == pytest.approx(exact, rel=0.1)


def test_without_an_interval_there_is_none() -> None:
    assert p_values(Estimate(0.1), 0.05, groups=100) is None
    assert p_values(Estimate(0.1, 0.0, 0.2), 0.05, groups=1) is None


def test_a_figure_at_its_end_decides_nothing_about_that_end() -> None:
    assert p_values(Estimate(1.0, 0.96, 1.0), 1.0, groups=100) == (0.5, 0.5)
    assert p_values(Estimate(0.0, 0.0, 0.04), 0.0, groups=100) == (0.5, 0.5)


@given(st.floats(0.01, 0.2), st.floats(0.03, 0.3), st.integers(30, 2000))
def test_with_so_many_more_trials_the_interval_leaves_the_threshold_out(
    gap: float, reach: float, groups: int
) -> None:
    assume(gap < reach)
    further = trials_needed(
        Estimate(0.3, 0.3 - reach, 0.3 + reach), 0.3 - gap, groups=groups, trials=100, level=LEVEL
    )
    assert further is not None
    narrowed = reach / math.sqrt((100 + further) / 100)
    assert narrowed <= gap * (1 + 1e-9)
    assert reach / math.sqrt((100 + 0.9 * (further - 1)) / 100) > gap or further == 1


def test_on_the_threshold_no_number_would_help() -> None:
    estimate = Estimate(0.1, 0.0, 0.2)
    for threshold in (0.1, 0.1 + 1e-9):
        assert trials_needed(estimate, threshold, groups=100, trials=100, level=LEVEL) is None


@pytest.mark.parametrize("checks", [1, 10])
def test_a_gate_whose_rules_are_just_kept_fails_seldom(checks: int) -> None:
    """The true drop is the threshold everywhere: a failure, of any check, is a false alarm."""
    random = np.random.default_rng(0)
    rule = Rule(measure="max_drop", threshold=0.1)
    failed, runs = 0, 400
    for _ in range(runs):
        drops = random.choice([-1.0, 0.0, 1.0], (checks, 200), p=[0.05, 0.8, 0.15])
        rows = [row(estimate_of(each), examples=200, model=str(model)) for model, each in enumerate(drops)]
        failed += judge(result(rows), NO_TRIALS, [rule]).outcome == "failed"
    assert failed / runs < 0.025 + 3 * math.sqrt(0.025 * 0.975 / runs)
