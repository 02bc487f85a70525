"""Events of a run while it works, for a progress bar or a log."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from robustaudit.runs.result import RepeatCheck
from robustaudit.statistics.sequential import Outcome


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The run's folder is claimed; of each model, so many of its `trials` are there from an earlier start.

    A sequential run may need fewer. A sweep counts `texts` in their place.
    """

    folder: Path
    trials_done: Mapping[str, int]
    trials: int
    until_decided: bool = False
    counted: Literal["trials", "texts"] = "trials"

    @property
    def done(self) -> int:
        """The trials of all models that are there."""
        return sum(self.trials_done.values())

    @property
    def total(self) -> int:
        """The trials of all models."""
        return self.trials * len(self.trials_done)


@dataclass(frozen=True, slots=True)
class ModelLoaded:
    """A model is loaded."""

    model: str
    title: str


@dataclass(frozen=True, slots=True)
class BatchDependenceFound:
    """A model's predictions depend on the other texts of a batch, as the repeat check found."""

    found: RepeatCheck


@dataclass(frozen=True, slots=True)
class NoiseCheckStarted:
    """A model may be noisy: the clean text of each draw is queried again."""

    model: str


@dataclass(frozen=True, slots=True)
class BatchPredicted:
    """A batch has its predictions; `trials` is its share of the trials of a unit that is not finished yet."""

    model: str
    trials: float


@dataclass(frozen=True, slots=True)
class UnitDone:
    """A shard was written that holds this many trials."""

    model: str
    trials: int


@dataclass(frozen=True, slots=True)
class Decided:
    """A sequential test is concluded for a model and attack, which spares the run that many trials."""

    model: str
    attack: str
    outcome: Outcome
    spared: int


Event: TypeAlias = (
    RunStarted | ModelLoaded | BatchDependenceFound | NoiseCheckStarted | BatchPredicted | UnitDone | Decided
)
Listener: TypeAlias = Callable[[Event], None]
