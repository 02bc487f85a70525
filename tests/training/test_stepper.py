from dataclasses import replace

import pytest
import torch
from torch import nn

from robustaudit.models.tokens import TokenBatch
from robustaudit.training.hardware import Hardware
from robustaudit.training.preset import load_preset
from robustaudit.training.stepper import Optimiser, learning_rate_factor

HOW = replace(load_preset("compact").lstm.training, warm_up=0.25, learning_rate=0.1)


def test_the_rate_rises_and_falls_in_straight_lines():
    rates = [learning_rate_factor(step, steps=8, how=HOW) for step in range(8)]

    assert rates == pytest.approx([1 / 3, 2 / 3, 1, 5 / 6, 4 / 6, 3 / 6, 2 / 6, 1 / 6])


def test_a_constant_rate_stays_where_it_rose_to():
    level = replace(HOW, schedule="constant")

    assert [learning_rate_factor(step, steps=8, how=level) for step in range(8)] == pytest.approx(
        [1 / 3, 2 / 3] + [1] * 6
    )
    assert learning_rate_factor(0, steps=8, how=replace(level, warm_up=0.0)) == 1


BATCH = TokenBatch(torch.ones(4, 1, dtype=torch.int64), torch.ones(4, 1, dtype=torch.bool))
LABELS = torch.ones(4, dtype=torch.int64)


class Tuned(nn.Module):
    """A base of which one number learns and one does not, and a bias on top."""

    def __init__(self):
        super().__init__()
        self.base = nn.ParameterDict({"last": torch.ones(2), "first": torch.ones(2)})
        self.base["first"].requires_grad_(False)
        self.bias = nn.Parameter(torch.zeros(2))

    def forward(self, ids, real):  # noqa: ARG002
        return (self.base["first"] * self.base["last"] + self.bias).expand(len(ids), 2)


def test_a_step_goes_down_by_the_rate():
    module = Tuned()
    stepper = Optimiser(module, how=HOW, steps=8, hardware=Hardware())
    first, second = (stepper.step(BATCH, LABELS) for _ in range(2))

    assert stepper.taken == 2
    assert second < first
    # Adam's first steps are as long as the rate: a third of 0.1, then two thirds.
    torch.testing.assert_close(module.bias.detach(), torch.tensor([-0.1, 0.1]), atol=1e-3, rtol=0)


def test_an_average_follows_the_weights_and_is_put_in_for_a_while():
    module = Tuned()
    stepper = Optimiser(module, how=replace(HOW, averaging=0.2), steps=8, hardware=Hardware())
    weights = [module.bias.detach().clone()]
    for _ in range(3):
        stepper.step(BATCH, LABELS)
        weights.append(module.bias.detach().clone())
    expected = weights[0]
    # At first less than a fifth is left of what was before: 2 of 11 after one step, a fifth from then on.
    for kept, latest in zip((2 / 11, 0.2, 0.2), weights[1:], strict=True):
        expected = kept * expected + (1 - kept) * latest

    with stepper.averaged():
        torch.testing.assert_close(module.bias.detach(), expected)
    assert torch.equal(module.bias.detach(), weights[-1])


def test_without_an_average_the_weights_are_judged_themselves():
    module = Tuned()
    stepper = Optimiser(module, how=HOW, steps=8, hardware=Hardware())
    stepper.step(BATCH, LABELS)
    latest = module.bias.detach().clone()

    with stepper.averaged():
        assert torch.equal(module.bias.detach(), latest)
    assert not [name for name in stepper.tensors() if name.startswith("average")]


def test_a_base_that_is_frozen_at_first_learns_later_but_for_what_never_does():
    module = Tuned()
    stepper = Optimiser(module, how=HOW, steps=8, hardware=Hardware())

    stepper.step(BATCH, LABELS, freeze=True)
    assert torch.equal(module.base["last"], torch.ones(2))
    assert module.bias.any()
    kept = {name: tensor.clone() for name, tensor in stepper.tensors().items()}

    stepper.step(BATCH, LABELS)
    assert not torch.equal(module.base["last"], torch.ones(2))
    assert torch.equal(module.base["first"], torch.ones(2))

    other = Tuned()
    again = Optimiser(other, how=HOW, steps=8, hardware=Hardware())
    again.restore(kept, taken=1)
    again.step(BATCH, LABELS)
    assert torch.equal(other.base["last"], module.base["last"])
    assert torch.equal(other.bias, module.bias)
