"""The LSTM reference models: an encoder, or an encoder and decoder with or without attention."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from robustaudit.models.architectures.layers import MultiHeadAttention, PieceEmbedding, Pooling, Vectors
from robustaudit.models.card import LSTMSizes

LSTMState = tuple[Tensor, Tensor]


class PackedLSTM(nn.Module):
    """One unidirectional LSTM layer that reads each text's real tokens and nothing after them."""

    def __init__(self, *, width: int, hidden: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(width, hidden, batch_first=True)

    def forward(
        self, vectors: Tensor, lengths: Tensor, state: LSTMState | None = None
    ) -> tuple[Tensor, LSTMState]:
        """States of shape (batch, length, hidden), zero behind a text, and the state at each one's end.

        `vectors` has the shape (batch, length, width); a state is two tensors of shape (1, batch, hidden).
        """
        if state is None:
            nothing = vectors.new_zeros(1, len(vectors), self.lstm.hidden_size)
            state = (nothing, nothing)
        return (
            self.packed(vectors, lengths, state)
            if vectors.is_cuda
            else self.in_spans(vectors, lengths, state)
        )

    def states(self, vectors: Tensor, lengths: Tensor, state: LSTMState | None = None) -> Tensor:
        """The states alone, which behind a text may be anything.

        Then all may be read as one rectangle, padding with it; not in training, where gradients would be
        computed for the padding, too.
        """
        if torch.is_grad_enabled():
            return self.forward(vectors, lengths, state)[0]
        states: Tensor = self.lstm(vectors, state)[0]
        return states

    def packed(self, vectors: Tensor, lengths: Tensor, state: LSTMState) -> tuple[Tensor, LSTMState]:
        """All in one call. cuDNN is made for that; on a CPU, PyTorch then goes token by token."""
        sequence = pack_padded_sequence(vectors, lengths.cpu(), batch_first=True, enforce_sorted=False)
        outputs, final = self.lstm(sequence, state)
        states, _ = pad_packed_sequence(outputs, batch_first=True, total_length=vectors.shape[1])
        return states, final

    def in_spans(self, vectors: Tensor, lengths: Tensor, state: LSTMState) -> tuple[Tensor, LSTMState]:
        """A call for each span of time in which the same texts go on: a rectangle, as oneDNN likes it."""
        texts, longest, _ = vectors.shape
        order = lengths.argsort(descending=True, stable=True)
        ending = lengths.bincount()
        times = ending.nonzero().flatten()
        reading = [texts, *(texts - ending[times].cumsum(dim=0)).tolist()]
        spans = vectors[order].tensor_split(times.tolist(), dim=1)[:-1]
        hidden, cell = (part[:, order] for part in state)
        read, ended = [], []
        for span, (now, after) in zip(spans, pairwise(reading), strict=True):
            states, (hidden, cell) = self.lstm(span[:now], (hidden, cell))
            read.append(functional.pad(states, (0, 0, 0, 0, 0, texts - now)))
            ended.append((hidden[:, after:], cell[:, after:]))
            hidden, cell = hidden[:, :after].contiguous(), cell[:, :after].contiguous()
        back = order.argsort()
        states = functional.pad(torch.cat(read, dim=1), (0, 0, 0, longest - int(times[-1])))[back]
        # Those that end last stand first in the order.
        hidden, cell = (torch.cat(parts[::-1], dim=1)[:, back] for parts in zip(*ended, strict=True))
        return states, (hidden, cell)


def reverse(states: Tensor, lengths: Tensor) -> Tensor:
    """Each text's real tokens in reverse, of shape (batch, length, width); what is behind them stays."""
    times = torch.arange(states.shape[1], device=states.device)
    mirrored = torch.where(times < lengths[:, None], lengths[:, None] - 1 - times, times)
    return states.gather(1, mirrored[:, :, None].expand_as(states))


class BidirectionalEncoder(nn.Module):
    """One bidirectional LSTM layer over (batch, length, width), its directions concatenated.

    The backward direction starts at a text's own last token.
    """

    def __init__(self, *, width: int, hidden: int) -> None:
        super().__init__()
        self.left_to_right = PackedLSTM(width=width, hidden=hidden)
        self.right_to_left = PackedLSTM(width=width, hidden=hidden)

    def forward(self, vectors: Tensor, lengths: Tensor) -> tuple[Tensor, LSTMState]:
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
    """Reference models 1 and 2: a bidirectional encoder."""

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
    """Reference models 3 and 4: a bidirectional encoder and a decoder, with or without attention.

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
        self.decoder = PackedLSTM(width=width, hidden=sizes.hidden)
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
