from dataclasses import FrozenInstanceError

import pytest

from robustaudit.core.records import Edit, PerturbedText


def test_a_draw_changed_a_text_where_the_text_is_another() -> None:
    edit = Edit(0, 1, "G")
    assert PerturbedText("great", "Great", (edit,), ((edit,),)).changed
    assert not PerturbedText("great", "great", (), ((edit,), (Edit(0, 1, "g"),))).changed


def test_records_are_values_that_nobody_changes() -> None:
    assert Edit(0, 1, "G") == Edit(0, 1, "G")
    with pytest.raises(FrozenInstanceError):
        Edit(0, 1, "G").start = 2  # type: ignore[misc]
