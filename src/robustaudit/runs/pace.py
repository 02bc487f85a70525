"""How far a run is: the trials of each model, how many a second, and how long the rest takes, where known."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from robustaudit.runs.events import BatchPredicted, Decided, Event, ModelLoaded, RunStarted, UnitDone

WINDOW = 20.0  # seconds that a rate is measured over
_APART = 0.25  # seconds between two moments that are remembered

Phase: TypeAlias = Literal["waiting", "working", "done"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialProgress:
    """Finished trials of a model, or of all together, and what is left.

    `rate` is in trials a second, None until it can be measured; so is `seconds_left`. It is `at_least` that
    long where some models have not begun, and there are `at_most` that many trials until it is decided.
    """

    phase: Phase
    done: int
    total: int
    rate: float | None = None
    seconds_left: float | None = None
    at_most: bool = False
    at_least: bool = False


def together(models: Sequence[TrialProgress], *, at_once: int) -> TrialProgress:
    """The progress of all models, of which that many are being worked on at the same time."""
    working = [model for model in models if model.phase == "working"]
    rates = [model.rate for model in working if model.rate is not None]
    left = [model.seconds_left for model in models if model.seconds_left is not None]
    phases = {model.phase for model in models}
    return TrialProgress(
        phase=next(iter(phases)) if len(phases) == 1 else "working",
        done=sum(model.done for model in models),
        total=sum(model.total for model in models),
        rate=sum(rates) / len(rates) * at_once if rates else None,
        seconds_left=sum(left) / at_once if any(left) or phases == {"done"} else None,
        at_most=any(model.at_most for model in models),
        at_least=len(left) < len(models),
    )


class RunPace:
    """Counts the trials of a run from its events, and measures their rate over the last seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._models: dict[str, _ModelPace] = {}

    def __call__(self, event: Event) -> None:
        if isinstance(event, RunStarted):
            for name, done in event.trials_done.items():
                self._models[name] = _ModelPace(done, event.trials, done, at_most=event.until_decided)
            return
        if not isinstance(event, ModelLoaded | BatchPredicted | UnitDone | Decided):
            return
        model = self._models[event.model]
        match event:
            case BatchPredicted():
                model.queried += event.trials
            case UnitDone():
                model.done += event.trials
            case Decided():
                model.total -= event.spared
        model.remember(self._clock())

    def __getitem__(self, model: str) -> TrialProgress:
        return self._models[model].progress()

    def queried(self, model: str) -> float:
        """Trials that were queried, be their unit finished or not."""
        return self._models[model].reached

    @property
    def models(self) -> dict[str, TrialProgress]:
        """The progress of each model."""
        return {name: model.progress() for name, model in self._models.items()}

    @property
    def all_models(self) -> TrialProgress:
        now = self._clock()
        at_once = sum(model.moved_since(now - WINDOW) for model in self._models.values())
        return together(list(self.models.values()), at_once=max(1, at_once))


@dataclass(slots=True)
class _ModelPace:
    """The trials of a model, and how many were queried at moments of the last seconds."""

    done: int
    total: int
    queried: float
    at_most: bool
    _moments: deque[tuple[float, float]] = field(default_factory=deque)

    @property
    def reached(self) -> float:
        return min(max(self.done, self.queried), self.total)  # a unit that was lost is queried again

    def remember(self, now: float) -> None:
        """Note what is reached now; of the past, one moment before the window is kept."""
        moments = self._moments
        if len(moments) > 1 and moments[-1][0] - moments[-2][0] < _APART:
            moments.pop()
        moments.append((now, self.reached))
        while len(moments) > 2 and moments[1][0] <= now - WINDOW:  # noqa: PLR2004
            moments.popleft()

    def moved_since(self, moment: float) -> bool:
        """Whether trials were queried since, and some are left."""
        return len(self._moments) > 1 and self._moments[-1][0] >= moment and self.reached < self.total

    def progress(self) -> TrialProgress:
        is_done = self.done >= self.total
        rate = None if is_done else self._rate()
        left = 0.0 if is_done else (self.total - self.reached) / rate if rate else None
        phase: Phase = "done" if is_done else "working" if self._moments else "waiting"
        return TrialProgress(
            phase=phase,
            done=self.done,
            total=self.total,
            rate=rate,
            seconds_left=left,
            at_most=self.at_most and not is_done,
        )

    def _rate(self) -> float | None:
        if len(self._moments) < 2:  # noqa: PLR2004
            return None
        (first, before), (last, after) = self._moments[0], self._moments[-1]
        return (after - before) / (last - first) if last > first and after > before else None
