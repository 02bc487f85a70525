"""What the engine tells while it works; a progress bar or a log listens."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from robustaudit.runs.result import RepeatCheck
from robustaudit.statistics.sequential import Conclusion


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The run's folder is claimed; `done` of its `total` trials lie there from an earlier start.

    Trials may be spared where the run ends as soon as it is decided.
    """

    folder: Path
    done: int
    total: int
    until_decided: bool = False


@dataclass(frozen=True, slots=True)
class ModelLoaded:
    """A model is ready to be asked."""

    model: str
    title: str


@dataclass(frozen=True, slots=True)
class BatchDependenceFound:
    """A model answers texts otherwise in other batch_dependence, as asking it again has shown."""

    found: RepeatCheck


@dataclass(frozen=True, slots=True)
class NoiseCheckStarted:
    """A model may answer a clean text otherwise each time: that of each draw is asked once more."""

    model: str


@dataclass(frozen=True, slots=True)
class BatchPredicted:
    """A batch of texts has its answers: the work of so many trials of a unit that is not done yet."""

    model: str
    trials: float


@dataclass(frozen=True, slots=True)
class UnitDone:
    """A shard was written that holds this many trials."""

    model: str
    trials: int


@dataclass(frozen=True, slots=True)
class Decided:
    """A model under an attack is decided, which spares so many trials."""

    model: str
    attack: str
    verdict: Conclusion
    trials_saved: int


Event: TypeAlias = (
    RunStarted | ModelLoaded | BatchDependenceFound | NoiseCheckStarted | BatchPredicted | UnitDone | Decided
)
Listener: TypeAlias = Callable[[Event], None]
