"""The LSTM settings: an encoder alone, and an encoder and decoder with or without attention between."""

import torch
from torch import Tensor, nn

from robustaudit.models.architectures.attention import MultiHeadAttention
from robustaudit.models.architectures.embedding import PieceEmbedding, Vectors
from robustaudit.models.architectures.pooling import Pooling
from robustaudit.models.architectures.recurrent import RaggedLSTM, State, reverse
from robustaudit.models.sizes import LSTMSizes


class BidirectionalEncoder(nn.Module):
    """One bidirectional LSTM layer over (batch, length, width), its directions concatenated.

    The backward direction starts at a text's own last token.
    """

    def __init__(self, *, width: int, hidden: int) -> None:
        super().__init__()
        self.left_to_right = RaggedLSTM(width=width, hidden=hidden)
        self.right_to_left = RaggedLSTM(width=width, hidden=hidden)

    def forward(self, vectors: Tensor, lengths: Tensor) -> tuple[Tensor, State]:
        """States of shape (batch, length, 2 * hidden) and the forward direction's final state."""
        onward, final = self.left_to_right(vectors, lengths)
        return self._both(onward, vectors, lengths), final

    def states(self, vectors: Tensor, lengths: Tensor) -> Tensor:
        """The states alone, which behind a text may be anything."""
        return self._both(self.left_to_right.states(vectors, lengths), vectors, lengths)

    def _both(self, onward: Tensor, vectors: Tensor, lengths: Tensor) -> Tensor:
        backward = self.right_to_left.states(reverse(vectors, lengths), lengths)
        return torch.cat((onward, reverse(backward, lengths)), dim=2)


class LSTMEncoder(nn.Module):
    """Settings 1 and 2: a bidirectional encoder alone."""

    def __init__(self, *, sizes: LSTMSizes, vectors: Vectors, classes: int) -> None:
        super().__init__()
        self.embedding = _embedding(sizes, vectors)
        self.encoder = BidirectionalEncoder(width=vectors.width, hidden=sizes.hidden)
        self.pooling = Pooling(name=sizes.pooling, width=2 * sizes.hidden)
        self.classifier = nn.Linear(self.pooling.width, classes)

    def forward(self, ids: Tensor, real: Tensor) -> Tensor:
        states = self.encoder.states(self.embedding(ids), real.sum(dim=1))
        logits: Tensor = self.classifier(self.pooling(states, real))
        return logits


class EncoderDecoder(nn.Module):
    """Settings 3 and 4: a bidirectional encoder and a decoder over its outputs, attention between or not.

    The decoder is one unidirectional LSTM layer that starts from the encoder's forward final state.
    """

    def __init__(self, *, sizes: LSTMSizes, vectors: Vectors, classes: int, attentive: bool) -> None:
        super().__init__()
        width = 2 * sizes.hidden
        self.embedding = _embedding(sizes, vectors)
        self.encoder = BidirectionalEncoder(width=vectors.width, hidden=sizes.hidden)
        self.attention = (
            MultiHeadAttention(num_heads=sizes.num_heads, head_size=sizes.head_size, dropout=0.0)
            if attentive
            else None
        )
        self.decoder = RaggedLSTM(width=width, hidden=sizes.hidden)
        self.pooling = Pooling(name=sizes.pooling, width=sizes.hidden)
        self.classifier = nn.Linear(self.pooling.width, classes)

    def forward(self, ids: Tensor, real: Tensor) -> Tensor:
        lengths = real.sum(dim=1)
        states, final = self.encoder(self.embedding(ids), lengths)
        if self.attention is not None:
            states = states + self.attention(states, real)
        decoded = self.decoder.states(states, lengths, final)
        logits: Tensor = self.classifier(self.pooling(decoded, real))
        return logits


def _embedding(sizes: LSTMSizes, vectors: Vectors) -> PieceEmbedding:
    return PieceEmbedding(vectors=vectors, dropout=sizes.dropout, piece_dropout=sizes.piece_dropout)
