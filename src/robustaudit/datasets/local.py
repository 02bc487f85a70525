"""Files of this machine: none is waited for, and none is read that changes meanwhile."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from robustaudit.core.errors import UserError
from robustaudit.core.files import is_file, is_folder, is_there


@contextmanager
def opened(path: Path, called: str) -> Iterator[BufferedReader]:
    """The bytes of a file that messages call so.

    Raises:
        UserError: there is no file, or it changed while it was read.
    """
    check_file(path, called)
    with path.open("rb") as stream:
        before = _state(stream)
        try:
            yield stream
        except Exception as error:
            if _state(stream) != before:
                raise _changed(called) from error
            raise
        if _state(stream) != before:
            raise _changed(called)


def check_file(path: Path, called: str) -> None:
    """Refuse what is no file: a pipe may never begin, and a device never end.

    Raises:
        UserError: it is none, or is not there.
    """
    if is_file(path):
        return
    if is_folder(path):
        raise UserError(f"{called} is a folder")
    if is_there(path):
        raise UserError(f"{called} is a pipe or a device: give it as standard input, --data - with --format")
    raise UserError(f"{called} does not exist")


def _state(stream: BufferedReader) -> tuple[int, int]:
    state = os.fstat(stream.fileno())
    return state.st_size, state.st_mtime_ns


def _changed(called: str) -> UserError:
    return UserError(f"{called} changed while it was read: read it again when it is whole, or a copy")
