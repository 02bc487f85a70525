import math

import pytest

from robustaudit.core.errors import UserError
from robustaudit.core.validation import check_at_least, check_between, check_known, check_unicode


@pytest.mark.parametrize("value", [1e-9, 0.3, 1])
def test_a_value_between_is_handed_back(value: float) -> None:
    assert check_between("rate", value, 0, 1) == value


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (-0.1, "-0.1"), (1.3, "1.3"), (math.nan, "nan"), (math.inf, "inf"), (-math.inf, "-inf")],
)
def test_a_value_beyond_is_named_with_what_is_allowed(value: float, shown: str) -> None:
    with pytest.raises(UserError) as caught:
        check_between("rate", value, 0, 1)
    assert str(caught.value) == f"rate must be above 0 and at most 1, got {shown}"


def test_a_number_has_a_least_value() -> None:
    assert check_at_least("trials", 1, 1) == 1
    with pytest.raises(UserError, match=r"^trials must be at least 1, got 0$"):
        check_at_least("trials", 0, 1)


def test_a_number_is_no_larger_than_files_hold() -> None:
    assert check_at_least("seed", 2**63 - 1, 0) == 2**63 - 1
    with pytest.raises(
        UserError, match=r"^seed must be at most 9223372036854775807, got 9223372036854775808$"
    ):
        check_at_least("seed", 2**63, 0)


@pytest.mark.parametrize(
    ("name", "known", "hint"),
    [
        ("qwert", ["delete", "qwerty"], "did you mean 'qwerty'?"),
        ("QWERTY", ["delete", "qwerty"], "known are delete, qwerty"),
        ("something else", ["qwerty", "delete"], "known are delete, qwerty"),
        ("qwerty", [], "none are known"),
    ],
    ids=["a slip", "no case is near", "nothing near", "nothing known"],
)
def test_an_unknown_name_gets_the_nearest_or_all(name: str, known: list[str], hint: str) -> None:
    with pytest.raises(UserError) as caught:
        check_known("attack", name, known)
    assert str(caught.value) == f"unknown attack {name!r}: {hint}"


def test_a_known_name_is_handed_back() -> None:
    assert check_known("attack", "qwerty", {"qwerty": 1}) == "qwerty"


@pytest.mark.parametrize("text", ["", "great", "naïve 👩‍👩‍👧", "\x00\u202e\U0010ffff"], ids=ascii)
def test_whatever_utf8_can_hold_is_handed_back(text: str) -> None:
    assert check_unicode("text", text) == text


@pytest.mark.parametrize(("lone", "shown"), [("\ud83d", "U+D83D"), ("\udfff", "U+DFFF")], ids=["high", "low"])
def test_half_a_surrogate_pair_is_pointed_at(lone: str, shown: str) -> None:
    with pytest.raises(UserError) as caught:
        check_unicode("text", f"so{lone}")
    assert str(caught.value) == f"text must be valid Unicode, got the lone surrogate {shown} at character 3"
