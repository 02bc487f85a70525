"""Processes beside this one: what is heard of them, and what is left where either side ends early."""

import os
import signal
import subprocess
import sys
import time
from multiprocessing import active_children
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from processes import HANGS
from robustaudit.core.errors import ModelError, WorkerDied
from robustaudit.core.processes import WorkerProcess, sending_errors, start
from robustaudit.core.watchdog import SIZE, ProcessRecord, note_activity


class Unreadable(Exception):
    """An error that can be pickled, and not be read again."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(f"{one} and {other}")


class Unpicklable(Exception):
    def __init__(self) -> None:
        super().__init__("holds a function")
        self.held = lambda: None


ERRORS = {
    "ours": ModelError("model 'm' is out of order"),
    "unreadable": Unreadable("this", "that"),
    "unpicklable": Unpicklable(),
    "exit": SystemExit(0),
}


def fail(name: str, connection: Connection) -> None:
    with sending_errors(connection, "failed"):
        raise ERRORS[name]


def leave(code: int, connection: Connection) -> None:
    del connection
    with note_activity("model 'm' was queried"):
        os._exit(code)


def echo(text: str, connection: Connection) -> None:
    connection.send(text)


def heard(process: WorkerProcess) -> object:
    try:
        return process.receive()
    finally:
        process.end()
        assert active_children() == []


def test_what_is_large_arrives() -> None:
    assert heard(start(echo, "a" * 1_000_000, what="echoed")) == "a" * 1_000_000


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("ours", ModelError, r"^model 'm' is out of order$"),
        ("unreadable", RuntimeError, "^Unreadable: this and that"),
        ("unpicklable", RuntimeError, "^Unpicklable: holds a function"),
        ("exit", RuntimeError, "^SystemExit: 0"),
    ],
)
def test_whatever_is_raised_there_is_raised_here(name: str, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message) as caught:
        heard(start(fail, name, what="failed"))
    if kind is RuntimeError:
        assert caught.value.__notes__[0].startswith("in the process that failed:\nTraceback")


@pytest.mark.parametrize("code", [0, 7])
def test_one_that_ends_itself_is_named_by_what_it_did(code: int) -> None:
    message = (
        rf"^the process ended itself when model 'm' was queried: exit code {code}, as by os._exit\({code}\)$"
    )
    with pytest.raises(WorkerDied, match=message):
        heard(start(leave, code, what="left"))


def test_what_is_sent_to_one_that_is_gone_says_how_it_ended() -> None:
    process = start(leave, 7, what="left")
    with pytest.raises(WorkerDied, match="exit code 7"):
        process.receive()
    with pytest.raises(WorkerDied, match="exit code 7"):
        process.send("more")


_STARTS = """
import sys, time
sys.path.append({tests!r})
from core.test_processes import echo
from robustaudit.core.processes import start
print("ready", flush=True)
for _ in range(2):
    start(echo, "a" * 10_000_000, what="echoed")
"""


@pytest.mark.parametrize("delay", [0, 0.02, 0.05, 0.2])
def test_a_process_that_is_killed_while_it_starts_others_leaves_nothing(delay: float) -> None:
    code = _STARTS.format(tests=os.fspath(os.path.dirname(os.path.dirname(__file__))))  # noqa: PTH120
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(delay)
    process.kill()
    _, said = process.communicate(timeout=HANGS)  # once all of them are gone
    assert said == ""


@pytest.mark.parametrize("status", [1, -signal.SIGSEGV, -signal.SIGBUS])
def test_an_end_at_the_deadline_is_the_deadlines_though_its_last_words_crash(status: int) -> None:
    record = ProcessRecord(bytearray(SIZE))
    record.note_activity("model 'm' was queried")
    late = "model 'm' was queried and did not let itself be interrupted at its time limit"
    record.until(time.monotonic())
    assert record.ended(status) == late
    assert record.ended(-signal.SIGKILL) != late
    for none_or_later in (0, time.monotonic() + HANGS):
        record.until(none_or_later)
        assert record.ended(status) != late


def test_a_script_that_starts_processes_as_it_is_imported_is_told_where_that_belongs(tmp_path: Path) -> None:
    script = tmp_path / "mine.py"
    script.write_text(
        "from robustaudit.core.processes import start\nstart(print, what='printed').receive()\n",
        encoding="utf-8",
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert done.stderr.endswith(
        'what starts an audit belongs below `if __name__ == "__main__":`, or give jobs=1\n'
    )
