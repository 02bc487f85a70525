"""How many processes a run uses if the user names no number: as many as pay for their start."""

import pickle
import sys
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
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

_START = 1.0  # seconds of a core that a worker takes until it can load a model; measured: 0.7
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
        self._paces: dict[str, _Pace] = {}  # of each model, at the latest unit here
        self._loading: dict[str, float] = {}  # seconds of each model, seen at its first unit alone
        self._stay: set[str] = set()  # models of which there can be no copies

    def run(self, units: Sequence[WorkUnit], work: Work, listener: Listener) -> Finished:
        """Finished units as they come.

        Raises:
            WorkerDied: a worker process ended early.
        """
        once = partial(pass_on, listener=listener, loaded=self._loaded)
        left: dict[str, deque[WorkUnit]] = {}
        for unit in units:
            left.setdefault(unit.model, deque()).append(unit)
        spent = 0.0
        while left:
            model = next(iter(left))
            if self._pays(model, left, work):
                assert self._workers is not None
                self._workers.hand(left.pop(model), work)
                continue
            pace = self._paces[model] = _Pace(once, loading=self._loading.get(model, 0.0))
            unit = left[model].popleft()
            with self._workers.kept_busy() if self._workers else nullcontext():
                trials = pace.measure(work, unit)
            self._loading.setdefault(model, pace.loading)
            spent += pace.processor
            yield unit, trials
            if not left[model]:
                del left[model]
        self._spent += spent
        if self._workers:
            yield from self._workers.finished(once)

    def close(self) -> None:
        if self._workers:
            self._workers.close()

    def _pays(self, model: str, left: Mapping[str, Collection[WorkUnit]], work: Work) -> bool:
        """Whether workers do the rest of a model's units so much sooner that their start is worth it.

        Those of the first such model do later ones too.
        """
        pace = self._paces.get(model)
        if pace is None or model in self._stay:
            return False
        shared = [] if self._workers else [name for name in left if not self._alone[name]]
        units = [unit for name in {model, *shared} for unit in left[name]]
        jobs = self._jobs if self._workers else min(usable_cores() // (threads_wanted() or 1), len(units))
        seconds = sum(unit.queries for unit in units) * pace.seconds_a_query + self._spent
        saved = seconds / pace.cores - seconds / max(jobs, 1)
        if jobs < _FEWEST or saved < _GAIN * (pace.loading + (0.0 if self._workers else _START)):
            return False
        if why := self._alone[model] or self._obstacle(work):
            self._stay.add(model)
            self._tell(f"model {model} {why}: one process queries it")
            return False
        return self._jobs <= _room() if self._workers else self._begin(min(jobs, _room()))

    def _begin(self, jobs: int) -> bool:
        if jobs < _FEWEST:
            self._stay.update(self._alone)
            self._tell("there is memory for one process with a model")
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


@dataclass(slots=True)
class _Pace:
    """What a unit took in this process; the first call of a model, which takes longer, is left out."""

    _listener: Listener
    loading: float = 0.0  # seconds
    processor: float = 0.0  # seconds of all cores together
    cores: float = 1.0  # that the model keeps busy by itself
    seconds_a_query: float = 0.0  # of a core
    _left: float = 0.0  # queries
    _since: tuple[float, float] = (0.0, 0.0)
    _warm: bool = False

    def measure(self, work: Work, unit: WorkUnit) -> pa.Table:
        """The trials of a unit; processor time says what it takes, whatever else this machine does."""
        began, self._since, self._left = _clock(), _clock(), unit.queries
        trials = work(unit, self._hear)
        ended = _clock()
        processor, wall = (end - start for end, start in zip(ended, self._since, strict=True))
        self.processor = ended[0] - began[0]
        self.cores = max(1.0, processor / max(wall, 1e-9))
        self.seconds_a_query = processor / max(self._left, 1.0)
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
