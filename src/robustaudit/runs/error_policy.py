"""What happens when a model gives no prediction, and how long a call may take."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from robustaudit.core import spelling, watchdog
from robustaudit.core.errors import UserError
from robustaudit.core.validation import check_between, check_choice

_ON_ERROR = ("stop", "skip")
_LONGEST = 86_400.0  # seconds
_GRACE = 3.0  # seconds after which the process of a call ends that cannot be interrupted
_AGAIN = 1.0  # seconds after which it is interrupted once more: who runs may swallow it, as a `__del__` does
_SOON = 1e-6  # seconds; 0 would be never


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorPolicy:
    """Whether a run stops at a text without a prediction, or skips it, and time limits in seconds.

    `time_limit` is the limit of one call of `predict`, `load_limit` that of loading the model.
    """

    on_error: str = "stop"
    time_limit: float | None = None
    load_limit: float | None = None

    def __post_init__(self) -> None:
        check_choice(spelling.named("on_error"), self.on_error, _ON_ERROR)
        for field, seconds in (("time_limit", self.time_limit), ("load_limit", self.load_limit)):
            if seconds is not None:
                check_between(spelling.named(field), seconds, 0, _LONGEST)


class CallTimeout(BaseException):
    """A call that took longer than it may; no model's own `except Exception` swallows it."""


def has_timer() -> bool:
    """Whether there is a timer here: Windows has none, and only the main thread of a process has."""
    return hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()


@contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """Interrupt the code inside after a number of seconds, as Ctrl-C would.

    Code that swallows the interruption ends with its process, if that is one of ours.

    Raises:
        CallTimeout: it took longer, whether or not it gave a value.
        UserError: this process has no such timer.
    """
    if seconds is None:
        yield
        return
    if not has_timer():
        raise UserError("a time limit needs the main thread of a process on Linux or macOS")
    began = time.monotonic()
    with watchdog.abort_after(seconds + _GRACE), _alarm(seconds):
        yield
    if time.monotonic() - began >= seconds:
        raise CallTimeout


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Raise CallTimeout inside after a number of seconds; a timer that was running continues afterwards."""
    within = [True]

    def ring(*_: object) -> None:
        if within:
            raise CallTimeout

    began = time.monotonic()
    before = signal.signal(signal.SIGALRM, ring)
    left, every = signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
    try:
        try:
            yield
        finally:
            within.clear()
    finally:  # even where it rings as the call ends
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(left - (time.monotonic() - began), _SOON), every)
