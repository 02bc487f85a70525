"""The command line as a process of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

# Started in the background of a shell, tests have Ctrl-C ignored, and what they start inherits that.
_CODE = """
import signal
from robustaudit.cli.entry import main
signal.signal(signal.SIGINT, signal.default_int_handler)
main()
"""
HANGS = 300
"""Seconds after which a process never ends: a test that passes does not wait so long."""

COMMAND = (sys.executable, "-c", _CODE)


@contextmanager
def in_a_group(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A process in a group of its own, of which nothing is left afterwards whatever a test finds."""
    with subprocess.Popen(command, text=True, start_new_session=True, **options) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError, PermissionError):  # it is gone
                os.killpg(process.pid, signal.SIGKILL)


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
