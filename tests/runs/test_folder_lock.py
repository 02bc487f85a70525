"""One process at a time works in a folder, with or without locks of the file system."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from errno import ENOLCK
from pathlib import Path
from typing import Any

import pytest

from fakes import FakeSource
from processes import HANGS, in_a_group
from robustaudit.attacks import parse_attack
from robustaudit.core.errors import UserError
from robustaudit.datasets import load
from robustaudit.runs import folder_lock
from robustaudit.runs.events import Event, UnitDone
from robustaudit.runs.execution import execute_plan
from robustaudit.runs.folder_lock import HOLDER, Holder, holder_of, locked
from robustaudit.runs.plan import make_plan
from robustaudit.runs.stored_run import open_run

posix = pytest.mark.skipif(os.name != "posix", reason="locks and processes as POSIX has them")

NO_LOCKS = """
import errno, fcntl
def flock(*_):
    raise OSError(errno.ENOLCK, "No locks available")
fcntl.flock = flock
"""
HOLDS = """
import sys, time
from pathlib import Path
from robustaudit.runs.folder_lock import locked
with locked(Path(sys.argv[1])):
    print("ready", flush=True)
    time.sleep(600)
"""


@pytest.fixture(params=["with locks", "without locks"])
def locks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A file system with and without locks; the code that makes it so in another process."""
    if request.param == "with locks":
        return ""
    import fcntl  # noqa: PLC0415  (not on Windows)

    def flock(*_: object) -> None:
        raise OSError(ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    return NO_LOCKS


@contextmanager
def another(folder: Path, code: str) -> Iterator[subprocess.Popen[str]]:
    """A process that works in the folder."""
    command = [sys.executable, "-c", code + HOLDS, str(folder)]
    with in_a_group(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process


def left(folder: Path, holder: Holder, *, seen: float = 0.0) -> None:
    """What a holder leaves that was killed, seen so many seconds ago."""
    (folder / HOLDER).write_text(json.dumps(asdict(holder)), encoding="utf-8")
    moment = time.time() - seen
    os.utime(folder / HOLDER, (moment, moment))


@posix
def test_a_second_process_is_told_who_holds_the_folder_which_a_kill_frees_at_once(
    locks: str, tmp_path: Path
) -> None:
    with another(tmp_path, locks) as process:
        with (
            pytest.raises(UserError, match=rf"being worked on by process {process.pid} on '.+' since 20"),
            locked(tmp_path),
        ):
            pass
        assert holder_of(tmp_path) is not None
        process.send_signal(signal.SIGKILL)
        process.wait(HANGS)
        assert holder_of(tmp_path) is None
        with locked(tmp_path) as lock:
            assert lock.is_held()
    assert not (tmp_path / HOLDER).exists()


@posix
def test_this_process_does_not_take_a_folder_twice(locks: str, tmp_path: Path) -> None:
    del locks
    with locked(tmp_path) as lock:
        with pytest.raises(UserError, match="being worked on by this process since"), locked(tmp_path):
            pass
        assert lock.is_held()
    with locked(tmp_path):
        assert holder_of(tmp_path)
    assert holder_of(tmp_path) is None


@posix
def test_a_process_of_another_machine_holds_it_until_it_was_not_seen_for_a_minute(
    locks: str, tmp_path: Path
) -> None:
    del locks
    elsewhere = replace(Holder.this_process(), machine="another", host="node7")
    left(tmp_path, elsewhere, seen=40)
    assert holder_of(tmp_path)
    told = rf"process {os.getpid()} on 'node7' since 20.* \(seen 4\d s ago; it counts as gone .* for 60 s\)"
    with pytest.raises(UserError, match=told), locked(tmp_path):
        pass
    left(tmp_path, elsewhere, seen=61)
    assert holder_of(tmp_path) is None
    with locked(tmp_path) as lock:
        assert lock.is_held()


@posix
def test_a_number_that_another_process_has_by_now_holds_nothing(locks: str, tmp_path: Path) -> None:
    del locks
    left(tmp_path, replace(Holder.this_process(), began=1))
    with locked(tmp_path):
        pass


def test_a_process_of_another_container_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    left(tmp_path, replace(Holder.this_process(), namespace="pid:[1]"))
    with locked(tmp_path):
        pass


@pytest.mark.parametrize("damage", [b"", b"\0" * 200, b'{"pid":1', b"[]", b" " * 20_000])
def test_a_record_that_a_crash_damaged_holds_nothing(damage: bytes, locks: str, tmp_path: Path) -> None:
    del locks
    (tmp_path / HOLDER).write_bytes(damage)
    with locked(tmp_path) as lock:
        assert lock.is_held()


def test_the_record_is_touched_while_the_work_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_lock, "_EVERY", 0.001)
    with locked(tmp_path):
        os.utime(tmp_path / HOLDER, (0, 0))
        deadline = time.monotonic() + HANGS
        while not (tmp_path / HOLDER).stat().st_mtime:
            assert time.monotonic() < deadline


@pytest.mark.parametrize("then", ["works", "is done"])
def test_a_process_whose_folder_was_taken_over_writes_nothing_more(then: str, tmp_path: Path) -> None:
    options: dict[str, Any] = {"trials": 700}
    plan = make_plan(load("tiny"), [FakeSource()], [parse_attack("qwerty")], **options)

    def take_over(event: Event) -> None:
        if isinstance(event, UnitDone):
            (tmp_path / HOLDER).unlink()
            if then == "works":
                left(tmp_path, replace(Holder.this_process(), machine="another"))
            written.append((tmp_path / "manifest.jsonl").read_bytes())

    written: list[bytes] = []
    with pytest.raises(UserError, match="was taken over by another process while this one stood still"):
        execute_plan(plan, tmp_path, listener=take_over)
    assert (tmp_path / "manifest.jsonl").read_bytes() == written[-1]
    assert (tmp_path / HOLDER).exists() == (then == "works")
    (tmp_path / HOLDER).unlink(missing_ok=True)
    execute_plan(plan, tmp_path)
    assert open_run(tmp_path).finished()
