"""Worker processes: they ignore Ctrl-C, which is this process's, and their errors are raised here."""

import os
import pickle
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from io import BytesIO
from multiprocessing import reduction
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext, SpawnProcess
from types import ModuleType
from typing import Any

from robustaudit.core import hub, open_files, spelling, watchdog
from robustaudit.core.errors import RobustAuditError, WorkerDied, message_of
from robustaudit.core.garbage import collect_seldom

_STANDARD_ERROR = 2
_AT_START = "it imported the program that started it"


@dataclass(frozen=True, slots=True, eq=False)
class WorkerProcess:
    """A worker process, and how it ended."""

    connection: Connection
    _process: SpawnProcess
    _record: watchdog.ProcessRecord
    _fewer: tuple[str, object]

    def send(self, message: object) -> None:
        """Send it a message.

        Raises:
            WorkerDied: it has ended.
        """
        try:
            self.connection.send(message)
        except ConnectionError:
            raise self._ended() from None

    def receive(self) -> Any:  # noqa: ANN401
        """Its next message; an exception is raised.

        Raises:
            WorkerDied: it has ended.
        """
        try:
            message = self.connection.recv()
        except (EOFError, ConnectionError):
            raise self._ended() from None
        if isinstance(message, BaseException):
            raise message
        return message

    def exchange(self, message: bytes) -> bytes:
        """Its reply to a pickled message, pickled too.

        Raises:
            WorkerDied: it has ended.
        """
        try:
            self.connection.send_bytes(message)
            return self.connection.recv_bytes()
        except (EOFError, ConnectionError):
            raise self._ended() from None

    def join(self) -> None:
        """Wait for its end."""
        self._process.join()

    def end(self) -> None:
        """Kill it and wait for its end."""
        self._process.kill()
        self._process.join()

    def _ended(self) -> WorkerDied:
        self._process.join()
        status = self._process.exitcode or 0
        if status == 1 and self._record.what == _AT_START:
            return WorkerDied(
                "a worker process could not import this program, which ran again in it: what starts an audit "
                f'belongs below `if __name__ == "__main__":`, or give {spelling.option("jobs", 1)}'
            )
        less = f"; {spelling.option(*self._fewer)} takes less of it" if status == -signal.SIGKILL else ""
        return WorkerDied(f"{self._record.ended(status)}{less}")


def start(
    target: Callable[..., None],
    *arguments: object,
    what: str,
    fewer: tuple[str, object] = ("jobs", 1),
    imports_program: bool = True,
) -> WorkerProcess:
    """Start a process that runs `target(*arguments, connection)`; `what` names its task: `trained model 1`.

    `fewer` is the field, with its value, that a message advises where memory may have run out. The process
    has network access only if this process has, and ends with this process. It imports the program that
    starts it, as far as anything it is sent may be defined there.
    """
    context = SpawnContext()
    here, there = context.Pipe()
    memory = context.RawArray("c", watchdog.SIZE)
    record = watchdog.ProcessRecord(memory)
    record.note_activity(_AT_START)
    program = nullcontext() if imports_program else _without_program()
    with _interrupts_ignored(), _silent_start() as stderr, program:
        process = context.Process(target=_run, args=(os.getpid(), memory, there, stderr, what), daemon=True)
        process.start()
    there.close()
    worker = WorkerProcess(here, process, record, fewer)
    try:
        # Large arguments are sent once it listens: it does not complain if this process is killed midway.
        worker.send((hub.allowed(), spelling.current(), target, arguments))
    except BaseException:
        worker.end()
        raise
    return worker


@contextmanager
def sending_errors(connection: Connection, what: str) -> Iterator[None]:
    """Send every exception to the process that started this one; `what` names the task."""
    try:
        yield
    except BaseException as error:  # noqa: BLE001 - raised again in the process that started this one
        if not isinstance(error, RobustAuditError):
            error.add_note(f"in the process that {what}:\n{traceback.format_exc()}")
        connection.send(_portable(error))


def _portable(error: BaseException) -> Exception:
    """An error that can be pickled: not every third-party exception can be, and read again."""
    with suppress(Exception):
        again = pickle.loads(pickle.dumps(error))  # noqa: S301  (what this process wrote)
        if isinstance(error, Exception) and type(again) is type(error):
            return error
    portable = RuntimeError(f"{type(error).__name__}: {message_of(error)}")
    for note in getattr(error, "__notes__", ()):
        portable.add_note(note)
    return portable


def _run(parent: int, memory: Any, connection: Connection, stderr: int | None, what: str) -> None:  # noqa: ANN401
    watchdog.end_with_parent(parent)
    collect_seldom()
    if stderr is not None:
        os.dup2(stderr, _STANDARD_ERROR)
        os.close(stderr)
    record = watchdog.ProcessRecord(memory)
    record.attend()
    record.note_activity(f"it {what}")
    if hasattr(os, "fork"):  # Windows has no numbers for connections
        open_files.track(connection)
    try:
        with sending_errors(connection, "was started"):
            allowed, spelt, target, arguments = connection.recv()
            with hub.network_access(allowed=allowed), spelling.spelt(spelt):
                target(*arguments, connection)
    except (EOFError, ConnectionError):
        os._exit(0)  # the process that started this one is gone


@contextmanager
def _without_program() -> Iterator[None]:
    """Hide the program from multiprocessing, which has a process import it again."""
    program = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = program


class _Program(pickle.Unpickler):
    """Finds out whether a pickle needs what the running program defines."""

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401
        if module == "__main__":
            raise _InProgramError
        return super().find_class(module, name)


class _InProgramError(Exception):
    """A pickle needs the running program."""


def needs_program(pickled: bytes) -> bool:
    """Whether what was pickled in this process needs the program that runs in it."""
    if b"__main__" not in pickled:
        return False
    try:
        _Program(BytesIO(pickled)).load()
    except _InProgramError:
        return True
    return False


@contextmanager
def _silent_start() -> Iterator[Any]:
    """Silence standard error of a starting process, until it takes over the stream that is yielded.

    Before, it runs code of multiprocessing, which prints a traceback if the process that starts it is killed.
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
    """A file descriptor that a process inherits at its start."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __reduce__(self) -> Any:  # noqa: ANN401
        return _taken, (reduction.DupFd(self._number),)


def _taken(handed: Any) -> int:  # noqa: ANN401
    number: int = handed.detach()
    return number


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Ignore Ctrl-C, which a started process inherits; only the main thread can set that."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
