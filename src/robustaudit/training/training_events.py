"""Events of a training, for a progress bar or a log."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from robustaudit.models.card import Card
from robustaudit.models.hardening_record import HardeningRecord, HardeningScores
from robustaudit.models.training_history import Epoch


@dataclass(frozen=True, slots=True, kw_only=True)
class TableReady:
    """The shared word-piece table was missing, and was copied or recreated."""

    folder: Path
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelStarted:
    """The training of a model begins; `steps` is how many optimiser steps it will take."""

    name: str
    title: str
    steps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    """An interrupted training resumes after its last complete epoch; `steps` were taken before."""

    epoch: int
    steps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StepsDone:
    """So many more optimiser steps, and the loss of the last one's batch before it."""

    count: int
    loss: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochDone:
    """One pass over the training examples, and what it came to.

    `perturbed_accuracy` is the validation accuracy under attack, if it is measured.
    """

    record: Epoch
    perturbed_accuracy: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refitted:
    """A fit to the originals and the copies of so many epochs, with its validation accuracies."""

    epoch: int
    validation_accuracy: float
    perturbed_accuracy: float


FitEvent = Resumed | StepsDone | EpochDone | Refitted
FitListener = Callable[[FitEvent], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelEvent:
    """An event while a model is fitted."""

    name: str
    event: FitEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSaved:
    """A model's weights, history and card are on disk."""

    folder: Path
    card: Card


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelUpToDate:
    """A model already exists, made by the same command from the same data: it is not trained again."""

    folder: Path
    card: Card


@dataclass(frozen=True, slots=True, kw_only=True)
class HardeningStarted:
    """The hardening of a model begins, in so many optimiser steps; `before` are the original's accuracies."""

    name: str
    title: str
    steps: int
    before: HardeningScores


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelHardened:
    """A hardened model is on disk, with its record."""

    name: str
    folder: Path
    record: HardeningRecord


TrainingEvent = (
    TableReady | ModelStarted | ModelEvent | ModelSaved | ModelUpToDate | HardeningStarted | ModelHardened
)
TrainingListener = Callable[[TrainingEvent], None]
