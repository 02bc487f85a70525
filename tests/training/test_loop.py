import itertools
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from robustaudit.core.errors import UserError
from robustaudit.training.checkpoint import Checkpoint
from robustaudit.training.hardware import Hardware
from robustaudit.training.loop import count_steps, fit, seeded
from robustaudit.training.preset import Optimisation
from robustaudit.training.stepper import TokenisedExamples
from robustaudit.training.training_events import EpochDone, Resumed, StepsDone

HOW = Optimisation(
    epochs=4,
    batch_size=8,
    learning_rate=0.05,
    epsilon=1e-8,
    schedule="linear",
    weight_decay=0.01,
    warm_up=0.1,
    clip_norm=1.0,
    label_smoothing=0.0,
    averaging=0.0,
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
    return TokenisedExamples(sequences, np.array([int(9 in sequence) for sequence in sequences]))


TRAIN, VALIDATION = texts(200, 1), texts(60, 2)


PLAIN = Hardware()


def run(how=HOW, seed=0, listener=lambda _: None, checkpoint=None, hardware=PLAIN):
    with seeded(seed):
        module = BagOfPieces()
        history = fit(
            module,
            train=TRAIN,
            validation=VALIDATION,
            how=how,
            seed=seed,
            listener=listener,
            checkpoint=checkpoint,
            hardware=hardware,
        )
    return module, history


def accuracy(module):
    module.eval()
    batch, labels = VALIDATION.batch(range(len(VALIDATION)))
    return float((module(batch.ids, batch.real).argmax(dim=1) == labels).float().mean())


def test_it_learns():
    _, history = run()

    assert history.epochs[-1].train_loss < history.epochs[0].train_loss
    assert max(epoch.validation_accuracy for epoch in history.epochs) > 0.9


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

    assert accuracy(module) == pytest.approx(max(epoch.validation_accuracy for epoch in history.epochs))


def test_what_is_told():
    events: list[Any] = []
    _, history = run(listener=events.append)

    assert sum(isinstance(event, StepsDone) for event in events) == count_steps(len(TRAIN), HOW) == 100
    assert tuple(event.record for event in events if isinstance(event, EpochDone)) == history.epochs


def test_the_history_holds_every_step_of_few_and_some_of_many():
    _, history = run()
    _, long = run(replace(HOW, epochs=2, batch_size=1))

    assert [(step.step, step.epoch) for step in history.steps] == [
        (i, 1 + (i - 1) // 25) for i in range(1, 101)
    ]
    assert [step.step for step in long.steps] == list(range(4, 401, 4))


def test_memory_and_time_are_those_of_this_process():
    _, history = run()

    for epoch in history.epochs:
        assert 10**6 < epoch.peak_rss_bytes < 10**12
        assert 0 < epoch.evaluation_seconds < epoch.seconds
        assert epoch.gpu_bytes is epoch.gpu_peak_bytes is None


class Stopped(Exception):
    """The power went off."""


def stop_at(count):
    """A listener that stops a training at its `count`-th step."""
    steps = itertools.count(1)

    def listener(event):
        if isinstance(event, StepsDone) and next(steps) == count:
            raise Stopped

    return listener


@pytest.mark.parametrize("averaging", [0.0, 0.9])
@pytest.mark.parametrize("stops", [(30,), (60,), (100,), (30, 10, 55)])
def test_a_training_that_was_stopped_ends_with_the_same_weights(stops, averaging, tmp_path):
    # A rate so high that the best epoch is not always the last.
    how = replace(HOW, learning_rate=0.3, averaging=averaging)
    whole, history = run(how)
    checkpoint = Checkpoint(path=tmp_path / "checkpoint.safetensors", training="mine")
    for stop in stops:
        with pytest.raises(Stopped):
            run(how, listener=stop_at(stop), checkpoint=checkpoint)
    events: list[Any] = []
    resumed, again = run(how, listener=events.append, checkpoint=checkpoint)

    assert isinstance(events[0], Resumed)
    assert events[0].steps + sum(isinstance(event, StepsDone) for event in events) == 100
    assert all(
        torch.equal(whole.state_dict()[name], resumed.state_dict()[name]) for name in whole.state_dict()
    )
    assert again.steps == history.steps
    assert [epoch.validation_loss for epoch in again.epochs] == [e.validation_loss for e in history.epochs]


def test_a_training_that_was_stopped_after_its_last_epoch_only_ends(tmp_path):
    checkpoint = Checkpoint(path=tmp_path / "checkpoint.safetensors", training="mine")
    whole, history = run(checkpoint=checkpoint)
    events: list[Any] = []
    again, same = run(listener=events.append, checkpoint=checkpoint)

    assert [type(event) for event in events] == [Resumed]
    assert same == history
    assert torch.equal(whole.pieces.weight, again.pieces.weight)


def test_divergence_is_one_clear_line():
    with seeded(0):
        module = BagOfPieces()
    with torch.no_grad():
        module.classifier.bias.fill_(float("nan"))

    with pytest.raises(
        UserError, match=r"training diverged in epoch 1 \(loss nan\): lower the learning rate"
    ):
        fit(module, train=TRAIN, validation=VALIDATION, how=HOW, seed=0, listener=lambda _: None)


def test_the_memory_of_a_device_stands_in_the_history():
    class Meter:
        def held(self):
            return 300

        def peak(self):
            return 500

    _, history = run(hardware=Hardware(memory=Meter()))

    assert {(epoch.gpu_bytes, epoch.gpu_peak_bytes) for epoch in history.epochs} == {(300, 500)}


def test_it_learns_in_half_precision_with_weights_in_full():
    module, history = run(hardware=Hardware(precision="bfloat16"))

    assert max(epoch.validation_accuracy for epoch in history.epochs) > 0.9
    assert {parameter.dtype for parameter in module.parameters()} == {torch.float32}


@pytest.mark.filterwarnings("ignore:.*torch.jit.*is deprecated:DeprecationWarning")
def test_a_compiled_network_learns_as_it_does_by_itself(monkeypatch):
    # The default backend wants a C++ compiler, and takes its time.
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend="eager"))
    module, history = run(replace(HOW, epochs=1), hardware=Hardware(compiled=True))
    plain, expected = run(replace(HOW, epochs=1))

    assert history.epochs[0].train_loss == pytest.approx(expected.epochs[0].train_loss, abs=1e-4)
    assert module.state_dict().keys() == plain.state_dict().keys()
