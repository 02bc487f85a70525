"""The numbers that fix an architecture's shape; a preset chooses them, a model card keeps them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from robustaudit.core.errors import UserError
from robustaudit.core.validation import check_at_least

Numbers = Mapping[str, int | float | str]
PoolingName = Literal["mean", "mean_max", "first"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LSTMSizes:
    """Shape of the LSTM settings; the encoder's `hidden` counts one direction."""

    max_tokens: int
    hidden: int
    num_heads: int
    head_size: int
    pooling: PoolingName
    dropout: float
    piece_dropout: float

    def __post_init__(self) -> None:
        check_at_least("max_tokens", self.max_tokens, 3)
        check_at_least("hidden", self.hidden, 1)
        check_share("dropout", self.dropout)
        check_share("piece_dropout", self.piece_dropout)
        if self.num_heads * self.head_size != 2 * self.hidden:
            raise UserError(
                "num_heads * head_size must be the encoder's width, 2 * hidden = "
                f"{2 * self.hidden}, got {self.num_heads} * {self.head_size}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformerSizes:
    """Shape of the Transformer settings; their width is num_heads * head_size, the embeddings' too."""

    max_tokens: int
    num_heads: int
    head_size: int
    feed_forward: int
    pooling: PoolingName
    dropout: float
    attention_dropout: float
    piece_dropout: float

    def __post_init__(self) -> None:
        check_at_least("max_tokens", self.max_tokens, 3)
        check_at_least("num_heads", self.num_heads, 1)
        check_at_least("head_size", self.head_size, 1)
        check_at_least("feed_forward", self.feed_forward, 1)
        check_share("dropout", self.dropout)
        check_share("attention_dropout", self.attention_dropout)
        check_share("piece_dropout", self.piece_dropout)


@dataclass(frozen=True, slots=True, kw_only=True)
class BertSizes:
    """Shape of the fine-tuned BERT; `base` names a package that carries one, or a folder."""

    base: str
    max_tokens: int
    trained_layers: int
    pooling: PoolingName
    dropout: float

    def __post_init__(self) -> None:
        check_at_least("max_tokens", self.max_tokens, 3)
        check_at_least("trained_layers", self.trained_layers, 0)
        check_share("dropout", self.dropout)


@dataclass(frozen=True, slots=True, kw_only=True)
class TfidfSizes:
    """Shape of the baseline: terms of 1 to `max_words` words that lie in at least `min_texts` texts."""

    max_words: int
    min_texts: int

    def __post_init__(self) -> None:
        check_at_least("max_words", self.max_words, 1)
        check_at_least("min_texts", self.min_texts, 1)


NetworkSizes = LSTMSizes | TransformerSizes | BertSizes


def check_share(name: str, value: float) -> float:
    """Return `value` where 0 <= value < 1."""
    if not 0 <= value < 1:
        raise UserError(f"{name} must be at least 0 and below 1, got {value:g}")
    return value
