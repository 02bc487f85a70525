"""Word-piece ids to vectors."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class PieceEmbedding(nn.Module):
    """Frozen word-piece vectors, normalised; ids of shape (batch, length) to (batch, length, width).

    In training, `piece_dropout` silences whole pieces and `dropout` single coordinates.
    """

    table: Tensor

    def __init__(self, *, table: Tensor, dropout: float, piece_dropout: float) -> None:
        super().__init__()
        # All models share the table's file, so none of them stores it again.
        self.register_buffer("table", table, persistent=False)
        self.norm = nn.LayerNorm(table.shape[1])
        self.dropout = nn.Dropout(dropout)
        self.piece_dropout = nn.Dropout(piece_dropout)

    def forward(self, ids: Tensor) -> Tensor:
        kept = self.piece_dropout(torch.ones(*ids.shape, 1, device=ids.device))
        vectors: Tensor = self.norm(functional.embedding(ids, self.table))
        dropped: Tensor = self.dropout(vectors * kept)
        return dropped
