from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robustaudit.core.edits import apply, compose, trim
from robustaudit.core.records import Edit

# Two letters make chance matches, and so edits that undo each other, likely.
few_letters = st.text("ab", max_size=12)


@st.composite
def edit_lists(draw: st.DrawFn, text: str) -> list[Edit]:
    """Edits of a text, sorted, none touching the next."""
    ends = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    edits: list[Edit] = []
    for start, stop in zip(ends[::2], ends[1::2], strict=False):
        if not edits or edits[-1].stop < start:
            edits.append(Edit(start, stop, draw(st.text("ab", max_size=3))))
    return edits


@pytest.mark.parametrize(
    ("edits", "after"),
    [
        ([], "I do not go"),
        ([Edit(2, 8, "don't")], "I don't go"),
        ([Edit(0, 0, "“"), Edit(11, 11, "”")], "“I do not go”"),
        ([Edit(0, 2, ""), Edit(4, 8, "")], "do go"),
        ([Edit(0, 11, "")], ""),
    ],
    ids=["none", "replace", "insert at the ends", "delete", "delete all"],
)
def test_edits_are_applied(edits: list[Edit], after: str) -> None:
    assert apply("I do not go", edits) == after


@pytest.mark.parametrize(
    ("before", "after", "edit"),
    [
        ("great", "grexat", Edit(13, 13, "x")),
        ("great", "grat", Edit(12, 13, "")),
        ("great", "gr3at", Edit(12, 13, "3")),
        ("do not", "don't", Edit(12, 15, "n'")),
        ("aab", "aaab", Edit(12, 12, "a")),
        ("aaab", "aab", Edit(12, 13, "")),
        ("great", "", Edit(10, 15, "")),
        ("", "great", Edit(10, 10, "great")),
    ],
)
def test_what_stays_at_both_ends_is_trimmed_away(before: str, after: str, edit: Edit) -> None:
    assert trim(10, before, after) == edit


@given(before=few_letters, after=few_letters)
def test_a_trimmed_edit_does_the_same_and_cannot_be_smaller(before: str, after: str) -> None:
    edit = trim(0, before, after)
    removed = before[edit.start : edit.stop]
    assert apply(before, [edit]) == after
    if removed and edit.replacement:
        assert removed[0] != edit.replacement[0]
        assert removed[-1] != edit.replacement[-1]


@pytest.mark.parametrize(
    ("first", "second", "composed"),
    [
        ([], [Edit(0, 1, "G")], (Edit(0, 1, "G"),)),
        ([Edit(0, 1, "G")], [], (Edit(0, 1, "G"),)),
        ([Edit(0, 1, "")], [Edit(8, 9, "A")], (Edit(0, 1, ""), Edit(9, 10, "A"))),
        ([Edit(0, 1, "G")], [Edit(0, 1, "C")], (Edit(0, 1, "C"),)),
        ([Edit(0, 1, "G")], [Edit(1, 2, "R")], (Edit(0, 2, "GR"),)),
        ([Edit(0, 1, "G")], [Edit(0, 1, "g")], ()),
        ([Edit(2, 2, "x")], [Edit(2, 3, "")], ()),
        ([Edit(0, 1, "G"), Edit(6, 7, "F")], [Edit(0, 10, "all")], (Edit(0, 10, "all"),)),
    ],
    ids=["second", "first", "apart", "same place", "touching", "undone", "taken out again", "over two"],
)
def test_two_rounds_of_edits_become_one(
    first: list[Edit], second: list[Edit], composed: tuple[Edit, ...]
) -> None:
    assert compose("great food", first, second) == composed


@given(data=st.data(), text=few_letters)
def test_the_composition_does_what_both_do_one_after_the_other(data: st.DataObject, text: str) -> None:
    first = data.draw(edit_lists(text))
    second = data.draw(edit_lists(apply(text, first)))
    assert apply(text, compose(text, first, second)) == apply(apply(text, first), second)


@given(data=st.data(), text=few_letters)
def test_composed_edits_are_sorted_apart_in_the_text_and_as_small_as_can_be(
    data: st.DataObject, text: str
) -> None:
    first = data.draw(edit_lists(text))
    composed = compose(text, first, data.draw(edit_lists(apply(text, first))))

    assert all(0 <= edit.start <= edit.stop <= len(text) for edit in composed)
    assert all(before.stop < after.start for before, after in pairwise(composed))
    for edit in composed:
        assert trim(edit.start, text[edit.start : edit.stop], edit.replacement) == edit
        assert text[edit.start : edit.stop] != edit.replacement


@given(data=st.data(), text=few_letters)
def test_what_both_rounds_leave_alone_is_in_no_composed_edit(data: st.DataObject, text: str) -> None:
    first = data.draw(edit_lists(text))
    for edit in compose(text, first, []):
        assert any(given.start <= edit.start <= edit.stop <= given.stop for given in first)
    for edit in compose(text, [], first):
        assert any(given.start <= edit.start <= edit.stop <= given.stop for given in first)
