import torch
from torch import nn

from robustaudit.models.architectures.transformer import PostNormLayer, PostNormTransformer
from robustaudit.models.sizes import TransformerSizes

SIZES = TransformerSizes(
    max_tokens=16,
    num_heads=2,
    head_size=4,
    feed_forward=12,
    pooling="mean",
    dropout=0.1,
    piece_dropout=0.1,
)
REAL = torch.tensor([[True] * 5, [True] * 3 + [False] * 2])


def test_a_layer_agrees_with_torch_on_the_same_weights():
    ours = PostNormLayer(sizes=SIZES).eval()
    theirs = nn.TransformerEncoderLayer(8, 2, 12, activation="gelu", batch_first=True).eval()
    first, _, second = ours.feed_forward
    projections = [ours.attention.query, ours.attention.key, ours.attention.value]
    with torch.no_grad():
        theirs.self_attn.in_proj_weight.copy_(torch.cat([layer.weight for layer in projections]))
        theirs.self_attn.in_proj_bias.copy_(torch.cat([layer.bias for layer in projections]))
    theirs.self_attn.out_proj.load_state_dict(ours.attention.output.state_dict())
    theirs.linear1.load_state_dict(first.state_dict())
    theirs.linear2.load_state_dict(second.state_dict())

    states = torch.randn(2, 5, 8)
    expected = theirs(states, src_key_padding_mask=~REAL)

    torch.testing.assert_close(ours(states, REAL)[REAL], expected[REAL])


def test_the_order_of_the_pieces_matters():
    table = torch.randn(30, 8, generator=torch.Generator().manual_seed(7))
    model = PostNormTransformer(sizes=SIZES, table=table, classes=2).eval()
    ids = torch.tensor([[1, 2, 3], [3, 2, 1]])

    good_not_bad, bad_not_good = model(ids, torch.ones(2, 3, dtype=torch.bool))

    assert not torch.allclose(good_not_bad, bad_not_good)
