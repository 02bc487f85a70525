"""Work units: one perturbs its texts and queries the model; they run in this process or in workers."""

import threading
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain, compress, count
from multiprocessing.connection import Connection, wait
from multiprocessing.reduction import ForkingPickler
from typing import Protocol, TypeAlias, cast

import pyarrow as pa

from robustaudit.core.machine import threads_of_children, usable_cores
from robustaudit.core.processes import WorkerProcess, needs_program, sending_errors, start
from robustaudit.core.records import Example
from robustaudit.core.validation import check_at_least
from robustaudit.models import Classifier
from robustaudit.perturbations import TextBatch
from robustaudit.runs.error_policy import ErrorPolicy
from robustaudit.runs.events import BatchDependenceFound, BatchPredicted, Event, Listener, ModelLoaded
from robustaudit.runs.plan import Plan, draw
from robustaudit.runs.plan_record import WorkUnit
from robustaudit.runs.predictions import NoPredictionError, RepeatQuery, predict_all
from robustaudit.runs.repeat_check import attach_repeat_check, check_repeats, truncation_of
from robustaudit.runs.smallest_failure import asking, with_smallest_failures
from robustaudit.runs.trials_table import TrialBatch, trials_table


def run_unit(
    unit: WorkUnit,
    plan: Plan,
    classifier: Classifier,
    *,
    batch_size: int | None,
    error_policy: ErrorPolicy | None = None,
    listener: Listener = lambda _: None,
) -> pa.Table:
    """The trials of a unit, one a row; depends on plan and weights alone.

    Raises:
        ModelError: the classifier broke its contract.
    """
    examples = plan.examples[unit.start : unit.stop]
    batch = TextBatch([example.text for example in examples], segmenter=plan.segmenter)
    trials = _draw(unit, plan, examples, batch)
    # A no-op is its clean text, which is asked once whatever was drawn.
    perturbed = list(chain.from_iterable(each.drawn.texts for each in trials))
    clean = list(chain.from_iterable(each.drawn.originals for each in trials))
    texts = perturbed + clean

    def told(share: float) -> None:
        listener(BatchPredicted(unit.model, share * len(perturbed)))

    again = RepeatQuery(classifier, model=unit.model, batch_size=batch_size, error_policy=error_policy)
    try:
        answers = predict_all(
            classifier, texts, model=unit.model, batch_size=batch_size, error_policy=error_policy, told=told
        )
        half = len(perturbed)
        of_perturbed, of_clean = answers.take(slice(half)), answers.take(slice(half, None))
        found = check_repeats(
            again,
            {
                text: of_clean.take(slice(place, place + 1))
                for text, place in dict(zip(clean, count())).items()
            },
            texts,
            flips=Counter(compress(clean, of_clean.predictions != of_perturbed.predictions)),
            asking=f"{unit.start}-{unit.first_draw}",
            mixed=(unit.start, unit.first_draw) == (0, 0),
        )
    except NoPredictionError as error:
        raise error.at(_where(texts.index(error.text), examples, trials)) from error
    if unit.first_draw == 0:  # where each example is once
        answered = set(compress(clean, ~of_clean.failed))
        whole = [each.text for each in examples if each.text in answered]
        found = replace(found, truncation=truncation_of(classifier, whole))
    if found.batch_dependence == "found":
        listener(BatchDependenceFound(found))
    table = trials_table(
        unit.model, examples, batch, trials, clean=of_clean, perturbed=of_perturbed, classes=plan.classes
    )
    if not found.is_noisy:  # else nobody knows what fails
        ask = asking(classifier, model=unit.model, batch_size=batch_size, error_policy=error_policy)
        table = with_smallest_failures(table, ask, plan.minimal, plan.classes)
    return attach_repeat_check(table, found)


def _draw(unit: WorkUnit, plan: Plan, examples: Sequence[Example], batch: TextBatch) -> list[TrialBatch]:
    """The draws of each attack of a unit, before a model is queried."""
    places = plan.layout.places(unit)
    numbers = [plan.trial(unit.start + row, number) for row, number in places]
    return [
        TrialBatch(
            attack=attack.label,
            numbers=numbers,
            places=places,
            drawn=draw(attack.attack, examples, batch, places, seed=plan.seed),
        )
        for attack in plan.attacks
        if attack.label in unit.attacks
    ]


def _where(place: int, examples: Sequence[Example], trials: Sequence[TrialBatch]) -> str:
    """The name of the example at that position among all perturbed texts, then all clean ones."""
    attack, number = divmod(place, len(trials[0].places))
    row, draw_number = trials[0].places[number]
    example = f"of example {examples[row].id!r}"
    if attack >= len(trials):
        return example
    return f"{example}, attack {trials[attack].attack!r}, draw {draw_number}"


Work: TypeAlias = Callable[[WorkUnit, Listener], pa.Table]
"""A function that returns the trials of a unit, and sends events meanwhile."""

Finished: TypeAlias = Generator[tuple[WorkUnit, pa.Table], None, None]

WORKED_ON_TRIALS = "worked on trials"
"""What a worker process is for, in messages."""

_A_MOMENT = 0.05  # seconds until a thread sees that it is over


class Executor(Protocol):
    """Yields finished units in any order; may be used repeatedly until it is closed."""

    def run(self, units: Sequence[WorkUnit], work: Work, listener: Listener) -> Finished: ...

    def close(self) -> None: ...


