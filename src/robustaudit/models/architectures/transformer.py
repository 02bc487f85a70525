"""The Transformer reference models."""

import torch
from torch import Tensor, nn

from robustaudit.models.architectures.layers import MultiHeadAttention, PieceEmbedding, Pooling, Vectors
from robustaudit.models.card import TransformerSizes


class TransformerLayer(nn.Module):
    """The parts of a layer, wherever it normalises: attention and a feed-forward network."""

    def __init__(self, *, sizes: TransformerSizes) -> None:
        super().__init__()
        width = sizes.num_heads * sizes.head_size
        self.attention = MultiHeadAttention(
            num_heads=sizes.num_heads, head_size=sizes.head_size, dropout=sizes.attention_dropout
        )
        self.attention_norm = nn.LayerNorm(width)
        self.feed_forward = nn.Sequential(
            nn.Linear(width, sizes.feed_forward), nn.GELU(), nn.Linear(sizes.feed_forward, width)
        )
        self.feed_forward_norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(sizes.dropout)


class PostNormLayer(TransformerLayer):
    """A Transformer layer that normalises after each residual sum (Vaswani et al., 2017, figure 1)."""

    def forward(self, states: Tensor, real: Tensor) -> Tensor:
        states = self.attention_norm(states + self.dropout(self.attention(states, real)))
        normed: Tensor = self.feed_forward_norm(states + self.dropout(self.feed_forward(states)))
        return normed


class PreNormLayer(TransformerLayer):
    """A Transformer layer whose residual sums are never normalised, only what each part reads of them.

    Xiong et al. (2020), arXiv:2002.04745, figure 1b; the sums are normalised once, after the last layer.
    """

    def forward(self, states: Tensor, real: Tensor) -> Tensor:
        states = states + self.dropout(self.attention(self.attention_norm(states), real))
        summed: Tensor = states + self.dropout(self.feed_forward(self.feed_forward_norm(states)))
        return summed


class Transformer(nn.Module):
    """Reference models 5 to 7: `depth` layers of one kind over word pieces with learned positions.

    Where the pooling reads the first state, a learned vector is put there.
    """

    def __init__(
        self,
        *,
        sizes: TransformerSizes,
        vectors: Vectors,
        classes: int,
        layer: type[TransformerLayer],
        depth: int,
    ) -> None:
        super().__init__()
        width = sizes.num_heads * sizes.head_size
        first = sizes.pooling == "first"
        self.embedding = PieceEmbedding(
            vectors=vectors, dropout=sizes.dropout, piece_dropout=sizes.piece_dropout
        )
        self.positions = nn.Parameter(torch.empty(sizes.max_tokens + first, width))
        nn.init.normal_(self.positions, std=0.02)
        self.first = nn.Parameter(torch.randn(width) * 0.02) if first else None
        self.layers = nn.ModuleList(layer(sizes=sizes) for _ in range(depth))
        # Post-norm layers give normalised states; the report normalises the vector in front once more.
        self.norm = nn.LayerNorm(width) if first or layer is PreNormLayer else nn.Identity()
        self.pooling = Pooling(name=sizes.pooling, width=width)
        self.classifier = nn.Linear(self.pooling.width, classes)

    def forward(self, ids: Tensor, real: Tensor) -> Tensor:
        states = self.embedding(ids)
        if self.first is not None:
            states = torch.cat((self.first.expand(len(ids), 1, -1), states), dim=1)
            real = torch.cat((real.new_ones(len(ids), 1), real), dim=1)
        states = states + self.positions[: states.shape[1]]
        for layer in self.layers:
            states = layer(states, real)
        logits: Tensor = self.classifier(self.pooling(self.norm(states), real))
        return logits
