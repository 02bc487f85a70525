"""Marks of draws, and what is made of them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from robustaudit.gate.draw_outcomes import (
    ExampleDraws,
    digest_of_draw,
    digest_of_example,
    draw_outcomes,
    pair_with_baseline,
)


def drawn(*, texts: Sequence[str] = ("fime", "fone"), marks: str = "10", **changes: Any) -> ExampleDraws:
    rests_on = {"example": "e", "group": "g", "label": 1, "clean_text": "fine"} | changes
    digest = digest_of_example(**rests_on) + "".join(map(digest_of_draw, texts))
    return ExampleDraws(rests_on["example"], rests_on["group"], digest, marks)


@pytest.mark.parametrize(
    "changes",
    [
        {"example": "f"},
        {"group": "h"},
        {"label": 0},
        {"label": "1"},
        {"clean_text": "fin"},
        {"example": 'e", "g'},
    ],
)
def test_no_draw_is_the_same_if_what_it_rests_on_is_another(changes: dict[str, Any]) -> None:
    found = pair_with_baseline([(0, drawn().digest, "10")], [drawn(**changes)])
    assert (found.shared, found.groups) == (0, None)


@pytest.mark.parametrize(
    ("texts", "marks", "shared"),
    [
        (("fime", "fone"), "01", 2),
        (("fime", "fane"), "01", 1),
        (("fone", "fime"), "01", 0),
        (("fime", "fone"), "-1", 1),
        (("fime",), "1", 1),
        (("fime", "fone", "fane"), "111", 2),
    ],
    ids=["same", "one text differs", "other draws", "one without an answer", "fewer draws", "more draws"],
)
def test_draws_are_the_same_one_by_one(texts: tuple[str, ...], marks: str, shared: int) -> None:
    found = pair_with_baseline([(0, drawn().digest, "10")], [drawn(texts=texts, marks=marks)])
    assert found.shared == shared
    assert found.trials == (2, sum(mark in "10" for mark in marks))


def test_an_accuracy_is_over_the_changed_draws_that_were_answered() -> None:
    found = draw_outcomes([("a", "11.-"), ("a", "01"), ("b", "0."), ("c", "..-")])
    assert found.trials == 5
    assert found.accuracy().mean == pytest.approx((1 + 0.5 + 0) / 3)
    assert found.accuracy().sizes.tolist() == [2, 1]
    # By share they weigh 2/3, 1 and 1/2.
    assert found.accuracy(by_share=True).mean == pytest.approx((2 / 3 + 0.5) / (2 / 3 + 1 + 1 / 2))


def test_by_share_an_accuracy_does_not_depend_on_the_number_of_draws() -> None:
    """Weighing alike, examples that are seldom changed, and here seldom lost, count more with more draws."""
    random = np.random.default_rng(0)
    alike, by_share = [], []
    for draws in (1, 30):
        chance = random.beta(0.5, 0.5, 5000)
        changed, wrong = (random.random((5000, draws)) < of[:, None] for of in (chance, 0.4 * chance))
        marks = map("".join, np.where(changed, np.where(wrong, "0", "1"), "."))
        found = draw_outcomes(enumerate(marks))
        alike.append(found.accuracy().mean)
        by_share.append(found.accuracy(by_share=True).mean)
    assert alike[1] - alike[0] > 0.05
    assert by_share[1] == pytest.approx(by_share[0], abs=0.02)
