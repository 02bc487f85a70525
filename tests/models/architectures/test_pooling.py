import torch

from robustaudit.models.architectures.layers import Pooling

STATES = torch.tensor([[[1.0, -2.0], [3.0, -4.0], [99.0, 99.0]]])
REAL = torch.tensor([[True, True, False]])


def test_mean_over_real_tokens():
    pooling = Pooling(name="mean", width=2)

    torch.testing.assert_close(pooling(STATES, REAL), torch.tensor([[2.0, -3.0]]))
    assert pooling.width == 2


def test_mean_and_maximum_side_by_side():
    pooling = Pooling(name="mean_max", width=2)

    torch.testing.assert_close(pooling(STATES, REAL), torch.tensor([[2.0, -3.0, 3.0, -2.0]]))
    assert pooling.width == 4


def test_what_stands_first():
    pooling = Pooling(name="first", width=2)

    torch.testing.assert_close(pooling(STATES, REAL), torch.tensor([[1.0, -2.0]]))
    assert pooling.width == 2
