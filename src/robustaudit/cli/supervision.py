"""A command runs in a process of its own, supervised by one that only waits.

A model may end or crash the process that queries it, or leave threads and hooks behind. The process that a
shell waits for queries none: it exits with the code that the command handed over last, or with 3.
"""

import atexit
import mmap
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import NoReturn

from robustaudit.core import watchdog

INSIDE = 3
INTERRUPTED = 130
GOES_ON = {
    "run": "; finished work is kept: run the same command again to resume",
    "diff": "; finished work is kept: run the same command again to resume",
    "search": "; finished work is kept: run the same command again to resume",
    "verify": "; finished work is kept: run the same command again to resume",
    "train": "; run the same command again to resume after the last complete epoch of this model",
}

_PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT) if hasattr(os, "fork") else ()
_ONE_PRESS = 0.5  # seconds within which two interrupts are one
_ENDS_WITHIN = 1.5  # seconds after a signal that a command has to end by itself
_LAST_WORDS = 5.0  # seconds that hooks at the end of Python have

_parent: int | None = None  # the process that waits for this one, where one does


def supervised(command: Callable[[], int]) -> int:
    """The exit code of a command, however its process ends."""
    if not hasattr(os, "fork"):
        return command()
    memory = mmap.mmap(-1, watchdog.SIZE)
    record = watchdog.ProcessRecord(memory)
    heard = {number for number in _PASSED_ON if signal.getsignal(number) is not signal.SIG_IGN}
    of_child = signal.signal(signal.SIGCHLD, _nothing)
    own = {signal.SIGCHLD, signal.SIGALRM}
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, heard | own)
    here = os.getpid()
    child = os.fork()
    if not child:
        signal.signal(signal.SIGCHLD, of_child)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        _carry_out(command, record, here)
    return _wait(child, record, heard | own)


def _carry_out(command: Callable[[], int], record: watchdog.ProcessRecord, parent: int) -> NoReturn:
    """In the new process: run the command and hand over its exit code last."""
    global _parent  # noqa: PLW0603  (a process has one)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _Interrupt())
    record.attend()
    _parent = parent
    code = INSIDE
    try:
        code = command()
    except KeyboardInterrupt:  # before it can say so itself
        code = _said("interrupted", INTERRUPTED)
    finally:
        record.leave(code)
        with suppress(BaseException), watchdog.abort_after(_LAST_WORDS):
            atexit._run_exitfuncs()  # noqa: SLF001  (as Python's own end does, but threads are not waited for)
            sys.stdout.flush()
        os._exit(code)


def is_supervised() -> bool:
    """Whether this process was started for one command, and ends with it."""
    return _parent is not None


def end_with_parent() -> None:
    """Let the command be killed with its supervisor."""
    if _parent is not None:
        watchdog.end_with_parent(_parent)


def _wait(child: int, record: watchdog.ProcessRecord, heard: set[signal.Signals]) -> int:
    """Wait for the command and forward signals; a second Ctrl-C kills it, as does the time after any signal.

    A model in compiled code may hear none, and what is written is complete whenever the command is killed.
    """
    passed_on: int | None = None
    pressed: float | None = None
    while True:
        number = signal.sigwait(heard)
        if number == signal.SIGCHLD:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                break
            continue
        again = pressed is not None and time.monotonic() - pressed >= _ONE_PRESS
        if number == signal.SIGALRM or (number == signal.SIGINT and again):
            os.kill(child, signal.SIGKILL)
            continue
        if number == signal.SIGINT:
            pressed = pressed or time.monotonic()
        if passed_on is None:
            signal.setitimer(signal.ITIMER_REAL, _ENDS_WITHIN)
        passed_on = number
        os.kill(child, number)
    if record.code is not None:
        return _told(record.message, record.code) if record.message else record.code
    status = os.waitstatus_to_exitcode(status)
    if passed_on == signal.SIGINT and status == -signal.SIGKILL:
        return _said("interrupted", INTERRUPTED)
    if passed_on is not None and -status in (passed_on, signal.SIGKILL):
        signal.signal(passed_on, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {passed_on})
        os.kill(os.getpid(), passed_on)
        return 128 + passed_on  # where it is the first process of a container, which no signal ends
    return _said(record.ended(status), INSIDE)


def _said(what: str, code: int) -> int:
    return _told(f"{what}{GOES_ON.get(next(iter(sys.argv[1:]), ''), '')}", code)


def _told(line: str, code: int) -> int:
    from robustaudit.cli import streams
    from robustaudit.cli.console import console, say

    with suppress(Exception):  # nobody may listen
        streams.open_streams()
        console(stderr=True).show_cursor()  # a bar that counted hid it
        say(f"robustaudit: {line}")
    return code


class _Interrupt:
    """Handle the first Ctrl-C, from the terminal or forwarded; the supervisor handles a second."""

    def __init__(self) -> None:
        self._heard = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        if not self._heard:
            self._heard = True
            raise KeyboardInterrupt


def _nothing(*_: object) -> None:
    """An empty handler, so that the end of a child is a signal that can be waited for."""
