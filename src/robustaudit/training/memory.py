"""How much memory a training takes."""

import resource
import sys

# Linux counts in kibibytes, macOS in bytes.
_UNIT = 1 if sys.platform == "darwin" else 1024


def peak_rss_bytes() -> int:
    """The most memory that this process has held in RAM so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT
