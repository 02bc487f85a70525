"""`--log-json`: the events of a command as JSON, a line each, in a file, or alone on standard error."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

from robustaudit.cli import console
from robustaudit.cli.streams import notes
from robustaudit.core.errors import UserError

if TYPE_CHECKING:
    from robustaudit.api.event_log import EventLog

T = TypeVar("T")
Log = TypeVar("Log", bound="EventLog")

STANDARD_ERROR = Path("-")

_log: "EventLog | None" = None  # of the command that runs
_end = ExitStack()  # what closes it


@contextmanager
def closing_log() -> Iterator[None]:
    """Close the log afterwards, if the command opens one."""
    global _log  # noqa: PLW0603  (a process has one standard error)
    try:
        yield
    finally:
        _log = None
        _end.close()


def open_log(path: Path | None, kind: type[Log]) -> Log | None:
    """A log in a file, at its end, or on standard error, where messages become objects of it too.

    None if no path is given.

    Raises:
        UserError: the file cannot be written.
    """
    global _log  # noqa: PLW0603
    if path is None:
        return None
    lines = _Lines(None if path == STANDARD_ERROR else path)
    _end.callback(lines.close)
    _log = log = kind(lines)
    if path == STANDARD_ERROR:
        console.say_to(log.note)
        _end.callback(console.say_to, None)
    return log


def both(told: Callable[[T], None], logged: Callable[[T], None] | None) -> Callable[[T], None]:
    """Both functions, or the log's alone where both would be on standard error."""
    if logged is None:
        return told
    if console.is_said_elsewhere():
        return logged

    def tell(what: T) -> None:
        told(what)
        logged(what)

    return tell


def log_failure(message: str, exit_code: int) -> bool:
    """Log what ended the command, if it has a log; whether that is on standard error, and enough."""
    if _log is None:
        return False
    _log.fail(message, exit_code=exit_code)
    return console.is_said_elsewhere()


class _Lines:
    """Writes objects as lines of ASCII; a file that takes no more is given up with one message."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: TextIO | None = None
        if path is not None:
            try:
                self._file = path.open("a", encoding="ascii", buffering=1)
            except OSError as error:
                raise UserError(_unwritten(path, error)) from error

    def __call__(self, content: dict[str, Any]) -> None:
        # What a terminal, or a runner of GitHub Actions, would take for a command.
        line = json.dumps(content).replace("\x7f", r"\u007f").replace("##[", r"#\u0023[")
        if self._path is None:
            notes().write(f"{line}\n")
        elif self._file is not None:
            try:
                self._file.write(f"{line}\n")
            except OSError as error:
                self.close()
                console.say(f"{_unwritten(self._path, error)}; the command goes on")

    def close(self) -> None:
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._file = None


def _unwritten(path: Path, error: OSError) -> str:
    return f"--log-json {str(path)!r} cannot be written: {error.strerror or error}"
