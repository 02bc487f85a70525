"""How many calls a run may make of models that cost something."""

import os
import tempfile
import weakref
from pathlib import Path

from robustaudit.core.errors import BudgetSpent
from robustaudit.core.validation import check_at_least


class Budget:
    """So many calls, counted together by all models and processes of a run.

    Each call appends a byte to a file, whose new length is the call's number: no two calls get the same.
    """

    def __init__(self, calls: int) -> None:
        self._calls = check_at_least("max calls", calls, 1)
        handle, name = tempfile.mkstemp(prefix="robustaudit-calls-")
        os.close(handle)
        self._path = Path(name)
        weakref.finalize(self, self._path.unlink, missing_ok=True)  # in the process that made it

    def __getstate__(self) -> tuple[int, Path]:
        return self._calls, self._path

    def __setstate__(self, state: tuple[int, Path]) -> None:
        self._calls, self._path = state

    def take(self) -> None:
        """Count one call that is about to be made.

        Raises:
            BudgetSpent: there were as many before.
        """
        handle = os.open(self._path, os.O_WRONLY | os.O_APPEND)
        try:
            os.write(handle, b".")
            number = os.lseek(handle, 0, os.SEEK_CUR)
        finally:
            os.close(handle)
        if number > self._calls:
            raise BudgetSpent(f"stopped after {self._calls:,} calls, as --max-calls says")
