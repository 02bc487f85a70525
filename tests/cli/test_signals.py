"""Signals end a run in moments, whatever its processes do; nothing stays behind, and finished work does."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from processes import COMMAND, HANGS, in_a_group
from robustaudit.gate.run_health import check_run

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc says what is left of a session")

# Compiled code that holds the lock of the interpreter hears no signal: once a shard is there, or on import.
MODEL = """
import ctypes, os, pathlib
def hang():
    pathlib.Path("hangs").touch()
    mutex, lock = ctypes.create_string_buffer(64), ctypes.PyDLL(None).pthread_mutex_lock
    lock(mutex)
    lock(mutex)
if os.environ["HANGS"] == "loading":
    hang()
def judge(texts: list[str]) -> list[str]:
    if os.environ["HANGS"] == "predicting" and any(pathlib.Path("run/trials").glob("*.parquet")):
        hang()
    return ["positive" if text.count("e") % 2 else "negative" for text in texts]
"""
RUN = ("run", "--data", "tiny", "--models", "mine.py:judge", "--attack", "qwerty", "--trials", "8000")
OPTIONS = ("--output", "run", "--offline", "--quiet", "--trust-models")


def session(leader: int) -> Iterator[str]:
    """The processes of a session that live."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            state, _, _, of, *_ = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(of) == leader and state not in "ZX":
                yield (folder / "cmdline").read_text()


@pytest.mark.parametrize(
    ("hangs", "number", "jobs"),
    [
        ("predicting", signal.SIGINT, 1),
        ("predicting", signal.SIGTERM, 2),
        ("predicting", signal.SIGINT, 2),
        ("predicting", signal.SIGKILL, 2),
        ("loading", signal.SIGTERM, 1),
        ("loading", signal.SIGINT, 2),
    ],
)
def test_a_signal_ends_all_processes_of_a_run(
    hangs: str, number: signal.Signals, jobs: int, empty_folder: Path
) -> None:
    (empty_folder / "mine.py").write_text(MODEL, encoding="utf-8")
    command = (*COMMAND, *RUN, "--jobs", str(jobs), *OPTIONS)
    environment = {**os.environ, "HANGS": hangs}
    with in_a_group(command, env=environment, stderr=subprocess.PIPE) as process:
        deadline = time.monotonic() + HANGS
        while not (empty_folder / "hangs").exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(number)
        _, said = process.communicate(timeout=HANGS)  # once all of them are gone
        while list(session(process.pid)):
            assert time.monotonic() < deadline
    assert process.returncode == (130 if number == signal.SIGINT else -number)
    assert said.startswith("robustaudit: interrupted; finished work is kept") == (number == signal.SIGINT)
    kept = list(empty_folder.glob("run/trials/*.parquet"))
    assert bool(kept) == (hangs == "predicting")
    before = [shard.stat().st_mtime_ns for shard in kept]
    subprocess.run(command, env=environment | {"HANGS": "never"}, check=True)
    assert check_run(empty_folder / "run").is_intact
    assert [shard.stat().st_mtime_ns for shard in kept] == before
