"""Work units: one perturbs its texts and queries the model; they run in this process or in workers."""

from collections import Counter
from collections.abc import Callable, Generator, Sequence
from itertools import chain, compress
from multiprocessing.connection import Connection, wait
from typing import Protocol, TypeAlias, cast

import pyarrow as pa

from robustaudit.core.processes import WorkerProcess, sending_errors, start
from robustaudit.core.records import Example
from robustaudit.core.validation import check_at_least
from robustaudit.models import Classifier
from robustaudit.perturbations import TextBatch
from robustaudit.runs.error_policy import ErrorPolicy
from robustaudit.runs.events import BatchDependenceFound, BatchPredicted, Event, Listener, ModelLoaded
from robustaudit.runs.plan import Plan, draw
from robustaudit.runs.plan_record import WorkUnit
from robustaudit.runs.predictions import NoPredictionError, RepeatQuery, predict_all
from robustaudit.runs.repeat_check import attach_repeat_check, check_repeats
from robustaudit.runs.trials_table import TrialBatch, trials_table


def run_unit(
    unit: WorkUnit,
    plan: Plan,
    classifier: Classifier,
    *,
    batch_size: int,
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
            {text: of_clean.take(slice(place, place + 1)) for place, text in enumerate(clean)},
            texts,
            flips=Counter(compress(clean, of_clean.predictions != of_perturbed.predictions)),
            asking=f"{unit.start}-{unit.first_draw}",
            mixed=(unit.start, unit.first_draw) == (0, 0),
        )
    except NoPredictionError as error:
        raise error.at(_where(texts.index(error.text), examples, trials)) from error
    if found.batch_dependence == "found":
        listener(BatchDependenceFound(found))
    table = trials_table(
        unit.model, examples, batch, trials, clean=of_clean, perturbed=of_perturbed, classes=plan.classes
    )
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
    """Several units in parallel, each in a worker process.

    `work` is sent to each process once, and must stay the same until they are closed.
    """

    def __init__(self, jobs: int) -> None:
        self._jobs = check_at_least("jobs", jobs, 1)
        self._idle: list[WorkerProcess] = []
        self._loaded: set[str] = set()

    def run(self, units: Sequence[WorkUnit], work: Work, listener: Listener) -> Finished:
        """Finished units as they come.

        Raises:
            WorkerDied: a process ended early.
        """
        waiting = list(reversed(units))
        running: dict[Connection, WorkerProcess] = {}
        try:
            while waiting and len(running) < self._jobs:
                process = self._idle.pop() if self._idle else start(serve_units, work, what=WORKED_ON_TRIALS)
                running[process.connection] = process
                process.send(waiting.pop())
            while running:
                for connection in cast("list[Connection]", wait(list(running))):
                    process = running[connection]
                    message = process.receive()
                    if not isinstance(message, tuple):
                        pass_on(message, listener, loaded=self._loaded)
                        continue
                    if waiting:
                        process.send(waiting.pop())
                    else:
                        self._idle.append(running.pop(connection))
                    yield message
        finally:
            for process in running.values():
                process.end()

    def close(self) -> None:
        while self._idle:
            self._idle.pop().end()
        self._loaded.clear()


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
