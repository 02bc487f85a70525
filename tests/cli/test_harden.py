"""`robustaudit harden`, as it is typed, and what a run makes of the model."""

import json
import re
from pathlib import Path

import pytest

from robustaudit import UserError, harden, load_model
from robustaudit.cli.main import run

Captured = pytest.CaptureFixture[str]

GIVEN = ["harden", "--model", "1", "--data", "tiny", "--attack", "qwerty", "--attack", "delete@0.2"]
HELD_OUT = ["--hold-out", "unicode", "--hold-out", "substitute"]
FEW = ["--epochs", "1", "--max-clean-loss", "0.3"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Model 1, hardened on the tiny data."""
    folder = tmp_path_factory.mktemp("hardened") / "made"
    log = str(folder.parent / "log.jsonl")
    assert run([*GIVEN, *HELD_OUT, *FEW, "--output", str(folder), "--log-json", log, "--quiet"]) == 0
    return folder


@pytest.mark.usefixtures("empty_folder")
def test_a_run_takes_the_folder_and_says_which_attacks_are_not_new_to_the_model(
    made: Path, capsys: Captured
) -> None:
    models = ["--models", f"1,new={made},safe=clean(strip):{made}", "--data", "tiny", "--trials", "10"]
    assert run(["run", *models, "--attack", "qwerty,insert", "--attack", "substitute"]) == 0
    printed = " ".join(capsys.readouterr().out.split())

    assert "LSTM encoder only, no dropout, hardened on qwerty, delete@0.2" in printed
    assert "models new and safe were trained with perturbations of qwerty,insert: a loss there" in printed


def test_the_record_says_what_the_model_has_seen_and_what_was_held_out(made: Path) -> None:
    record = json.loads((made / "hardening.json").read_text(encoding="utf-8"))

    assert record["seen"] == [
        {"attack": "qwerty", "expression": "qwerty@0.3"},
        {"attack": "delete@0.2", "expression": "delete@0.2"},
    ]
    assert record["held_out"] == ["substitute", "unicode"]
    assert record["before"].keys() == record["after"].keys()
    assert record["command"] == (
        f"robustaudit harden --model 1 --data tiny --attack qwerty --attack delete@0.2 --hold-out unicode "
        f"--hold-out substitute --output {made} --epochs 1 --max-clean-loss 0.3"
    )


def test_the_log_has_the_accuracies_clean_and_under_attack(made: Path) -> None:
    lines = (made.parent / "log.jsonl").read_text(encoding="utf-8").splitlines()
    events = {event["event"]: event for event in map(json.loads, lines)}

    assert list(events) == ["started", "note", "model_started", "epoch_done", "model_hardened", "finished"]
    for name in ("model_started", "epoch_done", "model_hardened"):
        assert 0 < events[name]["perturbed_accuracy"] < events[name]["validation_accuracy"] <= 1
    assert "held out, but of a family that is trained with: substitute" in events["note"]["message"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--hold-out", "qwerty"], "attack 'qwerty' is to train with and 'qwerty' is held out"),
        (["--hold-out", "unicod"], "unknown attack 'unicod'"),
        (["--share", "1.5"], "--share must be above 0 and at most 1, got 1.5"),
        (["--max-clean-loss", "1"], "--max-clean-loss must be at least 0 and below 1, got 1"),
        (["--preset", "balance"], "unknown preset 'balance': did you mean 'balanced'?"),
        (["--model", "py:mine:judge"], "mine"),
        (["--model", "1,4"], "--model must be one model, got 2: 1,4"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line_and_nothing_is_written(
    given: list[str], message: str, empty_folder: Path, capsys: Captured
) -> None:
    assert run([*GIVEN, *given, "--output", "made"]) == 2
    said = capsys.readouterr().err.strip().splitlines()[-1]

    assert said.startswith("robustaudit: ")
    assert message in said
    assert not any(empty_folder.iterdir())


@pytest.mark.usefixtures("empty_folder")
def test_in_python_the_result_is_named_and_shows_the_accuracies() -> None:
    told: list[dict[str, object]] = []
    found = harden(
        "1", "tiny", attacks="qwerty", epochs=1, max_clean_loss=0.3, output="made", progress=told.append
    )

    assert load_model(found.name).labels == ("negative", "positive")
    assert re.search(r"validation, qwerty +\d\d\.\d +\d\d\.\d +\+\d", str(found))
    assert [event["event"] for event in told] == ["model_started", "epoch_done", "model_hardened"]
    with pytest.raises(UserError, match="'made' already exists: choose another output=, or remove it"):
        harden("1", "tiny", attacks="qwerty", output="made")
