import pytest

from robustaudit.reports.text import interval
from robustaudit.statistics.measures import Estimate


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        (-0.0004, 0.05, "[-0.04, 5.0]"),
        (0.0004, 0.05, "[0.04, 5.0]"),
        (-0.05, -0.0001, "[-5.0, -0.01]"),
        (0.0, 0.05, "[0.0, 5.0]"),
        (-0.0, 0.05, "[0.0, 5.0]"),
    ],
)
def test_the_end_of_an_interval_keeps_the_side_of_zero_that_it_is_on(
    low: float, high: float, shown: str
) -> None:
    assert interval(Estimate(0.01, low, high)) == shown
