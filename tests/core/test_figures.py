import pytest
from hypothesis import given
from hypothesis import strategies as st

from robustaudit.core.display import percent


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0.1234, "12.3"),
        (0.05, "5.0"),
        (-0.05, "-5.0"),
        (0.0, "0.0"),
        (-0.0, "0.0"),
        (0.0004, "0.04"),
        (-0.0004, "-0.04"),
        (-0.0000061, "-0.001"),
        (1 / 3 + 1 / 3 - 2 / 3, "0.0"),
        (0.1 + 0.2 - 0.3, "0.0"),
    ],
)
def test_a_share_has_one_decimal_or_as_many_as_tell_it_from_zero(share: float, shown: str) -> None:
    assert percent(share) == shown


def test_beside_a_threshold_it_has_as_many_as_tell_it_from_that() -> None:
    assert percent(0.05004, beside=0.05) == "5.004"
    assert percent(0.04999, beside=0.05) == "4.999"
    assert percent(0.05, beside=0.05) == "5.0"
    assert percent(0.0, beside=0.05) == "0.0"


shares = st.floats(-1, 1)


@given(shares, shares)
def test_what_is_shown_lies_on_the_side_that_the_share_is_on(share: float, beside: float) -> None:
    told = percent(share, beside=beside)
    limit = round(100 * beside, len(told.partition(".")[2]))
    if abs(share - beside) < 1e-12:
        assert float(told) == limit
    else:
        assert (float(told) > limit) == (share > beside)
