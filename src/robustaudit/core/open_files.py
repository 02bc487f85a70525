"""Open files of robustaudit, which third-party code in this process might close, or replace."""

import os
from typing import Protocol
from weakref import WeakKeyDictionary

from robustaudit.core.errors import ModelError


class OpenFile(Protocol):
    """Anything with a file descriptor: a stream, or a connection."""

    @property
    def closed(self) -> bool:
        """Whether it was closed in the regular way."""

    def fileno(self) -> int:
        """Its file descriptor."""


_CLOSED = "files of robustaudit's own were closed while it worked, as by os.closerange in a model"

_tracked: WeakKeyDictionary[OpenFile, os.stat_result] = WeakKeyDictionary()


def track(file: OpenFile) -> None:
    """Remember which file its descriptor refers to, until it is closed or collected."""
    _tracked[file] = os.fstat(file.fileno())


def are_intact() -> bool:
    """Whether the descriptors of all tracked files still refer to the same files."""
    return all(file.closed or _is_intact(file) for file in list(_tracked))


def check_intact(file: OpenFile) -> None:
    """Check a tracked file before it is written to: the descriptor might refer to another by now.

    Raises:
        ModelError: the descriptor is closed, or refers to another file.
    """
    if not _is_intact(file):
        raise ModelError(_CLOSED)


def _is_intact(file: OpenFile) -> bool:
    try:
        return os.path.samestat(_tracked[file], os.fstat(file.fileno()))
    except OSError:
        return False
