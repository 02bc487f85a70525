"""Drops by true class and flips, as the page shows them."""

from dataclasses import replace

import pytest

from results import CHANGED, PLAN, RESULT
from robustaudit.reports.page.true_classes import class_table, flip_tables
from robustaudit.runs.result import FlipCount, Slice

CLASSES = ("negative", "positive")
TRUE = tuple(
    replace(CHANGED, model=model, slice=Slice("true label", name))
    for name in CLASSES
    for model in ("1", "mine")
)


def test_a_column_is_a_model_and_a_class_and_a_row_an_attack() -> None:
    table = class_table(replace(RESULT, slices=TRUE))
    assert table is not None
    assert (table.models, table.classes) == (("1", "mine"), CLASSES)
    (attack, found), (other, nothing) = table.attacks
    assert (attack, other) == ("qwerty", "contract")
    columns = [(row.model, row.slice.value) for row in found if row and row.slice]
    assert columns == [("1", "negative"), ("1", "positive"), ("mine", "negative"), ("mine", "positive")]
    assert nothing == (None,) * 4


def test_one_class_is_no_table() -> None:
    assert class_table(replace(RESULT, slices=TRUE[:2])) is None
    assert class_table(replace(RESULT, slices=())) is None


def test_a_flip_matrix_is_over_all_attacks_in_shares_of_the_class_before() -> None:
    once = (FlipCount(0, 0, 6), FlipCount(0, 1, 2), FlipCount(1, 1, 5))
    rows = (replace(CHANGED, flip_matrix=once), replace(CHANGED, attack="delete", flip_matrix=once[:2]))
    plan = {**PLAN, "class_names": CLASSES, "models": PLAN["models"][:1]}
    (table,) = flip_tables(replace(RESULT, plan=plan, rows=rows))
    assert (table.model, table.classes) == ("1", CLASSES)
    assert table.rows == (
        ("negative", (("75.0%", False, 12), ("25.0%", True, 4))),
        ("positive", (("0.0%", True, 0), ("100.0%", False, 5))),
    )


@pytest.mark.parametrize(("models", "narrow"), [(3, True), (4, False)])
def test_few_columns_stand_beside_the_map(models: int, narrow: bool) -> None:
    plan = {**PLAN, "models": [{"name": str(place)} for place in range(models)]}
    table = class_table(replace(RESULT, plan=plan, slices=TRUE))
    assert table is not None
    assert table.is_narrow == narrow
