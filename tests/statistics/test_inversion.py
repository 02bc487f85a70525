import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from robustaudit.statistics import ratios as inversion
from robustaudit.statistics.ratios import probability_above_zero


@given(st.integers(1, 400), st.integers(1, 400), st.floats(0.01, 0.99))
def test_of_two_terms_it_is_that_of_a_beta_variable(first: int, second: int, share: float) -> None:
    """A·(1 − s) − B·s is above 0 where A / (A + B) is above s."""
    terms, number = np.array([1 - share, -share]), np.array([float(first), float(second)])
    exact = stats.beta.sf(share, first, second)
    assert probability_above_zero(terms, number) == pytest.approx(exact, rel=1e-5, abs=1e-9)


def test_it_is_what_draws_say() -> None:
    generator = np.random.default_rng(0)
    terms = generator.normal(0.05, 0.3, 40)
    drawn = (generator.exponential(size=(200_000, 40)) @ terms > 0).mean()
    assert probability_above_zero(terms, np.ones(40)) == pytest.approx(drawn, abs=0.004)


@pytest.mark.parametrize("shift", [-0.12, -0.04, -1e-9, 0.0, 0.03, 0.1])
def test_the_saddlepoint_is_as_good(shift: float, monkeypatch: pytest.MonkeyPatch) -> None:
    terms = np.random.default_rng(1).normal(0, 0.5, 200)
    terms += shift - terms.mean()
    by_saddlepoint = probability_above_zero(terms, np.ones(200))
    monkeypatch.setattr(inversion, "MOST_TERMS", 1000)
    exact = probability_above_zero(terms, np.ones(200))
    assert by_saddlepoint == pytest.approx(exact, rel=0.02)


@pytest.mark.parametrize("number", [10, 100])
def test_what_is_all_on_one_side_is_certain(number: int) -> None:
    side = np.linspace(0.1, 1, number)
    assert probability_above_zero(side, np.ones(number)) == pytest.approx(1)
    assert probability_above_zero(-side, np.ones(number)) == pytest.approx(0)


def test_sums_side_by_side_are_as_each_alone() -> None:
    terms = np.random.default_rng(2).normal(0, 1, (5, 3, 12))
    together = probability_above_zero(terms, np.ones_like(terms))
    for place in np.ndindex(5, 3):
        assert together[place] == pytest.approx(float(probability_above_zero(terms[place], np.ones(12))))
