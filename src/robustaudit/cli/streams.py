"""Standard output has our results only; what anything else prints goes to standard error.

A stream that cannot be written to causes no traceback.
"""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from typing import Any, TextIO, cast

from robustaudit.core import open_files
from robustaudit.core.errors import ModelError, UserError


class Results(TextIOWrapper):
    """Standard output; output that it does not accept is lost, with one message."""

    _lost = False

    def write(self, text: str, /) -> int:
        with self._told():
            super().write(text)
        return len(text)

    def flush(self) -> None:
        with self._told():
            super().flush()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            raise  # its reader is gone, who may have had enough
        except OSError as error:
            if not self._lost:
                self._lost = True
                raise UserError(f"standard output cannot be written: {error.strerror or error}") from error


class NotesStream(TextIOWrapper):
    """Standard error; messages that it does not accept are lost silently."""

    lost = False

    def write(self, text: str, /) -> int:
        with self._untold():
            return super().write(text)
        return len(text)

    def flush(self) -> None:
        with self._untold():
            super().flush()

    @contextmanager
    def _untold(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            raise
        except (OSError, ModelError):
            self.lost = True


class _Held(io.BufferedWriter):
    """A file that refuses writes if its descriptor is closed or refers to a model's file.

    Checked before the buffer, not below it: an interrupt there would write buffered data twice.
    """

    _waiting = False

    def write(self, data: Any, /) -> int:  # noqa: ANN401
        open_files.check_intact(cast("io.FileIO", self.raw))
        self._waiting = True
        return super().write(data)

    def flush(self) -> None:
        if self._waiting:
            open_files.check_intact(cast("io.FileIO", self.raw))
        super().flush()
        self._waiting = False


_results: TextIO | None = None  # None for standard output as it is
_notes: TextIO | None = None  # None for standard error as it is
_of_others: TextIO | None = None  # None for standard error


def results() -> TextIO:
    """The stream of results."""
    return _results or sys.stdout


def notes() -> TextIO:
    """The stream of our messages; foreign code may close `sys.stderr`."""
    return _notes or sys.stderr


def are_notes_lost() -> bool:
    """Whether some message could not be written."""
    return isinstance(_notes, NotesStream) and _notes.lost


def open_streams() -> None:
    """Replace closed streams by null devices; let others escape what their encoding lacks.

    From now on, what libraries write to standard output goes to standard error.
    """
    global _notes, _of_others
    output, error = (cast("TextIOWrapper | None", stream) for stream in (sys.stdout, sys.stderr))
    results, _notes = _moved(output, Results), _moved(error, NotesStream)
    _of_others, sys.stderr = _again(output), _again(error)
    os.dup2(sys.stderr.fileno(), _of_others.fileno())
    for name, stream in (("stdout", _of_others), ("stderr", sys.stderr)):
        setattr(sys, f"__{name}__", stream)
    sys.stdout = results


def set_results_apart() -> None:
    """From now on, redirect standard output of other code to standard error."""
    global _results
    if _results is None:
        _results, sys.stdout = sys.stdout, _of_others or sys.stderr


@contextmanager
def standard_output_kept() -> Iterator[None]:
    """Restore standard output afterwards."""
    global _results
    before = sys.stdout
    try:
        yield
    finally:
        _results, sys.stdout = None, before


def drop_results() -> None:
    """Drop buffered output."""
    global _results  # noqa: PLW0603  (a process has one standard output)
    _results = _nowhere()


def _nowhere() -> TextIO:
    """A null device."""
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123


def _moved(stream: TextIOWrapper | None, kind: type[TextIOWrapper]) -> TextIO:
    """A new stream to the same destination."""
    if stream is None:
        return _nowhere()
    file = io.FileIO(os.dup(stream.fileno()), "w")
    open_files.track(file)
    lines = kind is NotesStream or stream.line_buffering or stream.write_through
    return _wrapped(kind, _Held(file), stream.encoding, line_buffering=lines)


def _again(stream: TextIOWrapper | None) -> TextIO:
    """The same stream, whose failures raise no error for the writer."""
    if stream is None:
        return _nowhere()
    encoding, through = stream.encoding, stream.write_through
    return _wrapped(NotesStream, stream.detach(), encoding, line_buffering=True, write_through=through)


def _wrapped(kind: type[TextIOWrapper], raw: Any, encoding: str, **buffering: bool) -> TextIO:  # noqa: ANN401
    return kind(raw, encoding=encoding, errors="backslashreplace", newline="\n", **buffering)
