"""Where units are worked on: in this process, or in several beside it; a unit does not know."""

from collections.abc import Callable, Generator, Sequence
from multiprocessing.connection import Connection, wait
from typing import Protocol, TypeAlias, cast

import pyarrow as pa

from robustaudit.core.processes import Beside, answering, start
from robustaudit.core.validation import check_at_least
from robustaudit.runs.events import Event, Listener, ModelLoaded
from robustaudit.runs.units import Unit

Work: TypeAlias = Callable[[Unit, Listener], pa.Table]
"""The trials of a unit; what happens meanwhile is told to the listener."""

Finished: TypeAlias = Generator[tuple[Unit, pa.Table], None, None]

_WHAT = "worked on trials"


class Executor(Protocol):
    """Takes units of work and gives back finished ones, in any order; again and again until it is closed."""

    def run(self, units: Sequence[Unit], work: Work, listener: Listener) -> Finished: ...

    def close(self) -> None: ...


class InProcess:
    """One unit after another, in this process."""

    def run(self, units: Sequence[Unit], work: Work, listener: Listener) -> Finished:
        for unit in units:
            yield unit, work(unit, listener)

    def close(self) -> None:
        """Nothing is held."""


class Processes:
    """Several units at once, each in one of so many processes.

    `work` is sent to each of them once, and has to be the same until they are closed.
    """

    def __init__(self, jobs: int) -> None:
        self._jobs = check_at_least("jobs", jobs, 1)
        self._idle: list[Beside] = []
        self._loaded: set[str] = set()

    def run(self, units: Sequence[Unit], work: Work, listener: Listener) -> Finished:
        """Finished units as they come.

        Raises:
            ProcessEnded: a process ended early.
        """
        waiting = list(reversed(units))
        running: dict[Connection, Beside] = {}
        try:
            while waiting and len(running) < self._jobs:
                process = self._idle.pop() if self._idle else start(_worker, work, what=_WHAT)
                running[process.connection] = process
                process.send(waiting.pop())
            while running:
                for connection in cast("list[Connection]", wait(list(running))):
                    process = running[connection]
                    message = process.receive()
                    if not isinstance(message, tuple):
                        self._tell(message, listener)
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

    def _tell(self, event: Event, listener: Listener) -> None:
        """Pass an event on, but that a model is loaded only for the first process that says so."""
        if isinstance(event, ModelLoaded):
            if event.model in self._loaded:
                return
            self._loaded.add(event.model)
        listener(event)


def _worker(work: Work, connection: Connection) -> None:
    """Work on units as they are sent, for as long as the process that sends them is there."""
    while True:
        unit = connection.recv()
        with answering(connection, _WHAT):
            connection.send((unit, work(unit, connection.send)))
