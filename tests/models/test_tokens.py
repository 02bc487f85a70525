import numpy as np
import pytest

from robustaudit.core.files import shipped
from robustaudit.models.batching import batches_by_length
from robustaudit.models.tokens import PieceTokenizer, pad

OPEN, CLOSE, UNKNOWN = 101, 102, 100


@pytest.fixture(scope="module")
def tokenizer():
    return PieceTokenizer(path=shipped("trained_models") / "shared" / "tokenizer.json", max_tokens=8)


@pytest.mark.parametrize("text", ["", "   ", "\u200b"])
def test_a_text_of_nothing_still_has_its_opening_and_closing_piece(tokenizer, text):
    assert tokenizer.encode([text])[0].tolist() == [OPEN, CLOSE]


def test_a_text_without_a_known_piece(tokenizer):
    assert tokenizer.encode(["𓀀"])[0].tolist() == [OPEN, UNKNOWN, CLOSE]


def test_a_lone_surrogate_is_no_obstacle(tokenizer):
    broken, whole = tokenizer.encode(["good \ud800 food", "good food"])

    assert broken.tolist() == whole.tolist()


def test_long_texts_are_cut_and_still_closed(tokenizer):
    ids = tokenizer.encode(["good " * 10_000])[0]

    assert len(ids) == 8
    assert ids[-1] == CLOSE


def test_texts_that_are_cut_are_counted(tokenizer):
    texts = ["good", "good " * 6, "good " * 7, "o" * 40, "\ud800" * 9, ""]
    uncut = PieceTokenizer(path=shipped("trained_models") / "shared" / "tokenizer.json", max_tokens=10**6)

    assert [tokenizer.count_truncated([text]) for text in texts] == [
        int(len(ids) > 8) for ids in uncut.encode(texts)
    ]
    assert tokenizer.count_truncated(texts) == 2


def test_case_does_not_matter_and_typos_fall_apart(tokenizer):
    good, shouted, typo = tokenizer.encode(["good", "GOOD", "goood"])

    assert good.tolist() == shouted.tolist()
    assert len(typo) > len(good)


def test_padding_goes_to_the_right_of_the_longest():
    batch = pad([np.array([5, 6, 7]), np.array([8])])

    assert batch.ids.tolist() == [[5, 6, 7], [8, 0, 0]]
    assert batch.real.tolist() == [[True, True, True], [True, False, False]]


def test_every_row_is_dealt_once_and_long_ones_first():
    sequences = [np.zeros(length, dtype=np.int64) for length in (5, 1500, 700, 4000, 600)]

    assert [rows.tolist() for rows in batches_by_length(sequences)] == [[3], [1], [2, 4], [0]]
