"""The Transformer settings."""

import torch
from torch import Tensor, nn

from robustaudit.models.architectures.attention import MultiHeadAttention
from robustaudit.models.architectures.embedding import PieceEmbedding
from robustaudit.models.architectures.pooling import Pooling
from robustaudit.models.sizes import TransformerSizes


class PostNormLayer(nn.Module):
    """A Transformer layer that normalises after each residual sum (Vaswani et al., 2017, figure 1)."""

    def __init__(self, *, sizes: TransformerSizes) -> None:
        super().__init__()
        width = sizes.num_heads * sizes.head_size
        self.attention = MultiHeadAttention(
            num_heads=sizes.num_heads, head_size=sizes.head_size, dropout=sizes.dropout
        )
        self.attention_norm = nn.LayerNorm(width)
        self.feed_forward = nn.Sequential(
            nn.Linear(width, sizes.feed_forward), nn.GELU(), nn.Linear(sizes.feed_forward, width)
        )
        self.feed_forward_norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(sizes.dropout)

    def forward(self, states: Tensor, real: Tensor) -> Tensor:
        states = self.attention_norm(states + self.dropout(self.attention(states, real)))
        normed: Tensor = self.feed_forward_norm(states + self.dropout(self.feed_forward(states)))
        return normed


class PostNormTransformer(nn.Module):
    """Setting 7: two post-norm layers over word pieces with learned positions."""

    def __init__(self, *, sizes: TransformerSizes, table: Tensor, classes: int) -> None:
        super().__init__()
        width = sizes.num_heads * sizes.head_size
        self.embedding = PieceEmbedding(table=table, dropout=sizes.dropout, piece_dropout=sizes.piece_dropout)
        self.positions = nn.Parameter(torch.empty(sizes.max_tokens, width))
        nn.init.normal_(self.positions, std=0.02)
        self.layers = nn.ModuleList(PostNormLayer(sizes=sizes) for _ in range(2))
        self.pooling = Pooling(name=sizes.pooling, width=width)
        self.classifier = nn.Linear(self.pooling.width, classes)

    def forward(self, ids: Tensor, real: Tensor) -> Tensor:
        states = self.embedding(ids) + self.positions[: ids.shape[1]]
        for layer in self.layers:
            states = layer(states, real)
        logits: Tensor = self.classifier(self.pooling(states, real))
        return logits
