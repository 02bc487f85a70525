"""`--log-json`: what a run or a training does, an object a line."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from robustaudit import audit
from robustaudit.cli.main import run

Captured = pytest.CaptureFixture[str]

pytestmark = pytest.mark.usefixtures("empty_folder")
RUN = [
    "run",
    "--models",
    "tfidf",
    "--data",
    "tiny",
    "--attack",
    "qwerty",
    "--trials",
    "600",
    "--output",
    "out",
]


def parsed(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_file_gets_each_event_beside_the_usual_messages(capsys: Captured) -> None:
    assert run([*RUN, "--log-json", "log.jsonl"]) == 0
    assert "600 of 600 trials done" in capsys.readouterr().err
    found = parsed(Path("log.jsonl").read_text())
    assert all(datetime.fromisoformat(each["time"]).tzinfo for each in found)
    events = [each["event"] for each in found if each["event"] != "note"]
    assert events == ["started", "model_loaded", "unit_done", "unit_done", "finished"]
    started, _, *units, finished = (each for each in found if each["event"] != "note")
    assert {**started, "time": None} == {
        "time": None,
        "event": "started",
        "run": "out",
        "trials": 600,
        "trials_done": {"tfidf": 0},
        "until_decided": False,
    }
    assert sum(each["trials"] for each in units) == units[-1]["done"] == units[-1]["total"] == 600
    assert units[-1]["seconds_left"] == 0.0
    assert (finished["run"], finished["verdict"], finished["exit_code"]) == ("out", None, 0)


def test_a_second_start_goes_on_at_its_end() -> None:
    for _ in range(2):
        assert run([*RUN, "--log-json", "log.jsonl", "--quiet"]) == 0
    starts = [each for each in parsed(Path("log.jsonl").read_text()) if each["event"] == "started"]
    assert [each["trials_done"]["tfidf"] for each in starts] == [0, 600]


def test_standard_error_holds_nothing_else(capsys: Captured) -> None:
    Path("robustaudit.toml").write_text("[gate]\nmax_drop = 1.0\n")
    assert run([*RUN, "--log-json", "-", "--gate"]) == 0
    printed = capsys.readouterr()
    found = parsed(printed.err)
    assert {"event": "note", "message": "configuration robustaudit.toml"}.items() <= found[0].items()
    assert (found[-1]["event"], found[-1]["verdict"]) == ("finished", "passed")
    assert "trials done" not in printed.err
    assert "qwerty" in printed.out
    run([*RUN, "--quiet"])
    assert capsys.readouterr().err == ""  # the next command has no log


def test_a_failure_is_its_last_line_with_no_character_that_a_terminal_obeys(capsys: Captured) -> None:
    assert run([*RUN, "--log-json", "-", "--text", "\x1b[31m\u202e\x7f##[error]"]) == 2
    printed = capsys.readouterr().err
    assert printed.isascii()
    assert printed.rstrip("\n").isprintable()
    assert "##[" not in printed
    (failed,) = parsed(printed)
    assert (failed["event"], failed["exit_code"]) == ("failed", 2)
    assert "exclude each other" in failed["message"]
    hostile = "\x1b[31m\u202e\x7f##[error]"
    run(["run", "--models", hostile, "--data", "tiny", "--log-json", "-"])
    printed = capsys.readouterr().err
    assert printed.isascii()
    assert printed.replace("\n", "").isprintable()
    assert "##[" not in printed


def test_a_file_that_cannot_be_written_is_said_before_anything_is_done(capsys: Captured) -> None:
    assert run([*RUN, "--log-json", "no/such/log.jsonl"]) == 2
    assert "--log-json 'no/such/log.jsonl' cannot be written: No such file" in capsys.readouterr().err
    assert not Path("out").exists()


def test_a_file_that_takes_no_more_does_not_end_the_run(capsys: Captured) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no full disk")
    assert run([*RUN, "--log-json", "/dev/full"]) == 0
    assert capsys.readouterr().err.count("No space left on device; the command goes on") == 1


def test_python_gets_the_same_by_a_function() -> None:
    found: list[dict[str, Any]] = []
    audit("tfidf", "tiny", attacks="qwerty", trials=20, progress=found.append)
    assert [each["event"] for each in found if each["event"] != "note"] == [
        "started",
        "model_loaded",
        "unit_done",
    ]


def test_a_training_has_the_same_form_and_events_of_its_own(capsys: Captured) -> None:
    train = ["train", "--models", "1,tfidf", "--data", "tiny", "--epochs", "2", "--output", "out"]
    for _ in range(2):
        assert run([*train, "--jobs", "1", "--log-json", "log.jsonl"]) == 0
    assert "model 1, epoch 2: loss 0." in capsys.readouterr().err
    found = parsed(Path("log.jsonl").read_text())
    assert all(datetime.fromisoformat(each["time"]).tzinfo for each in found)
    events = [each["event"] for each in found]
    first = ["started", "vectors_ready", "model_started", "epoch_done", "epoch_done", "model_saved"]
    assert events[:9] == [*first, "model_started", "model_saved", "finished"]
    assert events[9:] == ["started", "model_up_to_date", "model_up_to_date", "finished"]
    started, _, begun, epoch, _, saved, *_ = found
    assert (started["output"], started["models"]) == ("out", ["1", "tfidf"])
    assert (begun["model"], begun["title"]) == ("1", "LSTM encoder only, no dropout")
    assert epoch.items() >= {"model": "1", "epoch": 1}.items()
    assert epoch["train_loss"] > 0 < epoch["seconds"]
    assert saved["folder"] == str(Path("out/1"))
    assert 0 < saved["test_accuracy"] <= 1
    assert (found[-1]["output"], found[-1]["exit_code"]) == ("out", 0)


def test_standard_error_holds_nothing_but_the_events_of_a_training(capsys: Captured) -> None:
    train = ["train", "--models", "tfidf", "--data", "tiny", "--output", "out", "--log-json", "-"]
    assert run(train) == 0
    assert [each["event"] for each in parsed(capsys.readouterr().err)] == [
        "started",
        "model_started",
        "model_saved",
        "finished",
    ]
    assert run([*train, "--epochs", "0"]) == 2
    started, failed = parsed(capsys.readouterr().err)
    assert (started["event"], failed["event"], failed["exit_code"]) == ("started", "failed", 2)
    assert failed["message"] == "epochs must be at least 1, got 0"


@pytest.mark.parametrize(
    ("command", "verdict"),
    [
        (["verify", "--models", "tfidf", "--min-certified", "0"], "passed"),
        (["search", "--models", "tfidf", "--budget", "5"], None),
        (["diff", "tfidf", "same=tfidf", "--max-new-failures", "0"], "passed"),
    ],
    ids=["verify", "search", "diff"],
)
def test_the_worst_case_has_its_events_too(command: list[str], verdict: str | None, capsys: Captured) -> None:
    data = ["--data", "tiny", "--attack", "neighbor_swap", "--examples", "5", "--output", "out", "--quiet"]
    assert run([*command, *data, "--log-json", "-"]) == 0
    found = parsed(capsys.readouterr().err)
    events = [each["event"] for each in found if each["event"] != "note"]
    assert events[:2] == ["started", "model_loaded"]
    assert events[-2:] == ["unit_done", "finished"]
    finished = found[-1]
    assert (finished["run"], finished["verdict"], finished["exit_code"]) == ("out", verdict, 0)
