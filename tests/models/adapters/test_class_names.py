"""Which class an answer's label means."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from robustaudit.models.adapters.class_names import ClassNames

STARS = ("1 star", "2 stars", "3 stars")


@pytest.mark.parametrize("given", [1, 1.0, "1", "1.0", True, np.int64(1), np.float32(1), Decimal(1), b"1"])
@pytest.mark.parametrize(
    ("labels", "place"),
    [(("0", "1"), 1), (("1", "2"), 0), (("-1", "1"), 1), (("1.0", "0.0"), 0), (("bad", "good"), 1)],
)
def test_a_number_is_the_label_that_spells_it_and_else_counts_from_0(
    labels: tuple[str, ...], place: int, given: object
) -> None:
    assert ClassNames(labels).place(given) == place


@pytest.mark.parametrize(
    ("labels", "given", "message"),
    [
        (("1", "2"), 0, "answered with 0, which is none of the labels 1, 2"),
        (("1", "2"), 1.5, "answered with 1.5, which is none of the labels 1, 2"),
        (
            STARS,
            1,
            "answered with 1, which may count the labels 1 star, .* from 0, or mean the one that holds",
        ),
        (STARS, "1", "answered with 1, which may count the labels"),
        (("bad", "good"), 2, "predicted class 2, of which there are 2, from 0"),
        (("bad", "good"), -1, "predicted class -1, of which there are 2, from 0"),
        (("bad", "good"), 10**30, "predicted class 10+, of which there are 2, from 0"),
        (("bad", "good"), "LABEL_7", "predicted class 7, of which there are 2, from 0"),
        (("LABEL_0", "LABEL_1"), "LABEL_7", "answered with 'LABEL_7', which is none of the labels"),
        (("Bad", "bad"), "BAD", "answered with 'BAD', which is none of the labels Bad, bad"),
        (("bad", "good"), None, "gave no prediction, but None"),
        (("bad", "good"), float("nan"), "gave no prediction, but nan"),
        (("bad", "good"), pd.NA, "gave no prediction, but <NA>"),
        (("co2", "other"), 0, "answered with 0, which may count the labels"),
        (("bad", "good"), 1j, "answered with 1j, which is no label"),
    ],
)
def test_what_is_no_label_or_may_be_two_is_refused(
    labels: tuple[str, ...], given: object, message: str
) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        ClassNames(labels).place(given)


def test_names_come_before_numbers_and_case_tells_only_where_it_must() -> None:
    assert [ClassNames(STARS).place(name) for name in (" 3 Stars", "1 star")] == [2, 0]
    assert [ClassNames(("Bad", "bad")).place(name) for name in ("bad", "Bad")] == [1, 0]
    assert [ClassNames(("False", "True")).place(given) for given in (True, "true", False, 1)] == [1, 1, 0, 1]
    assert ClassNames(("True", "False")).place(True) == 0
    assert ClassNames(("gpt-3", "human")).place(1) == 1
    assert ClassNames(("class0", "class1")).place(1) == 1
    assert ClassNames(("bad", "good")).place("LABEL_1") == 1
