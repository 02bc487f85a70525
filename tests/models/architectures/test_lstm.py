from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import torch
from torch import nn

from robustaudit.models.architectures.layers import Vectors
from robustaudit.models.architectures.lstm import (
    BidirectionalEncoder,
    EncoderDecoder,
    LSTMEncoder,
)
from robustaudit.models.card import LSTMSizes

VECTORS = Vectors(table=torch.randn(30, 8, generator=torch.Generator().manual_seed(7)))
REAL = torch.tensor([[True] * 5, [True] * 3 + [False] * 2])
SIZES = LSTMSizes(
    max_tokens=16,
    hidden=6,
    num_heads=3,
    head_size=4,
    pooling="mean_max",
    dropout=0.3,
    piece_dropout=0.1,
)


def test_the_encoder_agrees_with_a_bidirectional_lstm_of_torch_on_the_text_alone():
    encoder = BidirectionalEncoder(width=8, hidden=6)
    theirs = nn.LSTM(8, 6, batch_first=True, bidirectional=True)
    weights = dict(encoder.left_to_right.lstm.named_parameters())
    weights |= {f"{name}_reverse": own for name, own in encoder.right_to_left.lstm.named_parameters()}
    theirs.load_state_dict(weights)
    vectors = torch.randn(2, 5, 8)

    states, (hidden, cell) = encoder(vectors, REAL.sum(dim=1))
    alone, (last_hidden, last_cell) = theirs(vectors[1:, :3])

    torch.testing.assert_close(states[1:, :3], alone)
    torch.testing.assert_close(hidden[:, 1], last_hidden[0])
    torch.testing.assert_close(cell[:, 1], last_cell[0])


@pytest.mark.parametrize("attentive", [False, True])
def test_the_decoder_starts_from_the_encoders_forward_final_state(attentive):
    model = EncoderDecoder(sizes=SIZES, vectors=VECTORS, classes=2, attentive=attentive).eval()
    given = []
    model.decoder.lstm.register_forward_hook(lambda _, inputs, __: given.append(inputs[1]))

    ids = torch.randint(30, (2, 5))
    with torch.no_grad():
        model(ids, REAL)
        _, final = model.encoder(model.embedding(ids), REAL.sum(dim=1))

    torch.testing.assert_close(given, [final])


@pytest.mark.parametrize(("pooling", "read"), [("mean", 5), ("mean_max", 5), ("first", 1)])
def test_how_much_of_the_decoder_is_read(pooling, read):
    """A causal decoder has seen one token at its first position; by default it is read at all of them."""
    sizes = replace(SIZES, pooling=pooling)
    model = EncoderDecoder(sizes=sizes, vectors=VECTORS, classes=2, attentive=False).eval()
    decoded = []

    def keep(_: nn.Module, gradients: Any, __: Any) -> None:
        decoded.append(gradients[0])

    model.pooling.register_full_backward_hook(keep)
    model(torch.randint(30, (1, 5)), REAL[:1]).sum().backward()

    assert decoded[0].any(dim=-1).sum() == read


def lstm(inputs, hidden):
    """Parameters of one direction: four gates, each with two biases."""
    return 4 * hidden * (inputs + hidden + 2)


ENCODER = 2 * 8 + 2 * lstm(8, 6)
DECODER = lstm(12, 6) + (2 * 6 + 1) * 2
ATTENTION = 4 * 12**2 + 4 * 12


@pytest.mark.parametrize(
    ("architecture", "expected"),
    [
        (LSTMEncoder, ENCODER + (2 * 12 + 1) * 2),
        (partial(EncoderDecoder, attentive=False), ENCODER + DECODER),
        (partial(EncoderDecoder, attentive=True), ENCODER + ATTENTION + DECODER),
    ],
)
def test_parameter_counts(architecture, expected):
    model = architecture(sizes=SIZES, vectors=VECTORS, classes=2)

    assert sum(p.numel() for p in model.parameters()) == expected
