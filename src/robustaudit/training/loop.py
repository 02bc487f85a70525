"""Fitting a network: seeded, and repeatable on a CPU."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR

from robustaudit.core.errors import UserError
from robustaudit.models.tokens import Batch, by_length
from robustaudit.training.batches import Encoded, shuffled
from robustaudit.training.events import EpochDone, Listener, StepDone
from robustaudit.training.preset import Optimisation
from robustaudit.training.scoring import accuracy_and_f1


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed torch's generator inside, and put it back as it was: layers and dropout have no other."""
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(seed)
        yield


def count_steps(examples: int, how: Optimisation) -> int:
    """How many optimiser steps a fit takes."""
    return how.epochs * math.ceil(examples / how.batch_size)


def fit(
    module: nn.Module,
    *,
    train: Encoded,
    validation: Encoded,
    how: Optimisation,
    seed: int,
    listener: Listener,
) -> tuple[EpochDone, ...]:
    """Train `module`, leave it at its best epoch by validation accuracy, and return what each epoch gave.

    Raises:
        UserError: the loss is no longer finite.
    """
    stepper = _Stepper(module, how=how, steps=count_steps(len(train), how))
    rng = np.random.default_rng(seed)
    history: list[EpochDone] = []
    for epoch in range(1, how.epochs + 1):
        started = time.perf_counter()
        loss = _train_epoch(stepper, train, rng=rng, listener=listener)
        if not math.isfinite(loss):
            raise UserError(f"training diverged in epoch {epoch} (loss {loss}): lower the learning rate")
        done = _validate(module, validation, epoch=epoch, train_loss=loss, started=started)
        if not history or done.validation_accuracy > max(past.validation_accuracy for past in history):
            best = {name: tensor.clone() for name, tensor in module.state_dict().items()}
        history.append(done)
        listener(done)
    module.load_state_dict(best)
    return tuple(history)


class _Stepper:
    """A network with its optimiser and schedule, moved one batch at a time."""

    def __init__(self, module: nn.Module, *, how: Optimisation, steps: int) -> None:
        self.module = module
        self.how = how
        self._optimizer = AdamW(module.parameters(), lr=how.learning_rate, weight_decay=how.weight_decay)
        self._schedule = LambdaLR(self._optimizer, partial(_rate_at, steps=steps, warm_up=how.warm_up))

    def step(self, batch: Batch, labels: Tensor) -> float:
        """The mean loss of the batch, before the step it causes."""
        logits = self.module(batch.ids, batch.real)
        loss = functional.cross_entropy(logits, labels, label_smoothing=self.how.label_smoothing)
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.module.parameters(), self.how.clip_norm)
        self._optimizer.step()
        self._schedule.step()
        return loss.item()


def _train_epoch(stepper: _Stepper, data: Encoded, *, rng: np.random.Generator, listener: Listener) -> float:
    """One pass over the data; the mean loss per example, or the first loss that is not finite."""
    stepper.module.train()
    total = 0.0
    for rows in shuffled(data, batch_size=stepper.how.batch_size, rng=rng):
        loss = stepper.step(*data.batch(rows))
        if not math.isfinite(loss):
            return loss
        listener(StepDone(loss=loss))
        total += loss * len(rows)
    return total / len(data)


def _validate(
    module: nn.Module, data: Encoded, *, epoch: int, train_loss: float, started: float
) -> EpochDone:
    """What an epoch came to, measured on the validation examples with dropout off."""
    module.eval()
    predictions = np.empty(len(data), dtype=np.int64)
    loss = 0.0
    for rows in by_length(data.sequences, batch_size=256):
        batch, labels = data.batch(rows)
        with torch.inference_mode():
            logits = module(batch.ids, batch.real)
        predictions[rows] = logits.argmax(dim=1).numpy()
        loss += functional.cross_entropy(logits, labels, reduction="sum").item()
    accuracy, f1 = accuracy_and_f1(predictions, data.labels, classes=logits.shape[1])
    return EpochDone(
        epoch=epoch,
        train_loss=train_loss,
        validation_loss=loss / len(data),
        validation_accuracy=accuracy,
        validation_f1=f1,
        seconds=time.perf_counter() - started,
    )


def _rate_at(step: int, *, steps: int, warm_up: float) -> float:
    """The share of the learning rate at a step counted from 0: up while warming, then down."""
    rising = warm_up * steps
    if step < rising:
        return (step + 1) / (rising + 1)
    return max(0.0, (steps - step) / (steps - rising))
