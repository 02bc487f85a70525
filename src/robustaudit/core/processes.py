"""Processes beside this one: started so that Ctrl-C is left to this one, and heard until they end."""

import os
import pickle
import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import reduction
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any

from robustaudit.core import hub, open_files, spelling, watchdog
from robustaudit.core.errors import RobustAuditError, WorkerDied, message_of

_STANDARD_ERROR = 2


@dataclass(frozen=True, slots=True, eq=False)
class WorkerProcess:
    """A process beside this one, and what is known of it once it is gone."""

    connection: Connection
    _process: SpawnProcess
    _record: watchdog.ProcessRecord

    def send(self, message: object) -> None:
        """Give it something.

        Raises:
            WorkerDied: it is gone.
        """
        try:
            self.connection.send(message)
        except ConnectionError:
            raise self._ended() from None

    def receive(self) -> Any:  # noqa: ANN401
        """Its next message; raised where that is an error.

        Raises:
            WorkerDied: it ended before.
        """
        try:
            message = self.connection.recv()
        except (EOFError, ConnectionError):
            raise self._ended() from None
        if isinstance(message, BaseException):
            raise message
        return message

    def join(self) -> None:
        """Wait until it is done."""
        self._process.join()

    def end(self) -> None:
        """Stop it, whatever it does, and wait until it is gone."""
        self._process.kill()
        self._process.join()

    def _ended(self) -> WorkerDied:
        self._process.join()
        status = self._process.exitcode or 0
        less = f"; {spelling.option('jobs', 1)} takes less of it" if status == -signal.SIGKILL else ""
        return WorkerDied(f"{self._record.ended(status)}{less}")


def start(target: Callable[..., None], *arguments: object, what: str) -> WorkerProcess:
    """A new process that runs `target(*arguments, connection)`; `what` says what it does: `trained model 1`.

    It may ask the hub only where this one may, and ends when this one does.
    """
    context = SpawnContext()
    here, there = context.Pipe()
    memory = context.RawArray("c", watchdog.SIZE)
    record = watchdog.ProcessRecord(memory)
    record.note_activity(f"it {what}")
    with _interrupts_ignored(), _unheard() as said:
        process = context.Process(target=_run, args=(os.getpid(), memory, there, said), daemon=True)
        process.start()
    there.close()
    beside = WorkerProcess(here, process, record)
    try:
        # What is large is sent once it listens, who does not complain of half of it where this one is killed.
        beside.send((hub.allowed(), spelling.current(), target, arguments))
    except BaseException:
        beside.end()
        raise
    return beside


@contextmanager
def sending_errors(connection: Connection, what: str) -> Iterator[None]:
    """In a process that does `what`: whatever is raised inside is sent to the one that started it."""
    try:
        yield
    except BaseException as error:  # noqa: BLE001 - raised again in the process that started this one
        if not isinstance(error, RobustAuditError):
            error.add_note(f"in the process that {what}:\n{traceback.format_exc()}")
        connection.send(_portable(error))


def _portable(error: BaseException) -> Exception:
    """The error as another process can have it: not every one of others can be pickled, and read again."""
    with suppress(Exception):
        again = pickle.loads(pickle.dumps(error))  # noqa: S301  (what this process wrote)
        if isinstance(error, Exception) and type(again) is type(error):
            return error
    portable = RuntimeError(f"{type(error).__name__}: {message_of(error)}")
    for note in getattr(error, "__notes__", ()):
        portable.add_note(note)
    return portable


def _run(parent: int, memory: Any, connection: Connection, said: int | None) -> None:  # noqa: ANN401
    watchdog.end_with_parent(parent)
    if said is not None:
        os.dup2(said, _STANDARD_ERROR)
        os.close(said)
    watchdog.ProcessRecord(memory).attend()
    if hasattr(os, "fork"):  # Windows has no numbers for connections
        open_files.track(connection)
    try:
        with sending_errors(connection, "was started"):
            asks, spelt, target, arguments = connection.recv()
            with hub.network_access(allowed=asks), spelling.spelt(spelt):
                target(*arguments, connection)
    except (EOFError, ConnectionError):
        os._exit(0)  # the process that started this one is gone, and nobody is there to be told


@contextmanager
def _unheard() -> Iterator[Any]:
    """Have a process that starts say nothing before it has the stream that is yielded.

    Until then it is multiprocessing's, and shows a traceback where the process that starts it is killed.
    """
    if not hasattr(reduction, "DupFd"):  # Windows
        yield None
        return
    kept = os.dup(_STANDARD_ERROR)
    try:
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123
            os.dup2(nowhere.fileno(), _STANDARD_ERROR)
        yield _InheritedFile(kept)
    finally:
        os.dup2(kept, _STANDARD_ERROR)
        os.close(kept)


class _InheritedFile:
    """A file that a process gets as it starts."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __reduce__(self) -> Any:  # noqa: ANN401
        return _taken, (reduction.DupFd(self._number),)


def _taken(handed: Any) -> int:  # noqa: ANN401
    number: int = handed.detach()
    return number


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
