"""The units that several machines work on: which wait, which are worked on, and which straggle."""

import time
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from statistics import median

from robustaudit.runs.plan_record import WorkUnit

_STRAGGLES = 3.0  # times as long as half of the latest units took
_LATEST = 100


class OpenUnits:
    """The units that are not finished yet, each worked on by nobody, by one, or by two if it straggles.

    A unit depends on plan and weights alone: whoever finishes it first, its trials are the same.
    """

    def __init__(self, units: Sequence[WorkUnit]) -> None:
        self._waiting: dict[str, deque[WorkUnit]] = {}
        self._since: dict[WorkUnit, float] = {}  # in the order in which they were taken
        self._workers = Counter[WorkUnit]()
        self._losses = Counter[WorkUnit]()
        self._seconds = deque[float](maxlen=_LATEST)
        for unit in units:
            self._waiting.setdefault(unit.model, deque()).append(unit)

    def __len__(self) -> int:
        return len(self._since) + self.waiting

    def __contains__(self, unit: WorkUnit) -> bool:
        """Whether the unit is worked on."""
        return unit in self._since

    @property
    def waiting(self) -> int:
        """How many nobody works on."""
        return sum(map(len, self._waiting.values()))

    def take(self, loaded: str | None, holders: Mapping[str, int]) -> WorkUnit | None:
        """A waiting unit: of the model that is loaded, else of the one with most units for each holder.

        `holders` has the number of workers that hold each model.
        """
        rest = {model: len(units) for model, units in self._waiting.items() if units}
        if not rest:
            return None
        most = max(rest, key=lambda model: rest[model] / (1 + holders.get(model, 0)))
        return self._begin(self._waiting[loaded if loaded in rest else most].popleft())

    def take_straggler(self) -> WorkUnit | None:
        """The unit that one worker has had longest, to be done a second time, if it takes far too long."""
        alone = next((unit for unit in self._since if self._workers[unit] == 1), None)
        if alone is None or not self._seconds:
            return None
        late = time.monotonic() - self._since[alone] > _STRAGGLES * median(self._seconds)
        return self._begin(alone) if late else None

    def finish(self, unit: WorkUnit, seconds: float) -> None:
        """A worker has finished the unit in that time; another's trials of it are not needed."""
        del self._since[unit], self._workers[unit]
        self._seconds.append(seconds)

    def leave(self, unit: WorkUnit) -> None:
        """A worker that had the unit is gone: unless another has it, it waits again, before all others."""
        self._workers[unit] -= 1
        if not self._workers[unit]:
            del self._since[unit], self._workers[unit]
            self._waiting[unit.model].appendleft(unit)

    def count_loss(self, unit: WorkUnit) -> int:
        """Count a worker that ended while it worked on the unit; how many there were."""
        self._losses[unit] += 1
        return self._losses[unit]

    def _begin(self, unit: WorkUnit) -> WorkUnit:
        self._since.setdefault(unit, time.monotonic())
        self._workers[unit] += 1
        return unit
