"""Calls of models and other foreign code, and their loading: state is put back, errors are named."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

import numpy as np

from robustaudit.core import defaults, open_files, watchdog
from robustaudit.core.errors import ForeignError, ModelError, RobustAuditError, message_of
from robustaudit.core.spelling import option
from robustaudit.models import Classifier, ModelSource
from robustaudit.runs.error_policy import CallTimeout, has_timer, time_limit

_LONGEST_REASON = 240  # characters
_LONGEST_TEXT = 120
_CLOSED = "closed files of robustaudit's own, as by os.closerange"


@contextmanager
def guarded_call() -> Iterator[None]:
    """Call code of others inside.

    The working folder, the depth of recursion, the streams, what NumPy does of errors and who hears Ctrl-C
    are afterwards as they were. A copy that it makes of this process ends here.

    Raises:
        ModelError: it closed files that this process works with, which is ended where it is one of ours.
        KeyboardInterrupt: the user interrupted it, whatever it made of that.
        ForeignError: it raised what is no Exception.
    """
    process, folder = os.getpid(), _folder()
    depth, streams = sys.getrecursionlimit(), (sys.stdout, sys.stderr)
    heard: list[int] = []
    try:
        with _hearing(heard), np.errstate():
            yield
    except (Exception, CallTimeout):
        raise
    except BaseException as error:
        elsewhere = (
            isinstance(error, KeyboardInterrupt) and not _in_main_thread()
        )  # another may send it there
        if heard or elsewhere or _by_a_signal(error):
            raise
        raise ForeignError(error) from error
    finally:
        if os.getpid() != process:
            os._exit(0)
        if not open_files.are_intact():
            watchdog.abort(_CLOSED)
            raise ModelError(f"a model {_CLOSED}")
        sys.setrecursionlimit(depth)
        _hold_streams()
        sys.stdout, sys.stderr = streams
        if folder and _folder() != folder:
            with suppress(OSError):
                os.chdir(folder)
        if heard:
            raise KeyboardInterrupt


def reason_of(error: BaseException) -> str:
    """The failure of a model in a few words: `raised ValueError: no`."""
    if isinstance(error, ForeignError):
        error = error.error
    words = message_of(error)
    what = f"raised {type(error).__name__}"
    return shortened(f"{what}: {words}" if words else what, _LONGEST_REASON)


def shortened(text: str, longest: int = _LONGEST_TEXT) -> str:
    """As much of a text as a message holds."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


@contextmanager
def _hearing(heard: list[int]) -> Iterator[None]:
    """Take note of Ctrl-C, which the code inside may swallow, or may seem to have come where it did not."""
    before = signal.getsignal(signal.SIGINT)
    if not _in_main_thread() or not callable(before):
        yield
        return

    def hear(number: int, frame: FrameType | None) -> None:
        try:
            before(number, frame)
        except KeyboardInterrupt:
            heard.append(number)
            raise

    signal.signal(signal.SIGINT, hear)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def _by_a_signal(error: BaseException) -> bool:
    """Whether the handler of a signal raised it, as those of timeouts around tests do."""
    handlers = (signal.getsignal(number) for number in signal.valid_signals())
    codes = {getattr(handler, "__code__", None) for handler in handlers} - {None}
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code in codes:
            return True
        trace = trace.tb_next
    return False


def _hold_streams() -> None:
    """Keep the numbers of closed streams occupied by the null device, so that no file of ours takes one."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free


def _folder() -> str | None:
    try:
        return os.getcwd()  # noqa: PTH109  (asked around every call)
    except OSError:  # it is gone
        return None


def loaded(source: ModelSource, *, limit: float | None = None) -> Classifier:
    """The classifier of a source, loaded within a number of seconds.

    Raises:
        UserError: it cannot be used; the message says why.
        ModelError: loading it failed in another way, or took longer.
    """
    with loading(source.name, limit=limit):
        return source.load()


def load_limit_or_default(given: float | None) -> float | None:
    """Seconds that a model may take, as given or, where this process has a timer, as ever."""
    return defaults.LOAD_LIMIT if given is None and has_timer() else given


@contextmanager
def loading(model: str, *, limit: float | None = None) -> Iterator[None]:
    """Load a model inside, or find out what it is.

    Raises:
        ModelError: what runs inside raised anything but an error of ours, or took longer.
    """
    try:
        with watchdog.note_activity(f"model {model!r} was loaded"), guarded_call(), time_limit(limit):
            yield
    except RobustAuditError:
        raise
    except CallTimeout:
        raise ModelError(
            f"model {model!r} was not loaded within {limit:g} s: give it more with {option('load_limit')}"
        ) from None
    except Exception as error:
        raise ModelError(f"model {model!r} cannot be loaded: it {reason_of(error)}") from error
