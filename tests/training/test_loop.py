from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from robustaudit.core.errors import UserError
from robustaudit.training.batches import Encoded
from robustaudit.training.events import EpochDone, StepDone
from robustaudit.training.loop import count_steps, fit, seeded
from robustaudit.training.preset import Optimisation

HOW = Optimisation(
    epochs=4,
    batch_size=8,
    learning_rate=0.05,
    weight_decay=0.01,
    warm_up=0.1,
    clip_norm=1.0,
    label_smoothing=0.0,
)


class BagOfPieces(nn.Module):
    """The smallest network with dropout that can learn which pieces are good."""

    def __init__(self):
        super().__init__()
        self.pieces = nn.Embedding(10, 4)
        self.dropout = nn.Dropout(0.2)
        self.classifier = nn.Linear(4, 2)

    def forward(self, ids, real):
        vectors = self.dropout(self.pieces(ids)) * real.unsqueeze(-1)
        return self.classifier(vectors.sum(dim=1))


def texts(count, seed):
    """Random pieces; piece 9 makes a text positive."""
    rng = np.random.default_rng(seed)
    sequences = [rng.integers(1, 10, size=rng.integers(1, 9)) for _ in range(count)]
    return Encoded(sequences, np.array([int(9 in sequence) for sequence in sequences]))


TRAIN, VALIDATION = texts(200, 1), texts(60, 2)


def run(how=HOW, seed=0, listener=lambda _: None):
    with seeded(seed):
        module = BagOfPieces()
        history = fit(module, train=TRAIN, validation=VALIDATION, how=how, seed=seed, listener=listener)
    return module, history


def accuracy(module):
    module.eval()
    batch, labels = VALIDATION.batch(range(len(VALIDATION)))
    return float((module(batch.ids, batch.real).argmax(dim=1) == labels).float().mean())


def test_it_learns():
    _, history = run()

    assert history[-1].train_loss < history[0].train_loss
    assert max(epoch.validation_accuracy for epoch in history) > 0.9


def test_the_same_seed_gives_the_same_weights_and_another_does_not():
    first, again, other = (run(seed=seed)[0].state_dict() for seed in (0, 0, 1))

    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["pieces.weight"], other["pieces.weight"])


def test_the_global_generator_is_left_as_it_was():
    before = torch.get_rng_state()
    run()

    assert torch.equal(torch.get_rng_state(), before)


def test_the_best_epoch_is_kept():
    # A learning rate that never settles makes the last epoch a matter of luck.
    module, history = run(replace(HOW, epochs=8, learning_rate=0.9))

    assert accuracy(module) == pytest.approx(max(epoch.validation_accuracy for epoch in history))


def test_a_step_starts_from_no_gradient_of_the_step_before():
    """With one text, one step an epoch and no momentum to speak of, gradients that added up would show."""
    gradients = []
    one = Encoded(TRAIN.sequences[:1], TRAIN.labels[:1])
    module = nn.Module()
    module.bias = nn.Parameter(torch.zeros(2))
    module.forward = lambda ids, _: module.bias.expand(len(ids), 2)
    module.bias.register_hook(lambda gradient: gradients.append(gradient.clone()))

    def watch(event):
        if isinstance(event, StepDone):
            gradients.append(module.bias.grad.clone())

    fit(module, train=one, validation=one, how=replace(HOW, clip_norm=1e9), seed=0, listener=watch)

    own, accumulated = gradients[0::2], gradients[1::2]
    torch.testing.assert_close(own, accumulated)


def test_what_is_told():
    events = []
    _, history = run(listener=events.append)

    assert sum(isinstance(event, StepDone) for event in events) == count_steps(len(TRAIN), HOW) == 100
    assert tuple(event for event in events if isinstance(event, EpochDone)) == history


def test_divergence_is_one_clear_line():
    with seeded(0):
        module = BagOfPieces()
    with torch.no_grad():
        module.classifier.bias.fill_(float("nan"))

    with pytest.raises(
        UserError, match=r"training diverged in epoch 1 \(loss nan\): lower the learning rate"
    ):
        fit(module, train=TRAIN, validation=VALIDATION, how=HOW, seed=0, listener=lambda _: None)
