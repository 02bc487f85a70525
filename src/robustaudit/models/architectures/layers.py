"""Layers that the architectures share: embedding, attention and pooling."""

from dataclasses import dataclass

import torch
from torch import Tensor, cat, nn
from torch.nn import functional

from robustaudit.models.card import PoolingName


class MultiHeadAttention(nn.Module):
    """Self-attention over real tokens; states of shape (batch, length, d), d = num_heads * head_size.

    Four linear layers with biases: 4 * d**2 + 4 * d parameters.
    """

    def __init__(self, *, num_heads: int, head_size: int, dropout: float) -> None:
        super().__init__()
        width = num_heads * head_size
        self.num_heads = num_heads
        self.head_size = head_size
        self.dropout = dropout
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.output = nn.Linear(width, width)

    def forward(self, states: Tensor, real: Tensor) -> Tensor:
        attended = functional.scaled_dot_product_attention(
            self._by_head(self.query(states)),
            self._by_head(self.key(states)),
            self._by_head(self.value(states)),
            attn_mask=real[:, None, None, :],
            dropout_p=self.dropout if self.training else 0.0,
        )
        output: Tensor = self.output(attended.transpose(1, 2).flatten(start_dim=2))
        return output

    def _by_head(self, projected: Tensor) -> Tensor:
        """From (batch, length, d) to (batch, num_heads, length, head_size)."""
        texts, length, _ = projected.shape
        return projected.view(texts, length, self.num_heads, self.head_size).transpose(1, 2)


class Pooling(nn.Module):
    """Mean, or mean and maximum concatenated, over real tokens; or the first state.

    States of shape (batch, length, width) become (batch, `width`).
    """

    def __init__(self, *, name: PoolingName, width: int) -> None:
        super().__init__()
        self.name = name
        self.width = width * (2 if name == "mean_max" else 1)

    def forward(self, states: Tensor, real: Tensor) -> Tensor:
        if self.name == "first":
            return states[:, 0]
        mask = real.unsqueeze(-1)
        mean = (states * mask).sum(dim=1) / mask.sum(dim=1)
        if self.name == "mean":
            return mean
        return cat((mean, states.masked_fill(~mask, float("-inf")).amax(dim=1)), dim=1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Vectors:
    """Word-piece vectors of shape (pieces, width), frozen or trained further."""

    table: Tensor
    learned: bool = False

    @property
    def width(self) -> int:
        return self.table.shape[1]


class FrozenPieces(nn.Module):
    """The vectors of a shared table; all models share its file, so none of them stores it again."""

    table: Tensor

    def __init__(self, table: Tensor) -> None:
        super().__init__()
        self.register_buffer("table", table, persistent=False)

    def forward(self, ids: Tensor) -> Tensor:
        return functional.embedding(ids, self.table)


class PieceEmbedding(nn.Module):
    """Word-piece vectors; ids of shape (batch, length) to (batch, length, width).

    Frozen ones are normalised, learned ones find their own scale; the padding's, piece 0, never learns. In
    training, `piece_dropout` silences whole pieces and `dropout` single coordinates.
    """

    def __init__(self, *, vectors: Vectors, dropout: float, piece_dropout: float) -> None:
        super().__init__()
        self.pieces: nn.Module
        self.norm: nn.Module
        if vectors.learned:
            self.pieces = nn.Embedding(
                len(vectors.table), vectors.width, padding_idx=0, _weight=vectors.table
            )
            self.norm = nn.Identity()
        else:
            self.pieces = FrozenPieces(vectors.table)
            self.norm = nn.LayerNorm(vectors.width)
        self.dropout = nn.Dropout(dropout)
        self.piece_dropout = nn.Dropout(piece_dropout)

    def forward(self, ids: Tensor) -> Tensor:
        kept = self.piece_dropout(torch.ones(*ids.shape, 1, device=ids.device))
        vectors: Tensor = self.norm(self.pieces(ids))
        dropped: Tensor = self.dropout(vectors * kept)
        return dropped
