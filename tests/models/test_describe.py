from typing import Any

import torch
from torch import nn

from robustaudit.models.architectures.layers import FrozenPieces, MultiHeadAttention
from robustaudit.training.initialisation import describe


def network():
    network: Any = nn.Sequential(
        FrozenPieces(torch.zeros(10, 12)), MultiHeadAttention(num_heads=3, head_size=4, dropout=0.0)
    )
    network[1].value.bias.requires_grad_(requires_grad=False)
    return network


def test_every_module_stands_under_that_which_holds_it():
    rows = describe(network())

    assert [(row.depth, row.name, row.kind) for row in rows] == [
        (0, "", "Sequential"),
        (1, "0", "FrozenPieces"),
        (1, "1", "MultiHeadAttention"),
        (2, "1.query", "Linear"),
        (2, "1.key", "Linear"),
        (2, "1.value", "Linear"),
        (2, "1.output", "Linear"),
    ]


def test_what_is_frozen_is_counted_apart():
    whole, table, attention, *linear = describe(network())

    assert (table.trained, table.frozen) == (0, 120)
    assert (attention.trained, attention.frozen) == (4 * 12**2 + 3 * 12, 12)
    assert attention.parameters == 4 * 12**2 + 4 * 12 == sum(row.parameters for row in linear)
    assert whole.parameters == table.parameters + attention.parameters


def test_a_batch_norms_counter_is_no_weight():
    assert describe(nn.BatchNorm1d(3))[0].frozen == 6
