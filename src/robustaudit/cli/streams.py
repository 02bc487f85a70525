"""The two streams of the process: results on standard output, what anybody else prints on standard error.

One that cannot be written to ends in no traceback.
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
    """Standard output: what it does not take is lost, and the user is told once."""

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
    """Standard error: what it does not take is lost, and nobody is told by it; no result is in it."""

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
    """A file that is not written to once its number leads nowhere, or into a file of a model's.

    Looked at before the buffer and not below it: an interrupt there would write what is written again.
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
    """Where results go."""
    return _results or sys.stdout


def notes() -> TextIO:
    """Where all else goes that is ours; others may close the stream of that name."""
    return _notes or sys.stderr


def are_notes_lost() -> bool:
    """Whether there is something that `notes` did not take."""
    return isinstance(_notes, NotesStream) and _notes.lost


def open_streams() -> None:
    """Closed streams swallow what is written; others write what an old terminal's encoding has not.

    What any library writes to the process's standard output leads to its standard error from now on.
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
    """What is printed on standard output from now on is of others, and goes to standard error."""
    global _results
    if _results is None:
        _results, sys.stdout = sys.stdout, _of_others or sys.stderr


@contextmanager
def standard_output_kept() -> Iterator[None]:
    """Afterwards standard output is what it was before."""
    global _results
    before = sys.stdout
    try:
        yield
    finally:
        _results, sys.stdout = None, before


def drop_results() -> None:
    """Forget what is not written yet: it has nowhere to go."""
    global _results  # noqa: PLW0603  (a process has one standard output)
    _results = _nowhere()


def _nowhere() -> TextIO:
    """A stream for what is to be lost."""
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123


def _moved(stream: TextIOWrapper | None, kind: type[TextIOWrapper]) -> TextIO:
    """A stream of its own to where that one leads."""
    if stream is None:
        return _nowhere()
    file = io.FileIO(os.dup(stream.fileno()), "w")
    open_files.track(file)
    lines = kind is NotesStream or stream.line_buffering or stream.write_through
    return _wrapped(kind, _Held(file), stream.encoding, line_buffering=lines)


def _again(stream: TextIOWrapper | None) -> TextIO:
    """The same stream, such that what it does not take is no error of who writes to it."""
    if stream is None:
        return _nowhere()
    encoding, through = stream.encoding, stream.write_through
    return _wrapped(NotesStream, stream.detach(), encoding, line_buffering=True, write_through=through)


def _wrapped(kind: type[TextIOWrapper], raw: Any, encoding: str, **buffering: bool) -> TextIO:  # noqa: ANN401
    return kind(raw, encoding=encoding, errors="backslashreplace", newline="\n", **buffering)
