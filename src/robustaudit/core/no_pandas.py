"""pyarrow in a process that has no use for pandas."""

import sys
from contextlib import suppress

import pyarrow as pa


def leave_pandas_out() -> None:
    """Let no code of this process import pandas, for a process that runs none that would want it.

    Where pandas is installed, pyarrow imports it for the first column that it makes, to know whether that is
    one of pandas: a tenth of the time to import torch, for nothing.
    """
    if "pandas" not in sys.modules:
        sys.modules["pandas"] = None  # type: ignore[assignment] # Python's mark of what is not to be imported
        with suppress(AttributeError, ImportError):  # pyarrow looks for it once
            pa.array([])
