"""What a run bears of its models."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from robustaudit.core.errors import UserError
from robustaudit.core.validation import check_between, check_known

_ON_ERROR = ("stop", "skip")
_LONGEST = 86_400.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """What becomes of a text without an answer (`stop` or `skip`), and how long one call may take.

    `time_limit` is in seconds.
    """

    on_error: str = "stop"
    time_limit: float | None = None

    def __post_init__(self) -> None:
        check_known("value of on-error", self.on_error, _ON_ERROR)
        if self.time_limit is not None:
            check_between("time limit", self.time_limit, 0, _LONGEST)


class OutOfTimeError(BaseException):
    """A call that took longer than it may; no model's own `except Exception` swallows it."""


@contextmanager
def at_most(seconds: float | None) -> Iterator[None]:
    """Interrupt what runs inside after so many seconds, as Ctrl-C would.

    Raises:
        OutOfTimeError: it took longer.
        UserError: there is no such timer here: Windows has none, and only a process's main thread has.
    """
    if seconds is None:
        yield
        return
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        raise UserError("a time limit needs the main thread of a process on Linux or macOS")

    def ring(*_: object) -> None:
        raise OutOfTimeError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
