import pytest
import torch
from torch import nn

from robustaudit.models.architectures.layers import MultiHeadAttention

REAL = torch.tensor([[True, True, True, True], [True, True, False, False]])


@pytest.fixture
def states():
    return torch.randn(2, 4, 12, generator=torch.Generator().manual_seed(3))


@pytest.mark.parametrize(("num_heads", "head_size"), [(1, 12), (3, 4), (12, 1)])
def test_agrees_with_torch_on_the_same_weights(num_heads, head_size, states):
    ours = MultiHeadAttention(num_heads=num_heads, head_size=head_size, dropout=0.0)
    theirs = nn.MultiheadAttention(12, num_heads, batch_first=True)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat([ours.query.weight, ours.key.weight, ours.value.weight]))
        theirs.in_proj_bias.copy_(torch.cat([ours.query.bias, ours.key.bias, ours.value.bias]))
        theirs.out_proj.load_state_dict(ours.output.state_dict())

        expected, _ = theirs(states, states, states, key_padding_mask=~REAL)
        torch.testing.assert_close(ours(states, REAL), expected)


def test_padding_is_never_attended_to(states):
    attention = MultiHeadAttention(num_heads=3, head_size=4, dropout=0.0)
    disturbed = states.clone()
    disturbed[1, 2:] = 1e4

    torch.testing.assert_close(attention(states, REAL)[1, :2], attention(disturbed, REAL)[1, :2])


@pytest.mark.parametrize(("num_heads", "head_size"), [(1, 512), (4, 64)])
def test_four_linear_layers_with_biases(num_heads, head_size):
    attention = MultiHeadAttention(num_heads=num_heads, head_size=head_size, dropout=0.0)
    d = num_heads * head_size

    assert sum(p.numel() for p in attention.parameters()) == 4 * d**2 + 4 * d


def test_dropout_acts_in_training_alone(states):
    attention = MultiHeadAttention(num_heads=3, head_size=4, dropout=0.5)

    assert not torch.equal(attention(states, REAL), attention(states, REAL))
    attention.eval()
    assert torch.equal(attention(states, REAL), attention(states, REAL))
