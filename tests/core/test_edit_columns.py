import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robustaudit.core.code_points import CodePoints
from robustaudit.core.edits import EditColumns, apply, share_of_characters, splice
from robustaudit.core.records import Edit

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
