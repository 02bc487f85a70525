"""Which single edits make a text of their own is told without building any text."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from robustaudit.attacks import parse_attack
from robustaudit.perturbations import TextBatch

KINDS = (
    "neighbor_swap + substitute + delete + insert",
    "homoglyph + contract + extend",
    "split_word + move_space + wrong_double",
)


@given(
    st.lists(st.text("ab'I amisnt\U0001f642é", max_size=12), min_size=1, max_size=3), st.sampled_from(KINDS)
)
def test_each_text_that_an_edit_makes_is_kept_once_where_it_is_first_made(
    texts: list[str], expression: str
) -> None:
    batch = TextBatch(texts)
    edits = parse_attack(expression).attack.single_edits(batch)
    first: dict[tuple[int, str], int] = {}
    for row, (text, made) in enumerate(zip(edits.text.tolist(), edits.texts(batch), strict=True)):
        if made != texts[text]:
            first.setdefault((text, made), row)

    assert edits.first_of_each_text(batch, edits.text).tolist() == list(first.values())


def test_a_letter_deleted_from_a_run_makes_one_text_wherever_it_stood() -> None:
    batch = TextBatch(["aaaa"])
    edits = parse_attack("delete").attack.single_edits(batch)

    assert len(edits) == 4
    assert edits.take(edits.first_of_each_text(batch, np.zeros(4, dtype=np.int64))).texts(batch) == ["aaa"]
