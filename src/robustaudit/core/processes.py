"""Processes beside this one: started so that Ctrl-C is left to this one, and heard until they end."""

import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any

from robustaudit.core import hub
from robustaudit.core.errors import RobustAuditError, UserError


def start(target: Callable[..., None], *arguments: object) -> tuple[Connection, SpawnProcess]:
    """A new process that runs `target(*arguments, connection)`, and this end of the connection.

    It may ask the hub only where this one may.
    """
    context = SpawnContext()
    here, there = context.Pipe()
    process = context.Process(target=_run, args=(hub.allowed(), target, *arguments, there), daemon=True)
    with _interrupts_ignored():
        process.start()
    there.close()
    return here, process


@contextmanager
def answering(connection: Connection, what: str) -> Iterator[None]:
    """In a process that does `what`: whatever is raised inside is sent to the one that started it."""
    try:
        yield
    except RobustAuditError as error:
        connection.send(error)
    except Exception as error:  # noqa: BLE001 - raised again in the process that started this one
        error.add_note(f"in the process that {what}:\n{traceback.format_exc()}")
        connection.send(error)


def receive(connection: Connection, process: SpawnProcess, what: str, *, then: str) -> Any:  # noqa: ANN401
    """The next message of a process that does `what`; raised where it is an error.

    Raises:
        UserError: the process was stopped from outside; `then` says what its user can do.
    """
    try:
        message = connection.recv()
    except (EOFError, ConnectionError):
        process.join()
        raise _stopped(what, process.exitcode, then) from None
    if isinstance(message, BaseException):
        raise message
    return message


def end(process: SpawnProcess) -> None:
    """Stop a process, whatever it does, and wait until it is gone."""
    process.terminate()
    process.join()


def _run(asks: bool, target: Callable[..., None], *arguments: object) -> None:
    with hub.network(allowed=asks):
        target(*arguments)


def _stopped(what: str, code: int | None, then: str) -> UserError:
    reason = "memory may have run out: try --jobs 1" if code == -signal.SIGKILL else f"exit code {code}"
    return UserError(f"the process that {what} was stopped from outside ({reason}); {then}")


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """A process inherits that Ctrl-C is ignored; only the main thread may say so."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
