import pytest
import torch

from robustaudit.models.architectures.lstm import PackedLSTM, reverse

LENGTHS = torch.tensor([3, 5, 1, 5, 2])
VECTORS = torch.randn(5, 6, 4, generator=torch.Generator().manual_seed(7))


@pytest.fixture
def layer():
    torch.manual_seed(0)
    return PackedLSTM(width=4, hidden=3)


@pytest.mark.parametrize("state", [None, (torch.full((1, 5, 3), 0.3), torch.full((1, 5, 3), -0.2))])
def test_a_text_in_a_batch_is_read_as_it_is_alone(layer, state):
    states, (hidden, cell) = layer(VECTORS, LENGTHS, state)

    for row, length in enumerate(LENGTHS.tolist()):
        own = state and tuple(part[:, row : row + 1] for part in state)
        alone, (last_hidden, last_cell) = layer.lstm(VECTORS[row : row + 1, :length], own)
        torch.testing.assert_close(states[row, :length], alone[0])
        torch.testing.assert_close(hidden[:, row], last_hidden[:, 0])
        torch.testing.assert_close(cell[:, row], last_cell[:, 0])
        assert not states[row, length:].any()


@pytest.mark.parametrize("lengths", [LENGTHS, torch.tensor([6, 6, 6, 6, 6]), torch.tensor([1, 2, 3, 4, 5])])
def test_spans_and_packed_sequences_agree_forth_and_back(layer, lengths):
    nothing = (torch.zeros(1, 5, 3), torch.zeros(1, 5, 3))
    outcomes = []
    for read in (layer.in_spans, layer.packed):
        layer.zero_grad()
        vectors = VECTORS.clone().requires_grad_()
        states, final = read(vectors, lengths, nothing)
        (states.square().sum() + final[1].sum()).backward()
        gradients = [parameter.grad for parameter in layer.parameters()]
        outcomes.append((states, *final, vectors.grad, *gradients))

    torch.testing.assert_close(*outcomes)


@pytest.mark.parametrize("learning", [True, False])
def test_states_alone_are_the_same_up_to_the_end_of_a_text(layer, learning):
    whole, _ = layer(VECTORS, LENGTHS)
    with torch.set_grad_enabled(learning):
        alone = layer.states(VECTORS, LENGTHS)

    for row, length in enumerate(LENGTHS.tolist()):
        torch.testing.assert_close(alone[row, :length], whole[row, :length])


def test_what_is_behind_a_text_changes_nothing(layer):
    other = VECTORS.clone()
    other[2, 1:] = 9.0

    torch.testing.assert_close(layer(other, LENGTHS), layer(VECTORS, LENGTHS))


def test_a_reversal_turns_only_the_real_tokens():
    tokens = torch.tensor([[1.0, 2, 3, 9], [1, 2, 9, 9]])[:, :, None]

    assert reverse(tokens, torch.tensor([3, 2]))[:, :, 0].tolist() == [[3, 2, 1, 9], [2, 1, 9, 9]]
