import numpy as np
import pyarrow as pa
import pytest

from robustaudit.runs.token_account import account, without_edited_words


def edit(start, stop, replacement):
    return {"start": start, "stop": stop, "replacement": replacement}


@pytest.mark.parametrize(
    ("edits", "left"),
    [
        ([], "I loved the food"),
        ([edit(3, 4, "k")], "I the food"),
        ([edit(6, 7, "")], "I the food"),
        ([edit(7, 8, "")], "I food"),
        ([edit(0, 1, "l"), edit(12, 12, "x")], "loved the"),
        ([edit(3, 4, "k"), edit(5, 6, "k")], "I the food"),
    ],
)
def test_the_words_that_edits_touch_are_deleted(edits, left):
    assert without_edited_words("I loved the food", edits) == left


LETTERS = "abcdefgh"


def trials(reads):
    """Two words a text; an edit writes x or xx for a letter, and the model errs as `reads` says."""
    generator = np.random.default_rng(2)
    rows = []
    for example in range(60):
        for draw in range(6):
            letter, written = LETTERS[generator.integers(8)], "x" * int(generator.integers(1, 3))
            clean = f"{letter} good"
            rows.append(
                {
                    "model": "m",
                    "attack": "a",
                    "example": f"{example:02}",
                    "group": f"{example // 2:02}",
                    "draw": draw,
                    "label": 1,
                    "changed": True,
                    "clean_text": clean,
                    "perturbed_text": f"{written} good",
                    "edits": [edit(0, 1, written)],
                    "clean_prediction": 1,
                    "perturbed_prediction": reads(written, generator),
                }
            )
    return pa.Table.from_pylist(rows)


def count(texts):
    """A piece a letter; x is unknown."""
    return np.array([len(t.replace(" ", "")) for t in texts]), np.array([t.count("x") for t in texts])


def everything_is_good(texts):
    return np.ones(len(texts), dtype=int)


def test_a_model_that_errs_where_pieces_are_added_has_its_drop_explained_by_them():
    table = trials(lambda written, _: int(len(written) == 1))
    found = account(table, "m", "a", count=count, predict=everything_is_good)

    assert found.per_piece.value == pytest.approx(1)
    assert found.with_pieces.value == pytest.approx(found.drop.value)
    assert (found.edits, found.trials, found.examples) == (1, 360, 60)
    assert found.added == pytest.approx(found.drop.value)
    assert found.unknown == pytest.approx(1 + found.drop.value)
    # Without the edited word it is never wrong.
    assert found.deleted.value == 0
    assert found.beyond_deletion.value == pytest.approx(found.drop.value)
    assert found.beyond_deletion.low > 0


def test_a_model_that_errs_by_chance_has_nothing_explained_by_pieces():
    table = trials(lambda _, generator: int(generator.random() < 0.7))
    found = account(table, "m", "a", count=count, predict=everything_is_good)

    assert found.drop.low > 0.1
    assert found.with_pieces.low < 0 < found.with_pieces.high
    assert abs(found.with_pieces.value) < 0.1


def test_one_that_loses_the_word_either_way_shows_nothing_beyond_deletion():
    table = trials(lambda *_: 0)
    found = account(table, "m", "a", count=count, predict=lambda texts: np.zeros(len(texts), dtype=int))

    assert (found.drop.value, found.deleted.value, found.beyond_deletion.value) == (1, 1, 0)


def test_where_one_group_changed_there_is_no_account():
    table = trials(lambda *_: 1).slice(0, 6)
    assert account(table, "m", "a", count=count, predict=everything_is_good) is None
