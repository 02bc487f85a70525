"""A disk that takes no more from some moment on."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch


@dataclass
class Filling:
    """A disk with room for a number of changes, and the error that it has for all later ones."""

    room: int
    error: int
    refused: bool = False

    def _or_refuse(self, really: Callable[..., Any]) -> Callable[..., Any]:
        def change(*given: Any, **options: Any) -> Any:
            if self.room == 0:
                self.refused = True
                raise OSError(self.error, os.strerror(self.error))
            self.room -= 1
            return really(*given, **options)

        return change

    @contextmanager
    def filling(self) -> Iterator[None]:
        """Flushes, new files and new folders take room inside."""
        places = ((os, "fsync"), (os, "mkdir"), (tempfile, "mkstemp"))
        with ExitStack() as patches:
            for module, name in places:
                change = self._or_refuse(getattr(module, name))
                patches.enter_context(patch.object(module, name, change))
            yield
