import pytest

from robustaudit.core.errors import UserError
from robustaudit.models.card import LSTMSizes, TfidfSizes, TransformerSizes

SHARED = {"max_tokens": 16, "pooling": "mean", "dropout": 0.3, "piece_dropout": 0.1}
LSTM = {"hidden": 6, "num_heads": 3, "head_size": 4, **SHARED}
TRANSFORMER = {"num_heads": 2, "head_size": 4, "feed_forward": 12, "attention_dropout": 0.1, **SHARED}
TFIDF = {"max_words": 2, "min_texts": 1}


@pytest.mark.parametrize(
    ("kind", "numbers", "change", "message"),
    [
        (LSTMSizes, LSTM, {"dropout": 1.0}, "dropout must be at least 0 and below 1, got 1"),
        (LSTMSizes, LSTM, {"piece_dropout": -0.1}, "piece_dropout must be at least 0 and below 1, got -0.1"),
        (LSTMSizes, LSTM, {"max_tokens": 2}, "max_tokens must be at least 3, got 2"),
        (LSTMSizes, LSTM, {"head_size": 5}, r"must be the encoder's width, 2 \* hidden = 12, got 3 \* 5"),
        (TransformerSizes, TRANSFORMER, {"feed_forward": 0}, "feed_forward must be at least 1, got 0"),
        (TransformerSizes, TRANSFORMER, {"dropout": float("nan")}, "dropout must be"),
        (TfidfSizes, TFIDF, {"max_words": 0}, "max_words must be at least 1, got 0"),
    ],
)
def test_sizes_that_make_no_network_are_refused(kind, numbers, change, message):
    kind(**numbers)
    with pytest.raises(UserError, match=message):
        kind(**{**numbers, **change})
