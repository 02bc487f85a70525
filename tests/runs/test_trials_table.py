from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from robustaudit.attacks import parse_attack
from robustaudit.core.edits import EditColumns
from robustaudit.core.records import Edit
from robustaudit.perturbations import TextBatch
from robustaudit.runs.trials_table import share_of_words_edited
from strategies import sentences


@pytest.mark.parametrize(
    ("edits", "share"),
    [
        ((), 0),
        ((Edit(1, 2, "x"),), 1 / 3),
        ((Edit(0, 1, "x"), Edit(2, 3, "y")), 1 / 3),
        ((Edit(0, 0, "x"),), 1 / 3),
        ((Edit(3, 3, "x"),), 1 / 3),
        ((Edit(3, 4, ""),), 0),
        ((Edit(2, 5, ""),), 2 / 3),
        ((Edit(2, 5, ""), Edit(6, 7, ""), Edit(11, 11, "s")), 1),
    ],
    ids=["none", "one", "one twice", "before", "behind", "a blank", "two at once", "all"],
)
def test_the_share_of_words_that_edits_touch(edits: tuple[Edit, ...], share: float) -> None:
    batch = TextBatch(["…", "tea was bad", ""])
    columns = EditColumns.of([(), edits, edits, ()])
    shares = share_of_words_edited(batch, np.array([0, 1, 1, 2]), columns)
    assert shares.tolist() == pytest.approx([0, share, share, 0])


@given(texts=st.lists(sentences(), min_size=1, max_size=3), seed=st.integers(0, 100))
def test_a_share_of_words_is_that_of_the_words_with_an_edit_in_or_beside_them(
    texts: list[str], seed: int
) -> None:
    batch, rows = TextBatch(texts), np.arange(len(texts))
    attack = parse_attack("contract + insert + delete", rate=0.6).attack
    edits = attack.draw(batch, rows, rows.astype(np.uint64) + np.uint64(seed)).edits
    for row, share in enumerate(share_of_words_edited(batch, rows, edits).tolist()):
        mine = batch.words.text == row
        words = list(zip(batch.words.start[mine].tolist(), batch.words.stop[mine].tolist(), strict=True))
        touched = set(chain.from_iterable(touched_by(edit, words) for edit in edits[row]))
        assert share == pytest.approx(len(touched) / max(len(words), 1))


def touched_by(edit: Edit, words: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The words that an edit changes; what it inserts where two words touch is of the first."""
    if edit.start == edit.stop:
        return [(start, stop) for start, stop in words if start <= edit.start <= stop][:1]
    return [(start, stop) for start, stop in words if edit.start < stop and start < edit.stop]
