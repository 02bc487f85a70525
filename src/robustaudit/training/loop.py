"""Fitting a network: seeded, repeatable on a CPU, and resumed where it was stopped."""

import json
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from robustaudit.core.errors import UserError
from robustaudit.models.batching import batches_by_length
from robustaudit.models.training_history import Epoch, Step, TrainingHistory
from robustaudit.models.weights import set_trained_tensors, trained_tensors
from robustaudit.training.checkpoint import Checkpoint, TrainingProgress
from robustaudit.training.fitted_model import NoEpochKept, accuracy_and_f1
from robustaudit.training.hardware import Hardware, peak_rss_bytes
from robustaudit.training.preset import Optimisation
from robustaudit.training.stepper import Optimiser, TokenisedExamples, named, of, shuffled_batches
from robustaudit.training.training_events import EpochDone, FitListener, Resumed, StepsDone

# How many steps of an epoch the history keeps: enough to see a spike.
_STEPS_KEPT = 50
_NOT_KEPT = -1.0  # how good an epoch is that must not be kept: worse than any accuracy


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed torch's generator inside, and put it back as it was: layers and dropout have no other."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderAttack:
    """Validation examples as attacks perturb them, and which epochs may be kept.

    `allows` decides by the validation accuracies, clean and under attack.
    """

    validation: TokenisedExamples
    allows: Callable[[float, float], bool]

    def merit(self, clean: float, perturbed: float) -> float:
        """How good an epoch is: its accuracy under attack, if it may be kept."""
        return perturbed if self.allows(clean, perturbed) else _NOT_KEPT


def count_steps(examples: int, how: Optimisation) -> int:
    """The number of optimiser steps of a fit."""
    return how.epochs * math.ceil(examples / how.batch_size)


def fit(
    module: nn.Module,
    *,
    train: TokenisedExamples,
    validation: TokenisedExamples,
    how: Optimisation,
    seed: int,
    listener: FitListener,
    hardware: Hardware = Hardware(),  # noqa: B008 - frozen
    checkpoint: Checkpoint | None = None,
    of_epoch: Callable[[int], TokenisedExamples] | None = None,
    under_attack: UnderAttack | None = None,
) -> TrainingHistory:
    """Train `module`, leave it at its best epoch by validation accuracy, and return how it went.

    It is left on the hardware's device. `of_epoch` gives the training examples of each epoch, if they are not
    always `train`; there must be as many. With `under_attack`, the best epoch is the one with the best
    validation accuracy under attack, of those that may be kept.

    Raises:
        UserError: the loss is no longer finite, or the checkpoint is of another training.
        NoEpochKept: with `under_attack`, no epoch may be kept.
    """
    run = _FitState(
        module,
        train=train,
        validation=validation,
        how=how,
        seed=seed,
        listener=listener,
        hardware=hardware,
        of_epoch=of_epoch,
        under_attack=under_attack,
    )
    if checkpoint and (saved := checkpoint.load()):
        run.restore(*saved)
    for epoch in range(len(run.epochs) + 1, how.epochs + 1):
        run.pass_over(epoch)
        if checkpoint:
            checkpoint.save(run.tensors(), run.progress())
        listener(run.last_epoch())
    if not run.best:
        raise NoEpochKept(run.history().accuracies)
    set_trained_tensors(module, run.best)
    return run.history()


