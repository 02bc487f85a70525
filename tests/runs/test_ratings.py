import re
from collections.abc import Sequence

import pytest

from robustaudit import UserError, audit

RATED = [(f"{word} {number}", rating) for number in range(3) for rating, word in enumerate("ABCDE", start=1)]
"""Texts with ratings: their first letters tell the rating, A the lowest."""

LOW, HIGH = "AB", "DE"


class Rates:
    """A model of sentiments, each by the first letters of its texts."""

    def __init__(self, **letters: str) -> None:
        self.labels = tuple(letters)
        self._letters = letters

    def predict(self, texts: Sequence[str]) -> list[str]:
        return [
            next(
                (name for name, letters in self._letters.items() if text[0].upper() in letters),
                self.labels[0],
            )
            for text in texts
        ]


def refusal(model: Rates, data: Sequence[tuple[str, int | str]] = RATED) -> str:
    with pytest.raises(UserError) as caught:
        audit({"m": model}, data, attacks="lower_case", trials=5)
    return str(caught.value)


@pytest.mark.parametrize(
    ("model", "maps"),
    [
        (
            Rates(negative=LOW, positive=HIGH),
            [("1=negative,2=negative,3=-,4=positive,5=positive", "low and high; 3 is left out")],
        ),
        (
            Rates(POSITIVE=HIGH, NEGATIVE=LOW),
            [("1=NEGATIVE,2=NEGATIVE,3=-,4=POSITIVE,5=POSITIVE", "low and high; 3 is left out")],
        ),
        (
            Rates(negative=LOW, neutral="C", positive=HIGH),
            [("1=negative,2=negative,3=neutral,4=positive,5=positive", "3 is neutral")],
        ),
        (
            Rates(LABEL_0=LOW, LABEL_1=HIGH),
            [
                ("1=LABEL_0,2=LABEL_0,3=-,4=LABEL_1,5=LABEL_1", "if LABEL_1 is the better; 3 is left out"),
                ("1=LABEL_1,2=LABEL_1,3=-,4=LABEL_0,5=LABEL_0", "the other way round"),
            ],
        ),
    ],
    ids=["named", "the other order", "with a neutral class", "without names"],
)
def test_ratings_are_refused_with_the_label_map_that_makes_sentiments_of_them(
    model: Rates, maps: list[tuple[str, str]]
) -> None:
    found = re.findall(r"--label-map '(.*?)' \((.*?)\)", refusal(model))
    assert found == maps
    named = audit({"m": model}, RATED, label_map=found[0][0], attacks="lower_case", trials=20)
    (row,) = named.result.rows
    assert row.on_all.clean_accuracy is not None
    assert row.on_all.clean_accuracy.value == 1
    left_out = "3=-" in found[0][0]
    data = named.result.plan["data"]
    assert (data["rows"], data["examples"]) == (len(RATED), len(RATED) - 3 * left_out)
    assert any("3 of 15 rows left out" in note for note in data["notes"]) == left_out


def test_ratings_may_go_to_ten_or_be_called_stars() -> None:
    model = Rates(negative=LOW, positive=HIGH)
    ten = [("A", 1), ("B", 4), ("C", 5), ("C", 6), ("D", 7), ("E", 10)]
    wanted = "'1=negative,4=negative,5=-,6=-,7=positive,10=positive' (low and high; 5, 6 are left out)"
    assert wanted in refusal(model, ten)
    stars = [("A", "1 star"), ("C", "3 stars"), ("E", "5 stars")]
    wanted = "'1 star=negative,3 stars=-,5 stars=positive' (low and high; 3 is left out)"
    assert wanted in refusal(model, stars)


def test_what_is_no_rating_is_not_read_as_one() -> None:
    model = Rates(negative=LOW, positive=HIGH)
    for data in ([*RATED, ("F", 6)], [*RATED, ("F", 0)], [*RATED, ("F", 11)], RATED[1:3] + RATED[:1]):
        assert "such as" in refusal(model, data)
    assert "such as" in refusal(Rates(bread=LOW, butter="C", cheese=HIGH))
