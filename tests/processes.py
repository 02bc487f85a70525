"""The command line as a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

# Started in the background of a shell, tests have Ctrl-C ignored, and what they start inherits that.
_CODE = """
import signal
from robustaudit.cli.entry import main
signal.signal(signal.SIGINT, signal.default_int_handler)
main()
"""
COMMAND = (sys.executable, "-c", _CODE)


def with_a_reader_that_is_gone(*arguments: str, cwd: Path | None = None) -> tuple[int, bytes]:
    """Exit code and standard error of a command whose standard output nobody reads, from the start."""
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [*COMMAND, *arguments], stdout=write, stderr=subprocess.PIPE, check=False, cwd=cwd
        )
    finally:
        os.close(write)
    return done.returncode, done.stderr
