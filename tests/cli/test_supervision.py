"""What the shell sees of a command, whatever a model does, and whatever becomes of the process it runs in."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from copies import Asked, Ended, carried_out
from misbehaving import ANSWERS, ENDS, KINDS, LOADING, RAISES, SLOW, UNTIDY
from processes import HANGS, in_a_group

_PROGRAM = """
import atexit, os, signal, sys, threading, time
from robustaudit.cli.supervision import supervised
from robustaudit.core import watchdog
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup has it ignored
def command():
{body}
sys.exit(supervised(command))
"""

ASKS = "asking = watchdog.note_activity('model \\'x\\' was asked'); asking.__enter__();"


def started(body: str) -> AbstractContextManager[subprocess.Popen[str]]:
    """A command of one line."""
    code = _PROGRAM.format(body=f"    {body}")
    return in_a_group([sys.executable, "-c", code, "run"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def ended(body: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command."""
    with started(body) as process:
        out, err = process.communicate(timeout=HANGS)
    return process.returncode, out, err


@pytest.mark.parametrize("code", [0, 1, 4, 141])
def test_the_code_of_a_command_is_handed_on(code: int) -> None:
    assert ended(f"return {code}") == (code, "", "")


@pytest.mark.parametrize(
    ("body", "how"),
    [
        ("os._exit(0)", "the process ended itself: exit code 0, as by os._exit(0)"),
        (
            f"{ASKS} os._exit(1)",
            "the process ended itself when model 'x' was asked: exit code 1, as by os._exit(1)",
        ),
        (
            "os.kill(os.getpid(), signal.SIGKILL)",
            "the process was killed by SIGKILL: memory may have run out",
        ),
        ("os.kill(os.getpid(), signal.SIGTERM)", "the process was killed by SIGTERM"),
        ("os.closerange(3, 100); os._exit(0)", "the process ended itself: exit code 0, as by os._exit(0)"),
    ],
)
def test_a_command_that_hands_over_no_code_leaves_with_3_and_one_line(body: str, how: str) -> None:
    went_on = "finished work is kept: run the same command again to resume"
    assert ended(body) == (3, "", f"robustaudit: {how}; {went_on}\n")


@pytest.mark.parametrize(
    "body",
    [
        "threading.Thread(target=threading.Event().wait).start(); return 4",
        "atexit.register(os._exit, 0); return 4",
        "atexit.register(os.abort); return 4",
        "os.fork(); return 4",  # both go on to the end: one of them is the command
        "os.closerange(3, 100); return 4",
    ],
)
def test_what_a_command_leaves_behind_changes_no_code_and_keeps_nothing(body: str) -> None:
    assert ended(body) == (4, "", "")


# A thread of a model's closes all files, and opens one of its own at each number, while the command writes.
STOLEN = """
import os, sys
from robustaudit.cli import entry, main, streams
def command(arguments):
    streams.set_results_apart()
    os.closerange(3, 100)
    for number in range(9):
        os.open(f"its {number}", os.O_CREAT | os.O_RDWR)
    BODY
main._run = command
entry.main()
"""
FAILS = "return main._fail('no such model', 2)"
LOSES = "streams.results().write('a result'); return 0"
CLOSED = "files of robustaudit's own were closed while it worked, as by os.closerange in a model"


@pytest.mark.parametrize(("body", "code", "line"), [(FAILS, 2, "no such model"), (LOSES, 3, CLOSED)])
def test_what_a_command_can_write_nowhere_is_said_and_gets_into_no_file_of_a_model(
    body: str, code: int, line: str, empty_folder: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", STOLEN.replace("BODY", body)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (code, "", f"robustaudit: {line}\n")
    assert [path.read_bytes() for path in empty_folder.glob("its *")] == [b""] * 9


@pytest.mark.parametrize("stream", ["/dev/full", "/dev/null"])
@pytest.mark.usefixtures("empty_folder")
def test_a_line_that_nobody_can_be_told_changes_no_code(stream: str) -> None:
    with Path(stream).open("w") as nowhere:
        done = subprocess.run(
            [sys.executable, "-c", STOLEN.replace("BODY", FAILS)], stderr=nowhere, check=False
        )
    assert done.returncode == 2


def test_hooks_at_the_end_of_python_are_run() -> None:
    assert ended("atexit.register(print, 'cleared up'); return 0") == (0, "cleared up\n", "")


def test_a_call_that_cannot_be_interrupted_is_ended_and_named() -> None:
    body = (
        f"{ASKS} limit = watchdog.abort_after(0.05); limit.__enter__();"
        " signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals()); threading.Event().wait()"
    )
    code, out, said = ended(body)
    assert (code, out) == (3, "")
    how = "model 'x' was asked and did not let itself be interrupted at its time limit"
    assert said.startswith(f"robustaudit: {how}; ")


WAITS = "print('ready', flush=True); time.sleep(60)"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_command_as_it_would_end_one_process(number: signal.Signals) -> None:
    with started(WAITS) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.communicate(timeout=HANGS) == ("", "")
        assert process.returncode == -number


@pytest.mark.parametrize("whole_group", [True, False])
def test_ctrl_c_is_heard_once_by_the_command(whole_group: bool) -> None:
    hears = "except KeyboardInterrupt: time.sleep(0.1); return 130"
    with started(f"try: {WAITS}\n    {hears}") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        if whole_group:
            os.killpg(process.pid, signal.SIGINT)
        else:
            process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=HANGS) == ("", "")
        assert process.returncode == 130


