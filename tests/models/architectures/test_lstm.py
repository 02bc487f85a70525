import pytest
import torch

from robustaudit.models.architectures.lstm import (
    AttentiveEncoderDecoder,
    BidirectionalEncoder,
    LSTMEncoder,
)
from robustaudit.models.sizes import LSTMSizes

TABLE = torch.randn(30, 8, generator=torch.Generator().manual_seed(7))
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


def test_both_directions_of_a_padded_text_are_those_of_the_text_alone():
    encoder = BidirectionalEncoder(width=8, hidden=6)
    vectors = torch.randn(2, 5, 8)

    states, (hidden, cell) = encoder(vectors, REAL)
    alone, (last_hidden, last_cell) = encoder.lstm(vectors[1:, :3])

    torch.testing.assert_close(states[1:, :3], alone)
    torch.testing.assert_close(hidden[:, 1], last_hidden[0])
    torch.testing.assert_close(cell[:, 1], last_cell[0])


def test_the_decoder_starts_from_the_encoders_forward_final_state():
    model = AttentiveEncoderDecoder(sizes=SIZES, table=TABLE, classes=2).eval()
    given = []
    model.decoder.register_forward_hook(lambda _, inputs, __: given.append(inputs[1]))

    ids = torch.randint(30, (2, 5))
    model(ids, REAL)
    _, final = model.encoder(model.embedding(ids), REAL)

    torch.testing.assert_close(given[0], final)


def lstm(inputs, hidden):
    """Parameters of one direction: four gates, each with two biases."""
    return 4 * hidden * (inputs + hidden + 2)


@pytest.mark.parametrize(
    ("architecture", "expected"),
    [
        (LSTMEncoder, 2 * 8 + 2 * lstm(8, 6) + (2 * 12 + 1) * 2),
        (
            AttentiveEncoderDecoder,
            2 * 8 + 2 * lstm(8, 6) + (4 * 12**2 + 4 * 12) + lstm(12, 6) + (2 * 6 + 1) * 2,
        ),
    ],
)
def test_parameter_counts(architecture, expected):
    model = architecture(sizes=SIZES, table=TABLE, classes=2)

    assert sum(p.numel() for p in model.parameters()) == expected
