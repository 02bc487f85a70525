from itertools import pairwise

import pytest
from hypothesis import given

from robustaudit.core.edits import apply, diff
from robustaudit.core.records import Edit
from strategies import LONG, texts


@pytest.mark.parametrize(
    ("before", "after", "edits"),
    [
        ("good food", "good food", ()),
        ("good food", "good fpod", (Edit(6, 7, "p"),)),
        ("good food, good mood", "gokd food, good moid", (Edit(2, 3, "k"), Edit(18, 19, "i"))),
        ("good food", "fine food", (Edit(0, 4, "fine"),)),
        ("so good", "so very good", (Edit(3, 3, "very "),)),
        ("it was not good", "it was good", (Edit(7, 11, ""),)),
        ("don't", "do n't", (Edit(2, 2, " "),)),
        ("", "new", (Edit(0, 0, "new"),)),
        ("gone", "", (Edit(0, 4, ""),)),
        ("a a a", "a a a a", (Edit(5, 5, " a"),)),
    ],
)
def test_edits_are_what_a_reader_would_mark(before: str, after: str, edits: tuple[Edit, ...]) -> None:
    assert diff(before, after) == edits


@given(before=texts(), after=texts())
def test_edits_turn_one_text_into_the_other_and_lie_apart(before: str, after: str) -> None:
    edits = diff(before, after)

    assert apply(before, edits) == after
    assert all(first.stop < second.start for first, second in pairwise(edits))
    assert all(before[edit.start : edit.stop] != edit.replacement for edit in edits)


@given(before=texts())
def test_a_text_does_not_differ_from_itself(before: str) -> None:
    assert diff(before, before) == ()


@pytest.mark.parametrize("unit", ["a ", "don't ", ". ", "ab"])
def test_long_texts_that_repeat_themselves_are_compared(unit: str) -> None:
    before = unit * (LONG // len(unit))
    middle = len(before) // 2
    after = f"x{before[:middle]}y{before[middle + 1 :]}z"
    assert apply(before, diff(before, after)) == after