class _FitState:
    """A training between two epochs: all that the next one depends on."""

    def __init__(
        self,
        module: nn.Module,
        *,
        train: TokenisedExamples,
        validation: TokenisedExamples,
        how: Optimisation,
        seed: int,
        listener: FitListener,
        hardware: Hardware,
        of_epoch: Callable[[int], TokenisedExamples] | None = None,
        under_attack: UnderAttack | None = None,
    ) -> None:
        self.steps: list[Step] = []
        self.epochs: list[Epoch] = []
        self.perturbed: list[float] = []
        self.best: dict[str, Tensor] = {}
        self._module = module
        self._stepper = Optimiser(module, how=how, steps=count_steps(len(train), how), hardware=hardware)
        self._train = train
        self._of_epoch = of_epoch
        self._validation = validation
        self._under_attack = under_attack
        self._rng = np.random.default_rng(seed)
        self._listener = listener
        self._hardware = hardware

    def pass_over(self, epoch: int) -> None:
        """One epoch, and the keeping of its weights if they are the best so far."""
        started = time.perf_counter()
        if self._of_epoch:
            self._train = self._of_epoch(epoch)
        loss = self._learn(epoch)
        with self._stepper.averaged():
            record = self._validate(epoch, train_loss=loss, started=started)
            self.epochs.append(record)
            *before, latest = self._merits()
            if latest > max(before, default=_NOT_KEPT):
                self.best = {name: tensor.clone() for name, tensor in trained_tensors(self._module).items()}
        if not math.isfinite(loss + record.validation_loss):
            raise UserError(
                f"training diverged in epoch {epoch} (loss {loss + record.validation_loss}): "
                "lower the learning rate"
            )

    def last_epoch(self) -> EpochDone:
        """What the latest epoch came to."""
        perturbed = self.perturbed[-1] if self.perturbed else None
        return EpochDone(record=self.epochs[-1], perturbed_accuracy=perturbed)

    def history(self) -> TrainingHistory:
        return TrainingHistory(
            steps=tuple(self.steps), epochs=tuple(self.epochs), perturbed=tuple(self.perturbed)
        )

    def tensors(self) -> dict[str, Tensor]:
        """Weights, best weights, the optimiser's moments and torch's generator."""
        generators = named("generator", self._hardware.generators())
        return self._stepper.tensors() | named("best", self.best) | generators

    def progress(self) -> TrainingProgress:
        return TrainingProgress(
            steps=self._stepper.taken,
            history=self.history(),
            batches=json.dumps(self._rng.bit_generator.state),
        )

    def restore(self, tensors: dict[str, Tensor], progress: TrainingProgress) -> None:
        """Be as the run was that gave `tensors` and `progress`."""
        self.steps, self.epochs = list(progress.history.steps), list(progress.history.epochs)
        self.perturbed = list(progress.history.perturbed)
        self.best = of("best", tensors)
        self._stepper.restore(tensors, taken=progress.steps)
        self._rng.bit_generator.state = json.loads(progress.batches)
        self._hardware.set_generators(of("generator", tensors))
        self._listener(Resumed(epoch=len(self.epochs), steps=progress.steps))

    def _merits(self) -> list[float]:
        """How good each epoch is."""
        if not self._under_attack:
            return [epoch.validation_accuracy for epoch in self.epochs]
        return [self._under_attack.merit(*each) for each in self.history().accuracies]

    def _learn(self, epoch: int) -> float:
        """Take the epoch's steps; the mean loss per example, or a loss that is not finite.

        Losses are read as seldom as the history keeps them.
        """
        self._module.train()
        how = self._stepper.how
        every = math.ceil(len(self._train) / how.batch_size / _STEPS_KEPT)
        losses: list[Tensor] = []
        sizes: list[int] = []
        told = self._stepper.taken
        for rows in shuffled_batches(self._train, batch_size=how.batch_size, rng=self._rng):
            losses.append(self._stepper.step(*self._train.batch(rows), freeze=how.freezes(epoch)))
            sizes.append(len(rows))
            if self._stepper.taken % every == 0:
                loss = losses[-1].item()
                if not math.isfinite(loss):
                    return loss
                self.steps.append(Step(step=self._stepper.taken, epoch=epoch, train_loss=loss))
                self._listener(StepsDone(count=self._stepper.taken - told, loss=loss))
                told = self._stepper.taken
        if self._stepper.taken > told:
            self._listener(StepsDone(count=self._stepper.taken - told, loss=losses[-1].item()))
        return float(np.average(torch.stack(losses).double().cpu().numpy(), weights=sizes))

    def _validate(self, epoch: int, *, train_loss: float, started: float) -> Epoch:
        """The record of an epoch, measured on the validation examples without dropout."""
        evaluation_started = time.perf_counter()
        loss, accuracy, f1 = evaluate(self._stepper.logits, self._validation, self._hardware)
        if self._under_attack:
            perturbed = self._under_attack.validation
            self.perturbed.append(evaluate(self._stepper.logits, perturbed, self._hardware)[1])
        now = time.perf_counter()
        memory = self._hardware.memory
        return Epoch(
            epoch=epoch,
            train_loss=train_loss,
            validation_loss=loss,
            validation_accuracy=accuracy,
            validation_f1=f1,
            seconds=now - started,
            evaluation_seconds=now - evaluation_started,
            peak_rss_bytes=peak_rss_bytes(),
            gpu_bytes=memory.held() if memory else None,
            gpu_peak_bytes=memory.peak() if memory else None,
        )


def evaluate(module: nn.Module, data: TokenisedExamples, hardware: Hardware) -> tuple[float, float, float]:
    """Mean loss, accuracy and F1 of a network that is placed on `hardware`, with dropout off."""
    module.eval()
    predictions = np.empty(len(data), dtype=np.int64)
    loss = 0.0
    for rows in batches_by_length(data.sequences):
        batch, labels = hardware.send(*data.batch(rows))
        with torch.no_grad(), hardware.computing():
            logits = module(batch.ids, batch.real)
        predictions[rows] = logits.argmax(dim=1).cpu().numpy()
        loss += functional.cross_entropy(logits.float(), labels, reduction="sum").item()
    return loss / len(data), *accuracy_and_f1(predictions, data.labels, classes=logits.shape[1])
