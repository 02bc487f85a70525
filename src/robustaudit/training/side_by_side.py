"""Several models trained at once, each in a process of its own."""

import os
import signal
import traceback
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import cast

import psutil

from robustaudit.core.errors import UserError
from robustaudit.models.card import Card
from robustaudit.training.events import Listener
from robustaudit.training.hardware import Hardware

Work = Callable[[str, Listener], Card]

# What the training of the largest network with a preset that ships has been seen to take, and some more.
_BYTES_EACH = 3 * 2**30


def count_jobs(models: int, hardware: Hardware) -> int:
    """How many models to train at once: on a CPU as cores and free memory allow, one thread each."""
    if hardware.device != "cpu":
        return 1
    room = psutil.virtual_memory().available // _BYTES_EACH
    return max(1, min(models, _cores(), room))


def side_by_side(names: Sequence[str], work: Work, *, jobs: int, listener: Listener) -> dict[str, Card]:
    """What `work` gives for each name; what it tells is passed on here, in the calling process.

    `work` and all that hangs on it is sent to each process. Where one fails, or the user interrupts, the
    others are stopped, too: each goes on after its last epoch when it is asked again.

    Raises:
        UserError: what `work` raised, or a process was killed from outside.
    """
    context = SpawnContext()
    waiting = list(names)
    running: dict[Connection, tuple[str, SpawnProcess]] = {}
    done: dict[str, Card] = {}
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                here, there = context.Pipe()
                process = context.Process(target=_alone, args=(waiting[0], work, there), daemon=True)
                process.start()
                there.close()
                running[here] = (waiting.pop(0), process)
            for connection in cast("list[Connection]", wait(list(running))):
                name, process = running[connection]
                try:
                    message = connection.recv()
                except EOFError:
                    process.join()
                    raise _killed(name, process.exitcode) from None
                match message:
                    case Card():
                        done[name] = message
                        process.join()
                        del running[connection]
                    case BaseException():
                        raise message
                    case _:
                        listener(message)
    finally:
        for _, process in running.values():
            process.terminate()
            process.join()
    return {name: done[name] for name in names}


def _cores() -> int:
    """How many cores this process may use; not every system tells."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _alone(name: str, work: Work, connection: Connection) -> None:
    """Do the work for one name, and send all that it tells, gives or raises."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started this one answers for it
    try:
        connection.send(work(name, connection.send))
    except UserError as error:
        connection.send(error)
    except Exception as error:  # noqa: BLE001 - raised again in the calling process
        error.add_note(f"in the process that trained model {name}:\n{traceback.format_exc()}")
        connection.send(error)


def _killed(name: str, code: int | None) -> UserError:
    reason = "memory may have run out: try --jobs 1" if code == -signal.SIGKILL else f"exit code {code}"
    return UserError(
        f"the process that trained model {name} was stopped from outside ({reason}); "
        "the same command goes on after its last whole epoch"
    )
