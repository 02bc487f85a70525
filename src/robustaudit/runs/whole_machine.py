"""How many processes a run uses if the user names no number: as many as pay for their start."""

import pickle
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from multiprocessing import current_process
from multiprocessing.reduction import ForkingPickler

import pyarrow as pa

from robustaudit.core.machine import free_memory, memory_taken, threads_wanted, usable_cores
from robustaudit.core.processes import needs_program
from robustaudit.core.spelling import option
from robustaudit.core.watchdog import is_watched
from robustaudit.models import ModelSource, is_remote
from robustaudit.runs.events import BatchPredicted, Event, Listener, ModelLoaded
from robustaudit.runs.plan_record import WorkUnit
from robustaudit.runs.work_units import Finished, Work, WorkerProcesses, pass_on

_START = 4.0  # seconds of a core that a worker takes until it has imported what it needs
_GAIN = 1.5  # the seconds saved for each second that starting workers takes, at least
_MEMORY = 0.8  # of what is free
_FEWEST = 2  # processes that work in parallel


def alone_because(source: ModelSource) -> str | None:
    """Why a model is queried from this process alone; None if copies of it give the same predictions.

    What a program has changed in its own modules is not there in other processes, so that code of a program
    is run elsewhere only if that program is ours.
    """
    if source.uri is None:
        return "is held in memory"
    if is_remote(source.uri):
        return "is queried over a network"
    if source.uri.startswith("py:") and not is_watched():
        return "is code of this program"
    return None


class WholeMachine:
    """Units in this process, and in worker processes once what is left of them pays for their start.

    Each model finishes a unit here first, which shows what it takes: time, memory, a GPU. What a process
    finishes does not depend on the others, so that no result depends on their number.
    """

    def __init__(self, models: Iterable[ModelSource], *, tell: Callable[[str], None]) -> None:
        self._alone: Mapping[str, str | None] = {model.name: alone_because(model) for model in models}
        self._tell = tell
        self._workers: WorkerProcesses | None = None
        self._jobs = 1
        self._spent = 0.0  # seconds of earlier calls: a run that took long is likely to go on as long
        self._loaded: set[str] = set()
        self._loading: dict[str, float] = {}  # seconds of each model, seen at its first unit alone
        self._told: set[str] = set()

    def run(self, units: Sequence[WorkUnit], work: Work, listener: Listener) -> Finished:
        """Finished units as they come.

        Raises:
            WorkerDied: a worker process ended early.
        """
        once = partial(pass_on, listener=listener, loaded=self._loaded)
        later = sum(map(_trials, units))
        spent = 0.0
        for _, of_model in groupby(units, key=lambda unit: unit.model):
            rest = list(of_model)
            while rest:
                unit = rest.pop(0)
                later -= _trials(unit)
                pace = _Pace(once)
                trials = pace.measure(work, unit)
                self._loading.setdefault(unit.model, pace.loading)
                yield unit, trials
                spent += pace.processor
                if rest and self._pays(unit, rest, work, pace, later):
                    assert self._workers is not None
                    self._workers.hand(rest, work)
                    later -= sum(map(_trials, rest))
                    break
        self._spent += spent
        if self._workers:
            yield from self._workers.finished(once)

    def close(self) -> None:
        if self._workers:
            self._workers.close()

    def _pays(self, unit: WorkUnit, rest: Sequence[WorkUnit], work: Work, pace: "_Pace", later: int) -> bool:
        """Whether workers do the rest of a model's units so much sooner that their start is worth it."""
        jobs = self._jobs if self._workers else min(usable_cores() // (threads_wanted() or 1), len(rest))
        trials = later if self._workers is None else sum(map(_trials, rest))
        seconds = trials * pace.seconds_a_trial + self._spent
        saved = seconds / pace.cores - seconds / max(jobs, 1)
        start = self._loading[unit.model] + (0.0 if self._workers else _START)
        if jobs < _FEWEST or saved < _GAIN * start:
            return False
        if why := self._alone[unit.model] or self._obstacle(work):
            self._tell_once(f"model {unit.model} {why}: one process queries it")
            return False
        if self._workers is None:
            return self._begin(min(jobs, _room()))
        return self._jobs <= _room()

    def _begin(self, jobs: int) -> bool:
        if jobs < _FEWEST:
            self._tell_once("there is memory for one process with a model")
            return False
        threads = threads_wanted() or max(1, usable_cores() // jobs)
        self._jobs, self._workers = jobs, WorkerProcesses(jobs, threads=threads)
        each = "1 thread" if threads == 1 else f"{threads} threads"
        self._tell(
            f"{jobs} worker processes with {each} each ({usable_cores()} cores); "
            f"{option('jobs')} sets another number"
        )
        return True

    def _obstacle(self, work: Work) -> str | None:
        if current_process().daemon:
            return "is audited by a process that may start no others"
        if _is_on_a_gpu():
            return "is on a GPU"
        return None if self._workers or _can_be_sent(work) else "needs what this program holds in memory"

    def _tell_once(self, line: str) -> None:
        if line not in self._told:
            self._told.add(line)
            self._tell(line)


@dataclass(slots=True)
class _Pace:
    """What a unit took in this process; the first call of a model, which takes longer, is left out."""

    _listener: Listener
    loading: float = 0.0  # seconds
    processor: float = 0.0  # seconds of all cores together
    cores: float = 1.0  # that the model keeps busy by itself
    seconds_a_trial: float = 0.0  # of a core
    _left: float = 0.0  # trials
    _since: tuple[float, float] = (0.0, 0.0)
    _warm: bool = False

    def measure(self, work: Work, unit: WorkUnit) -> pa.Table:
        """The trials of a unit; processor time says what it takes, whatever else this machine does."""
        began, self._since, self._left = _clock(), _clock(), _trials(unit)
        trials = work(unit, self._hear)
        ended = _clock()
        processor, wall = (end - start for end, start in zip(ended, self._since, strict=True))
        self.processor = ended[0] - began[0]
        self.cores = max(1.0, processor / max(wall, 1e-9))
        self.seconds_a_trial = processor / max(self._left, 1.0)
        return trials

    def _hear(self, event: Event) -> None:
        if isinstance(event, ModelLoaded):
            self.loading = _clock()[1] - self._since[1]
            self._since = _clock()
        elif isinstance(event, BatchPredicted) and not self._warm and event.trials < self._left:
            self._warm, self._since = True, _clock()
            self._left -= event.trials
        self._listener(event)


def _clock() -> tuple[float, float]:
    """Seconds of this process's cores, and of the clock on the wall."""
    return time.process_time(), time.perf_counter()


def _trials(unit: WorkUnit) -> int:
    return (unit.stop - unit.start) * (unit.last_draw - unit.first_draw) * len(unit.attacks)


def _room() -> int:
    """How many processes such as this one there is memory for."""
    free, each = free_memory(), memory_taken()
    return sys.maxsize if free is None or not each else int(_MEMORY * free) // each


def _is_on_a_gpu() -> bool:
    """Whether torch works on a GPU in this process."""
    torch = sys.modules.get("torch")
    return torch is not None and bool(torch.cuda.is_initialized())


def _can_be_sent(work: Work) -> bool:
    """Whether other processes can load what the work needs, without the program that runs in this one."""
    try:
        return not needs_program(bytes(ForkingPickler.dumps(work)))
    except (pickle.PicklingError, AttributeError, TypeError):
        return False
