"""Roots are those that SciPy's method finds, to the last bit."""

import numpy as np
import pytest
from scipy.optimize import elementwise

from robustaudit.statistics.root_finding import find_roots

RANDOM = np.random.default_rng(5)
FUNCTIONS = {
    "cubic": lambda x, c: x**3 - 2 * x - c,
    "steep": lambda x, c: np.expm1(20 * x) - c,
    "step": lambda x, c: np.where(x < c / 10, -1.0, 1.0),
    "linear": lambda x, c: x - c,
    "flat": lambda x, c: (x - c / 10) ** 9,
    "unknown": lambda x, c: np.where(c > 5, np.nan, x - c / 2),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("near", [0.0, 1e-6])
def test_roots_are_scipys(name: str, near: float) -> None:
    numbers = RANDOM.uniform(-1, 10, 500)
    low, high = RANDOM.uniform(-3, 0, 500), RANDOM.uniform(0.5, 4, 500)
    theirs = elementwise.find_root(FUNCTIONS[name], (low, high), args=(numbers,), tolerances={"xatol": near})
    ours = find_roots(lambda at, rows: FUNCTIONS[name](at, numbers[rows]), low, high, near=near)
    np.testing.assert_array_equal(np.isnan(ours), ~theirs.success)
    np.testing.assert_array_equal(ours[theirs.success], theirs.x[theirs.success])
    assert theirs.success.any()


def test_no_functions_have_no_roots() -> None:
    assert not len(find_roots(lambda at, _: at, np.empty(0), np.empty(0), near=0.0))
