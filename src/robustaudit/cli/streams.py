"""The two streams of the process, such that one which cannot be written to ends in no traceback."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from typing import TextIO, cast

from robustaudit.core.errors import UserError


class Results(TextIOWrapper):
    """Standard output: what it does not take is lost, and the user is told."""

    def write(self, text: str, /) -> int:
        with _told():
            return super().write(text)

    def flush(self) -> None:
        with _told():
            super().flush()


class Notes(TextIOWrapper):
    """Standard error: what it does not take is lost, and nobody can be told; no result is in it."""

    def write(self, text: str, /) -> int:
        with _untold():
            return super().write(text)
        return len(text)

    def flush(self) -> None:
        with _untold():
            super().flush()


def open_streams() -> None:
    """Closed streams swallow what is written; others write what an old terminal's encoding has not."""
    for name, kind in (("stdout", Results), ("stderr", Notes)):
        stream = cast("TextIOWrapper | None", getattr(sys, name))
        opened = nowhere() if stream is None else _again(stream, kind)
        setattr(sys, name, opened)
        setattr(sys, f"__{name}__", opened)


def nowhere() -> TextIO:
    """A stream for what is to be lost."""
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123


def _again(stream: TextIOWrapper, kind: type[TextIOWrapper]) -> TextIOWrapper:
    encoding, lines, through = stream.encoding, stream.line_buffering, stream.write_through
    return kind(
        stream.detach(),
        encoding=encoding,
        errors="backslashreplace",
        newline="\n",
        line_buffering=lines,
        write_through=through,
    )


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise  # its reader is gone, who may have had enough
    except OSError as error:
        raise UserError(f"standard output cannot be written: {error.strerror or error}") from error


@contextmanager
def _untold() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError:
        pass
