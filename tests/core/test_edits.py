from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robustaudit.core.code_points import CodePoints
from robustaudit.core.edits import (
    EditColumns,
    apply,
    as_words,
    compose,
    diff,
    share_of_characters,
    splice,
    trim,
)
from robustaudit.core.records import Edit
from strategies import LONG, texts

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


Draw = tuple[int, tuple[Edit, ...]]


@st.composite
def edited(draw: st.DrawFn) -> tuple[list[str], list[Draw]]:
    """Texts, and draws: a row and edits of that text, sorted and apart."""
    texts = draw(st.lists(st.text("ab \n👍é", max_size=9), min_size=1, max_size=4))
    draws: list[Draw] = []
    for row in draw(st.lists(st.integers(0, len(texts) - 1), max_size=5)):
        ends = draw(st.sets(st.integers(0, len(texts[row])), max_size=6))
        bounds = sorted(ends)[: len(ends) // 2 * 2]
        spans = zip(bounds[::2], bounds[1::2], strict=True)
        draws.append((row, tuple(Edit(*span, draw(st.text("xyß", max_size=3))) for span in spans)))
    return texts, draws


@given(given_=edited())
def test_splicing_is_applying(given_: tuple[list[str], list[Draw]]) -> None:
    texts, draws = given_
    rows = np.array([row for row, _ in draws], dtype=np.int64)
    edits = EditColumns.of([edits for _, edits in draws])
    originals = [texts[row] for row, _ in draws]
    spliced = splice(originals, CodePoints.of(texts), rows, edits)
    assert spliced == [apply(texts[row], found) for row, found in draws]


@given(given_=edited(), data=st.data())
def test_columns_hold_the_edits_they_were_made_of(
    given_: tuple[list[str], list[Draw]], data: st.DataObject
) -> None:
    draws = [edits for _, edits in given_[1]]
    columns = EditColumns.of(draws)
    assert list(columns) == draws
    assert list(EditColumns.joined([columns, columns])) == draws + draws
    order = data.draw(st.permutations(range(len(draws))))
    assert list(columns.take(np.array(order, dtype=np.int64))) == [draws[place] for place in order]
    assert columns[1:] == draws[1:]


@pytest.mark.parametrize(
    ("edits", "touching", "may_cancel"),
    [
        ((), False, False),
        ((Edit(0, 1, "x"),), False, False),
        ((Edit(0, 1, "x"), Edit(1, 2, "y")), True, False),
        ((Edit(0, 1, ""), Edit(2, 2, "x")), False, True),
        ((Edit(0, 1, ""), Edit(2, 2, "xy")), False, False),
    ],
    ids=["none", "one", "neighbours", "as much as it takes", "more than it takes"],
)
def test_draws_that_need_a_closer_look(edits: tuple[Edit, ...], *, touching: bool, may_cancel: bool) -> None:
    columns = EditColumns.of([(), edits])
    assert columns.touching.tolist() == [False, touching]
    assert columns.may_cancel.tolist() == [False, may_cancel]


@pytest.mark.parametrize(
    ("edits", "share"),
    [
        ((), 0),
        ((Edit(0, 1, "f"),), 0.2),
        ((Edit(1, 2, ""),), 0.2),
        ((Edit(1, 1, "r"),), 0.2),
        ((Edit(1, 3, "er"),), 0.4),
        ((Edit(0, 1, "gg"), Edit(4, 5, "")), 0.6),
        ((Edit(0, 5, "GREAT"),), 1),
        ((Edit(5, 5, " https://"),), 1.8),
    ],
    ids=["none", "replaced", "removed", "inserted", "swapped", "several", "the word", "more than there was"],
)
def test_the_share_of_characters_changed_of_a_word_of_five(edits: tuple[Edit, ...], share: float) -> None:
    found = share_of_characters(CodePoints.of(["", "great"]), np.array([1]), EditColumns.of([edits]))
    assert found.tolist() == [pytest.approx(share)]


def test_what_is_put_into_a_text_of_nothing_has_a_share_too() -> None:
    found = share_of_characters(CodePoints.of([""]), np.array([0]), EditColumns.of([(Edit(0, 0, "ab"),)]))
    assert found.tolist() == [2]


@given(given_=edited())
def test_the_share_of_characters_is_at_least_what_the_text_grew_or_shrank_by(
    given_: tuple[list[str], list[Draw]],
) -> None:
    texts, draws = given_
    rows = np.array([row for row, _ in draws], dtype=np.int64)
    shares = share_of_characters(CodePoints.of(texts), rows, EditColumns.of([edits for _, edits in draws]))
    for (row, edits), share in zip(draws, shares.tolist(), strict=True):
        grown = abs(len(apply(texts[row], edits)) - len(texts[row]))
        assert share * max(len(texts[row]), 1) >= grown - 1e-9
        assert (share > 0) == any(edit.stop > edit.start or edit.replacement for edit in edits)


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("it is great", "it's great", [("it is", "it's")]),
        ("I don't like it", "I do not like it", [("don't", "do not")]),
        ("the cat sat", "thecat sat", [("the cat", "thecat")]),
        ("great", "gr eat", [("great", "gr eat")]),
        ("well-known", "wellknown", [("well-known", "wellknown")]),
        ("great!", "graet!", [("great", "graet")]),
        ("loved it", "lovrd it", [("e", "r")]),
        ("great", "grat", [("e", "")]),
        ("great", "greeeat", [("", "ee")]),
        ("good one", "good old one", [("", "old ")]),
        ("great", "gr\u200beat", [("", "\u200b")]),
        ("great", "great!!", [("", "!!")]),
    ],
)
def test_words_are_whole_where_that_reads_better(
    before: str, after: str, shown: list[tuple[str, str]]
) -> None:
    found = as_words(before, diff(before, after))
    assert [(before[edit.start : edit.stop], edit.replacement) for edit in found] == shown


def test_a_word_with_several_typing_errors_is_whole_but_look_alikes_are_shown_letter_by_letter() -> None:
    typed, alike = (Edit(1, 2, "i"), Edit(5, 6, "g")), (Edit(1, 2, "\u043e"), Edit(6, 7, "\u0435"))
    assert as_words("conjured up", typed) == (Edit(0, 8, "cinjuged"),)
    assert as_words("conjured up", alike) == alike


@given(st.data(), st.one_of(texts(), st.text("it is'-", max_size=20)))
def test_edits_of_words_make_the_same_change_in_order_and_apart(data: st.DataObject, text: str) -> None:
    edits = data.draw(edit_lists(text))
    shown = as_words(text, edits)
    assert apply(text, shown) == apply(text, edits)
    assert all(first.stop <= second.start for first, second in pairwise(shown))
    assert len(shown) <= len(edits)
