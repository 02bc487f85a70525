from dataclasses import replace

import pytest
import torch
from torch import nn

from robustaudit.models.architectures.layers import Vectors
from robustaudit.models.architectures.transformer import PostNormLayer, PreNormLayer, Transformer
from robustaudit.models.card import TransformerSizes

SIZES = TransformerSizes(
    max_tokens=16,
    num_heads=2,
    head_size=4,
    feed_forward=12,
    pooling="mean",
    dropout=0.1,
    attention_dropout=0.1,
    piece_dropout=0.1,
)
VECTORS = Vectors(table=torch.randn(30, 8, generator=torch.Generator().manual_seed(7)))
REAL = torch.tensor([[True] * 5, [True] * 3 + [False] * 2])


@pytest.mark.parametrize(("layer", "norm_first"), [(PostNormLayer, False), (PreNormLayer, True)])
def test_a_layer_agrees_with_torch_on_the_same_weights(layer, norm_first):
    ours = layer(sizes=SIZES).eval()
    theirs = nn.TransformerEncoderLayer(
        8, 2, 12, activation="gelu", batch_first=True, norm_first=norm_first
    ).eval()
    first, _, second = ours.feed_forward
    projections = [ours.attention.query, ours.attention.key, ours.attention.value]
    for norm in (ours.attention_norm, ours.feed_forward_norm):
        nn.init.normal_(norm.weight)
        nn.init.normal_(norm.bias)
    with torch.no_grad():
        theirs.self_attn.in_proj_weight.copy_(torch.cat([layer.weight for layer in projections]))
        theirs.self_attn.in_proj_bias.copy_(torch.cat([layer.bias for layer in projections]))
    theirs.self_attn.out_proj.load_state_dict(ours.attention.output.state_dict())
    theirs.linear1.load_state_dict(first.state_dict())
    theirs.linear2.load_state_dict(second.state_dict())
    theirs.norm1.load_state_dict(ours.attention_norm.state_dict())
    theirs.norm2.load_state_dict(ours.feed_forward_norm.state_dict())

    states = torch.randn(2, 5, 8)
    expected = theirs(states, src_key_padding_mask=~REAL)

    torch.testing.assert_close(ours(states, REAL)[REAL], expected[REAL])


def test_a_pre_norm_residual_adds_what_was_not_normalised():
    """With parts that give nothing, a layer is the identity, however large its input."""
    layer = PreNormLayer(sizes=SIZES).eval()
    for last in (layer.attention.output, layer.feed_forward[-1]):
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
    states = 100 * torch.randn(2, 5, 8)

    assert torch.equal(layer(states, REAL), states)


@pytest.mark.parametrize("layer", [PreNormLayer, PostNormLayer])
@pytest.mark.parametrize("pooling", ["mean", "first"])
def test_what_is_pooled_is_normalised(layer, pooling):
    model = Transformer(
        sizes=replace(SIZES, pooling=pooling), vectors=VECTORS, classes=2, layer=layer, depth=3
    ).eval()
    pooled = []
    model.pooling.register_forward_hook(lambda _, inputs, __: pooled.append(inputs[0]))
    model(torch.randint(30, (2, 5)), REAL)

    assert len(model.layers) == 3
    assert pooled[0].shape == (2, 5 + (pooling == "first"), 8)
    torch.testing.assert_close(pooled[0].mean(dim=-1), torch.zeros(pooled[0].shape[:2]), atol=1e-5, rtol=0)
    torch.testing.assert_close(
        pooled[0].var(dim=-1, correction=0), torch.ones(pooled[0].shape[:2]), atol=1e-2, rtol=0
    )


def test_the_order_of_the_pieces_matters():
    model = Transformer(sizes=SIZES, vectors=VECTORS, classes=2, layer=PostNormLayer, depth=2).eval()
    ids = torch.tensor([[1, 2, 3], [3, 2, 1]])

    good_not_bad, bad_not_good = model(ids, torch.ones(2, 3, dtype=torch.bool))

    assert not torch.allclose(good_not_bad, bad_not_good)
