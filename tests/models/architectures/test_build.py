import pytest
import torch

from robustaudit.models.architectures.build import ARCHITECTURES, build
from robustaudit.models.settings import SETTINGS
from robustaudit.models.sizes import LSTMSizes, TransformerSizes

TABLE = torch.randn(30, 8, generator=torch.Generator().manual_seed(11))
SHARED = {"max_tokens": 16, "pooling": "mean_max", "dropout": 0.3, "piece_dropout": 0.1}
SIZES = {
    "lstm": LSTMSizes(hidden=6, num_heads=3, head_size=4, **SHARED),
    "transformer": TransformerSizes(num_heads=2, head_size=4, feed_forward=12, **SHARED),
}


def network(name):
    return build(name, sizes=SIZES[SETTINGS[name].family], table=TABLE, classes=3).eval()


def test_every_network_that_can_be_named_has_an_architecture():
    assert set(ARCHITECTURES) == {name for name, setting in SETTINGS.items() if setting.family in SIZES}


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_logits_do_not_depend_on_padding(name):
    model = network(name)
    ids = torch.randint(1, 30, (1, 4))
    padded = torch.cat([ids, torch.zeros(1, 6, dtype=torch.int64)], dim=1)

    alone = model(ids, torch.ones(1, 4, dtype=torch.bool))
    beside_longer = model(padded, torch.arange(10).unsqueeze(0) < 4)

    assert alone.shape == (1, 3)
    torch.testing.assert_close(beside_longer, alone, atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_parameter_learns(name):
    model = network(name).train()
    model(torch.randint(1, 30, (8, 16)), torch.ones(8, 16, dtype=torch.bool)).square().sum().backward()

    idle = [name for name, p in model.named_parameters() if p.grad is None or not p.grad.any()]
    assert not idle