def test_ctrl_c_that_is_passed_on_late_is_not_heard_again() -> None:
    hears = "except KeyboardInterrupt: time.sleep(0.6); os.kill(os.getpid(), signal.SIGINT); return 130"
    with started(f"try: {WAITS}\n    {hears}") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=HANGS) == ("", "")
        assert process.returncode == 130


def test_a_second_ctrl_c_ends_a_command_that_hears_none() -> None:
    with started(
        "signal.signal(signal.SIGINT, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        deadline = time.monotonic() + HANGS
        while process.poll() is None:
            assert time.monotonic() < deadline
            process.send_signal(signal.SIGINT)
            time.sleep(0.1)
        _, said = process.communicate(timeout=HANGS)
        assert process.returncode == 130
        assert said.startswith("robustaudit: interrupted; finished work is kept")


DEAF = {
    "one that ignores it": "signal.signal({number}, signal.SIG_IGN); " + WAITS,
    "one in compiled code that lets no other run": (
        "import ctypes; mutex, lock = ctypes.create_string_buffer(64), ctypes.PyDLL(None).pthread_mutex_lock;"
        " print('ready', flush=True); lock(mutex); lock(mutex)"
    ),
    "one that catches all": (
        "print('ready', flush=True)\n    while True:\n        try: time.sleep(60)\n"
        "        except BaseException: pass"
    ),
}


@pytest.mark.parametrize("body", DEAF.values(), ids=DEAF)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_command_that_does_not_hear_it(number: signal.Signals, body: str) -> None:
    with started(body.format(number=int(number))) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        _, said = process.communicate(timeout=HANGS)
    if number == signal.SIGINT:
        assert process.returncode == 130
        assert said.startswith("robustaudit: interrupted; finished work is kept")
    else:
        assert (process.returncode, said) == (-number, "")


@pytest.mark.skipif(
    sys.platform != "linux", reason="other systems do not tell a process that its parent ended"
)
def test_a_command_ends_with_the_process_that_waits_for_it(tmp_path: Path) -> None:
    alive = tmp_path / "alive"
    with started(
        "from robustaudit.cli.supervision import end_with_parent; end_with_parent();"
        f" print('ready', flush=True); time.sleep(30); open({str(alive)!r}, 'w')"
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.kill()
        assert process.communicate(timeout=HANGS) == ("", "")  # whose ends all processes have closed
        assert not alive.exists()


VERDICTS = (0, 1, 4)
# Each process beside costs a second: one or two of each family.
BESIDE = (
    ENDS[0],
    ENDS[3],
    ENDS[10],
    ENDS[12],
    RAISES[1],
    RAISES[4],
    RAISES[12],
    ANSWERS[2],
    UNTIDY[0],
    UNTIDY[14],
)
BESIDE_TOO = (SLOW[0], SLOW[4], LOADING[4], LOADING[5])

ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="signals of other systems have other numbers")


def wrong(asked: Asked, ended: Ended) -> str:
    """What is not as it should be; nothing where all is."""
    code, said = KINDS[asked.kind].expected(asked.on_error)
    right = {
        "its code": ended.code == code,
        "its words": said in ended.err,
        "no traceback": "Traceback" not in ended.err,
        "one line": (ended.err.count("\n"), ended.err.count("robustaudit: ")) == (1, 1) or code == 0,
        "a verdict with a result alone": ended.verdict == ended.result == (code in VERDICTS),
        "JSON": is_json(ended.out) if code in VERDICTS else ended.out == "",
    }
    return "" if all(right.values()) else f"{asked}: {right}, {ended.code}, {ended.err}"


def without_model(row: dict[str, Any]) -> dict[str, Any]:
    """A row that no longer says which model it is of."""
    return row | {"model": "m", "example_trial": row["example_trial"] | {"model": "m"}}


def is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


@ON_LINUX
@pytest.mark.parametrize("on_error", ["stop", "skip"])
def test_whatever_a_model_does_there_is_a_code_and_one_line(on_error: str, tmp_path: Path) -> None:
    assert len(KINDS) > 50
    asked = [Asked(kind, on_error) for kind in KINDS]
    ended = dict(zip(asked, carried_out(asked, tmp_path), strict=True))
    assert [found for each in asked if (found := wrong(each, ended[each]))] == []
    # Nor does what a model changes besides change a figure.
    results = [json.loads(each.out) for asking, each in ended.items() if KINDS[asking.kind] in UNTIDY]
    rows = [[without_model(row) for row in result["rows"]] for result in results]
    assert all(each == rows[0] for each in rows)


@ON_LINUX
def test_whatever_a_model_does_in_a_worker_process_too(tmp_path: Path) -> None:
    asked = [Asked(kind.name, "skip", jobs=2) for kind in BESIDE]
    asked += [Asked(kind.name, "stop", jobs=2) for kind in BESIDE_TOO]
    ended = carried_out(asked, tmp_path)
    assert [found for each, how in zip(asked, ended, strict=True) if (found := wrong(each, how))] == []
