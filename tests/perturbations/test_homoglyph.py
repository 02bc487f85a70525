import string

import pytest

from reachable import one_edit_away
from robustaudit.perturbations import Homoglyph


@pytest.mark.parametrize("character", string.ascii_lowercase + string.digits)
def test_each_lower_case_letter_and_digit_has_one_look_alike(character: str) -> None:
    (after,) = one_edit_away(Homoglyph(), character)
    assert len(after) == 1
    assert after != character


@pytest.mark.parametrize(
    ("before", "after"),
    [("A-B", "A˗B"), ("A'B", "A`B"), ("X1", "Xl"), ("Xx", "X×"), ("Å0", "ÅO"), ("E e", "E е")],
)
def test_hyphen_apostrophe_and_those_that_are_no_homoglyphs(before: str, after: str) -> None:
    assert one_edit_away(Homoglyph(), before) == [after]


@pytest.mark.parametrize("text", ["", "GREAT", "- '", "A’B", "好吃", "é", "e\u0301", "😀"])
def test_what_has_no_entry_is_left_alone(text: str) -> None:
    assert one_edit_away(Homoglyph(), text) == []


def test_one_character_of_a_word_is_changed_at_a_time() -> None:
    assert one_edit_away(Homoglyph(), "Great!") == sorted(["Gⲅeat!", "Grеat!", "Greɑt!", "Grea𝚝!"])


def test_a_letter_with_its_accent_is_one_letter() -> None:
    assert one_edit_away(Homoglyph(), "Cafe\u0301") == sorted(["Cɑfe\u0301", "Ca𝚏e\u0301"])
