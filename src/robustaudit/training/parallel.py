"""Several models trained at once, each in a process of its own."""

from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, wait
from typing import cast

import psutil

from robustaudit.core.machine import usable_cores
from robustaudit.core.processes import WorkerProcess, sending_errors, start
from robustaudit.models.card import Card
from robustaudit.training.hardware import Hardware
from robustaudit.training.training_events import TrainingListener

TrainingTask = Callable[[str, TrainingListener], Card]

# What the training of the largest network with a preset that ships has been seen to take, and some more.
_BYTES_EACH = 3 * 2**30


def count_jobs(models: int, hardware: Hardware) -> int:
    """The number of models to train in parallel: on a CPU as cores and free memory allow, one thread each."""
    if hardware.device != "cpu":
        return 1
    room = psutil.virtual_memory().available // _BYTES_EACH
    return max(1, min(models, usable_cores(), room))


def run_in_parallel(
    names: Sequence[str], work: TrainingTask, *, jobs: int, listener: TrainingListener
) -> dict[str, Card]:
    """The card that `work` returns for each name; its events are passed on in the calling process.

    `work` and all that hangs on it is sent to each process. Where one fails, or the user interrupts, the
    others are stopped too; each resumes after its last epoch.

    Raises:
        UserError: `work` did.
        WorkerDied: a process ended early.
    """
    waiting = list(names)
    running: dict[Connection, tuple[str, WorkerProcess]] = {}
    done: dict[str, Card] = {}
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                process = start(_alone, waiting[0], work, what=_what(waiting[0]))
                running[process.connection] = (waiting.pop(0), process)
            for connection in cast("list[Connection]", wait(list(running))):
                name, process = running[connection]
                message = process.receive()
                if isinstance(message, Card):
                    done[name] = message
                    process.join()
                    del running[connection]
                else:
                    listener(message)
    finally:
        for _, process in running.values():
            process.end()
    return {name: done[name] for name in names}


def _alone(name: str, work: TrainingTask, connection: Connection) -> None:
    """Do the work for one name, and send its events, its result or its exception."""
    with sending_errors(connection, _what(name)):
        connection.send(work(name, connection.send))


def _what(name: str) -> str:
    return f"trained model {name}"