class InProcess:
    """One unit after another, in this process."""

    def run(self, units: Sequence[WorkUnit], work: Work, listener: Listener) -> Finished:
        for unit in units:
            yield unit, work(unit, listener)

    def close(self) -> None:
        """There is nothing to close."""


class WorkerProcesses:
    """Several units in parallel, each in a worker process with a number of threads.

    `work` is sent to each process once, and must stay the same until they are closed. A worker stays with
    its model while that has units left, so that models are loaded as seldom as can be.
    """

    def __init__(self, jobs: int, *, threads: int | None = None) -> None:
        self._jobs = check_at_least("jobs", jobs, 1)
        self._threads = threads or max(1, usable_cores() // jobs)
        self._workers: dict[Connection, _Worker] = {}
        self._waiting: dict[str, deque[WorkUnit]] = {}
        self._came: deque[Event | tuple[WorkUnit, pa.Table] | Exception] = deque()
        self._imports_program: bool | None = None
        self._loaded: set[str] = set()

    def run(self, units: Sequence[WorkUnit], work: Work, listener: Listener) -> Finished:
        """Finished units as they come.

        Raises:
            WorkerDied: a process ended early.
        """
        self.hand(units, work)
        return self.finished(listener)

    def hand(self, units: Iterable[WorkUnit], work: Work) -> None:
        """Give workers some units, and start what workers there are to be; `finished` has the results."""
        for unit in units:
            self._waiting.setdefault(unit.model, deque()).append(unit)
        wanted = sum(map(len, self._waiting.values())) + sum(each.sent for each in self._workers.values())
        while len(self._workers) < min(self._jobs, wanted):
            worker = _Worker(self._start(work))
            self._workers[worker.process.connection] = worker
        self._feed()

    def finished(self, listener: Listener) -> Finished:
        """All units that were handed to workers, as they are finished; what is left ends with an error.

        Raises:
            WorkerDied: a process ended early.
        """
        try:
            while self._came or self.busy:
                while not self._came:
                    self._receive()
                message = self._came.popleft()
                if isinstance(message, Exception):
                    raise message
                if isinstance(message, tuple):
                    yield message
                else:
                    pass_on(message, listener, loaded=self._loaded)
        finally:
            self._waiting.clear()
            self._came.clear()
            for connection in self.busy:
                self._workers.pop(connection).process.end()

    @contextmanager
    def kept_busy(self) -> Iterator[None]:
        """Inside, a thread serves the workers while this one does other work."""
        over = threading.Event()

        def serve() -> None:
            while self.busy and not over.is_set() and self._receive(_A_MOMENT):
                pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def close(self) -> None:
        self._waiting.clear()
        while self._workers:
            self._workers.popitem()[1].process.end()
        self._loaded.clear()

    @property
    def busy(self) -> list[Connection]:
        """The connections to workers that have units to finish."""
        return [connection for connection, worker in self._workers.items() if worker.sent]

    def _receive(self, timeout: float | None = None) -> bool:
        """Keep what workers have sent, and send them units; whether none of them failed."""
        for connection in cast("list[Connection]", wait(self.busy, timeout)):
            worker = self._workers[connection]
            try:
                self._came.append(worker.process.receive())
                if isinstance(self._came[-1], tuple):
                    worker.sent -= 1
                    self._feed()
            except Exception as error:  # noqa: BLE001 - raised by `finished`
                self._came.append(error)
                return False
        return True

    def _start(self, work: Work) -> WorkerProcess:
        if self._imports_program is None:
            self._imports_program = needs_program(bytes(ForkingPickler.dumps(work)))
        with threads_of_children(self._threads):
            return start(serve_units, work, what=WORKED_ON_TRIALS, imports_program=self._imports_program)

    def _feed(self) -> None:
        """Send each worker a unit, and one more while there are many, so that none waits for this process."""
        for depth in (1, 2):
            for worker in self._workers.values():
                plenty = depth == 1 or sum(map(len, self._waiting.values())) >= len(self._workers)
                if self._waiting and plenty and worker.sent < depth:
                    self._send(worker)

    def _send(self, worker: "_Worker") -> None:
        """Send a unit of the worker's model, or of one that no worker has, or of which most is to be done."""
        taken = {each.model for each in self._workers.values()}
        waiting = self._waiting
        model = max(waiting, key=lambda name: (name == worker.model, name not in taken, len(waiting[name])))
        worker.process.send(waiting[model].popleft())
        worker.model = model
        worker.sent += 1
        if not waiting[model]:
            del waiting[model]


@dataclass(slots=True)
class _Worker:
    """A worker process, the model of the last unit that it was sent, and how many are not finished."""

    process: WorkerProcess
    model: str | None = None
    sent: int = 0


def pass_on(event: Event, listener: Listener, *, loaded: set[str]) -> None:
    """Pass an event of one of several workers on; loading a model is reported once, not by each."""
    if isinstance(event, ModelLoaded):
        if event.model in loaded:
            return
        loaded.add(event.model)
    listener(event)


def serve_units(work: Work, connection: Connection) -> None:
    """Work on units as they are sent, for as long as the process that sends them is there."""
    while True:
        unit = connection.recv()
        with sending_errors(connection, WORKED_ON_TRIALS):
            connection.send((unit, work(unit, connection.send)))
