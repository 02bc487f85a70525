"""Standard output holds results alone, whoever else prints there."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from processes import COMMAND
from robustaudit.cli.main import run

MODEL = """
import os, subprocess, sys, threading, time

def judge(texts):
    print("said by a model")
    sys.__stdout__.write("said to the stream of old\\n")
    os.write(1, b"said by a library\\n")
    subprocess.run(["echo", "said by another program"])
    threading.Thread(target=chatter).start()
    return [text.count("e") % 2 for text in texts]

judge.labels = ("negative", "positive")

def chatter():
    while True:
        print("said by a thread")

"""
ON_TINY = ("--data", "tiny", "--attack", "qwerty", "--trials", "20", "--output", "out", "--json")


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_what_a_model_prints_goes_to_standard_error(jobs: str, empty_folder: Path) -> None:
    (empty_folder / "chatty_model.py").write_text(MODEL, encoding="utf-8")
    done = subprocess.run(
        [*COMMAND, "run", "--models", "py:chatty_model:judge", *ON_TINY, "--jobs", jobs],
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout) == json.loads(Path("out/result.json").read_bytes())
    for who in (b"a model", b"the stream of old", b"a library", b"another program", b"a thread"):
        assert b"said " + (b"to " if who.startswith(b"the") else b"by ") + who in done.stderr


def test_a_program_that_runs_a_command_keeps_its_standard_output(
    empty_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    model = MODEL.replace("threading.Thread(target=chatter).start()", "")
    (empty_folder / "quiet_model.py").write_text(model, encoding="utf-8")
    monkeypatch.syspath_prepend(empty_folder)
    assert run(["run", "--models", "py:quiet_model:judge", *ON_TINY, "--quiet"]) == 0
    sys.stdout.write("said by the program\n")
    printed = capsys.readouterr()
    result, _, more = printed.out.partition("\n}\n")
    assert json.loads(result + "}") == json.loads(Path("out/result.json").read_bytes())
    assert more == "said by the program\n"
    assert "said by a model" in printed.err
