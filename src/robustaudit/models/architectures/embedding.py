"""Word-piece ids to vectors: from a table that all networks share, or from one that a network learns."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Vectors:
    """The word pieces' vectors, of shape (pieces, width): left as they are, or learned from there on."""

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
