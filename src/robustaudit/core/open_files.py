"""Files that this process works with, and that code of others in it may close, or put its own in place of."""

import os
from typing import Protocol
from weakref import WeakKeyDictionary

from robustaudit.core.errors import ModelError


class OpenFile(Protocol):
    """Whatever has a number: a stream, or a connection."""

    @property
    def closed(self) -> bool:
        """Whether it was closed as one closes it."""

    def fileno(self) -> int:
        """Its number."""


_CLOSED = "files of robustaudit's own were closed while it worked, as by os.closerange in a model"

_held: WeakKeyDictionary[OpenFile, os.stat_result] = WeakKeyDictionary()


def track(file: OpenFile) -> None:
    """Remember what file it is, until it is closed or forgotten."""
    _held[file] = os.fstat(file.fileno())


def are_intact() -> bool:
    """Whether the numbers of all that are held lead where they led."""
    return all(file.closed or _is_in_place(file) for file in list(_held))


def check_intact(file: OpenFile) -> None:
    """Look before what is written to a file that is held gets into another.

    Raises:
        ModelError: its number leads nowhere, or elsewhere.
    """
    if not _is_in_place(file):
        raise ModelError(_CLOSED)


def _is_in_place(file: OpenFile) -> bool:
    try:
        return os.path.samestat(_held[file], os.fstat(file.fileno()))
    except OSError:
        return False
