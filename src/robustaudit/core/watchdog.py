"""A watched process notes its activity in shared memory, which the waiting process can read after its end."""

import faulthandler
import os
import signal
import struct
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

SIZE = 1024
"""Bytes of shared memory."""

# Done?, exit code, deadline, length of the text, is the text a message to print?
_HEAD = struct.Struct("=?idH?")
_GAVE_UP = 3
_HINTS = {
    "SIGKILL": "memory may have run out",
    "SIGSEGV": "a library of the model's crashed",
    "SIGABRT": "a library of the model's gave up",
}

# On its way out, faulthandler walks the frames of code that still runs, and may crash on one that goes.
_TIMED_OUT = (1, -signal.SIGSEGV, -getattr(signal, "SIGBUS", signal.SIGSEGV))

_mine: "ProcessRecord | None" = None
"""The record of this process, if it is watched."""


class ProcessRecord:
    """What a watched process does, in memory that outlives it."""

    def __init__(self, memory: Any) -> None:  # noqa: ANN401  (whatever has bytes that two processes share)
        self._bytes = memoryview(memory).cast("B")

    def attend(self) -> None:
        """Record this process from now on, and no process that it forks."""
        global _mine  # noqa: PLW0603  (a process has one)
        self._process = os.getpid()
        _mine = self

    def note_activity(self, what: str) -> None:
        """Note the current activity: `model 'x' was queried`."""
        words = what.encode("utf-8", "replace")[: SIZE - _HEAD.size]
        self._bytes[_HEAD.size : _HEAD.size + len(words)] = words
        self._note(words=len(words))

    def relay_message(self, line: str) -> None:
        """Leave a line for the waiting process to print, as this process cannot."""
        self.note_activity(line)
        self._note(unsaid=True)

    def until(self, moment: float) -> None:
        """Note the deadline of the current activity, by the monotonic clock; 0 for none."""
        self._note(until=moment)

    def leave(self, code: int) -> None:
        """Record the exit code, which is final."""
        if os.getpid() == self._process:
            self._note(done=True, code=code)

    @property
    def what(self) -> str:
        """The current or last activity."""
        words = self._head()[3]
        return bytes(self._bytes[_HEAD.size : _HEAD.size + words]).decode("utf-8", "replace")

    @property
    def code(self) -> int | None:
        """The recorded exit code; None if the process ended before."""
        done, code, *_ = self._head()
        return code if done else None

    @property
    def message(self) -> str:
        """The line to print; empty if there is none."""
        return self.what if self._head()[4] else ""

    def ended(self, status: int) -> str:
        """How a process without a recorded exit code ended; `status` is negative for a signal."""
        if self.message:
            return self.message
        until, what = self._head()[2], self.what
        when = f" when {what}" if what else ""
        if status in _TIMED_OUT and 0 < until <= time.monotonic():
            return f"{what or 'a call'} and did not let itself be interrupted at its time limit"
        if status >= 0:
            return f"the process ended itself{when}: exit code {status}, as by os._exit({status})"
        name = signal.Signals(-status).name if -status in set(signal.Signals) else f"signal {-status}"
        hint = f": {_HINTS[name]}" if name in _HINTS else ""
        return f"the process was killed by {name}{when}{hint}"

    def _head(self) -> tuple[bool, int, float, int, bool]:
        done, code, until, words, unsaid = _HEAD.unpack_from(self._bytes)
        return done, code, until, words, unsaid

    def _note(
        self,
        *,
        done: bool | None = None,
        code: int | None = None,
        until: float | None = None,
        words: int | None = None,
        unsaid: bool | None = None,
    ) -> None:
        new = (done, code, until, words, unsaid)
        kept = zip(new, self._head(), strict=True)
        _HEAD.pack_into(self._bytes, 0, *(old if given is None else given for given, old in kept))


def is_watched() -> bool:
    """Whether this process was started by one of ours, as a command or worker is: it holds nothing else."""
    return _mine is not None


@contextmanager
def note_activity(what: str) -> Iterator[None]:
    """Note an activity of this process, if it is watched."""
    if _mine is None:
        yield
        return
    before = _mine.what
    _mine.note_activity(what)
    try:
        yield
    finally:
        _mine.note_activity(before)


def relay_message(line: str) -> None:
    """Leave a line for the waiting process to print, if there is one."""
    if _mine is not None:
        _mine.relay_message(line)


def abort(why: str) -> None:
    """End this process at once, if it is watched; the waiting process prints why."""
    if _mine is not None:
        _mine.relay_message(f"{_mine.what} and {why}")
        os._exit(_GAVE_UP)


@contextmanager
def abort_after(seconds: float) -> Iterator[None]:
    """End this process, if it is watched, when code inside takes longer, whatever it does.

    A thread of the interpreter does that, which needs no lock that Python code may hold.
    """
    if _mine is None:
        yield
        return
    _mine.until(time.monotonic() + seconds)
    with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123
        faulthandler.dump_traceback_later(seconds, exit=True, file=nowhere)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()
            _mine.until(0)


def end_with_parent(parent: int) -> None:
    """Have this process killed when its parent ends, in whatever way; on Linux only."""
    if sys.platform != "linux":
        return
    import ctypes  # noqa: PLC0415  (takes time, and most commands have it by then)

    death_signal = 1  # PR_SET_PDEATHSIG
    ctypes.CDLL(None).prctl(death_signal, signal.SIGKILL)
    if os.getppid() != parent:  # it was gone already
        os.kill(os.getpid(), signal.SIGKILL)
