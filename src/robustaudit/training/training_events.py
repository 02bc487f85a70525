"""What training tells while it works; a progress bar or a log listens."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from robustaudit.models.card import Card
from robustaudit.models.training_history import Epoch


@dataclass(frozen=True, slots=True, kw_only=True)
class TableReady:
    """The word pieces were put where they lacked: copied, or made anew."""

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
    """A training that was stopped goes on after its last whole epoch; `steps` were taken before."""

    epoch: int
    steps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StepsDone:
    """So many more optimiser steps, and the loss of the last one's batch before it."""

    count: int
    loss: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochDone:
    """One pass over the training examples, and what it came to."""

    record: Epoch


FitEvent = Resumed | StepsDone | EpochDone
FitListener = Callable[[FitEvent], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelEvent:
    """What happened while a model was fitted."""

    name: str
    event: FitEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSaved:
    """A model's weights, history and card are on disk."""

    folder: Path
    card: Card


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelUpToDate:
    """A model is there already, made by the same command of the same data: it is not trained again."""

    folder: Path
    card: Card


TrainingEvent = TableReady | ModelStarted | ModelEvent | ModelSaved | ModelUpToDate
TrainingListener = Callable[[TrainingEvent], None]
