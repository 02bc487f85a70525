"""`robustaudit train`, as a user types it."""

import re
import signal
import subprocess

import pytest

from processes import COMMAND
from refusals import refusal
from robustaudit.cli.main import run
from robustaudit.models import resolve_trained
from robustaudit.training import hardware


@pytest.fixture
def train(tmp_path):
    def command(*options):
        return run(["train", "--data", "tiny", "--output", str(tmp_path / "out"), *options])

    return command


def test_models_are_trained_and_told_of_line_by_line(train, tmp_path, capsys):
    assert train("--models", "1,tfidf", "--epochs", "1", "--jobs", "1") == 0

    told = capsys.readouterr()
    assert told.out == ""
    assert "model 1: LSTM encoder only, no dropout\nmodel 1, epoch 1: loss 0." in told.err
    assert f"written to {tmp_path / 'out' / 'tfidf'}: validation accuracy " in told.err
    assert "\x1b" not in told.err
    assert resolve_trained("1", folder=tmp_path / "out").card.run.data == "tiny"


def test_models_are_trained_side_by_side(train, tmp_path, capsys):
    assert train("--models", "1,tfidf", "--epochs", "1", "--jobs", "2", "--device", "cpu") == 0

    told = capsys.readouterr().err.splitlines()
    assert sum(line.startswith("model 1, epoch 1: loss ") for line in told) == 1
    command = resolve_trained("1", folder=tmp_path / "out").card.run.command
    assert command.endswith("--models 1 --preset compact --data tiny --seed 0 --epochs 1")


def test_a_precision_stands_in_the_command(train, tmp_path, monkeypatch):
    monkeypatch.setattr(hardware, "_cpu_has_bfloat16", lambda: True)
    assert train("--models", "5", "--epochs", "1", "--jobs", "1", "--precision", "bfloat16") == 0

    command = resolve_trained("5", folder=tmp_path / "out").card.run.command
    assert command.endswith("--data tiny --seed 0 --precision bfloat16 --epochs 1")


def test_models_lie_in_trained_models_unless_another_folder_is_given(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(["train", "--data", "tiny", "--models", "tfidf", "--quiet"]) == 0

    assert resolve_trained("tfidf", folder=tmp_path / "trained_models").card.run.data == "tiny"


def test_texts_to_train_on_are_perturbed_if_that_is_asked_for(train, tmp_path, capsys):
    assert train("--models", "tfidf", "--augment", "homoglyph,qwerty", "--seed", "2") == 0

    told = capsys.readouterr().err.splitlines()
    assert told[0].startswith("model tfidf: TF-IDF ")
    assert told[0].endswith(", augmented with homoglyph,qwerty")
    run_record = resolve_trained("tfidf", folder=tmp_path / "out").card.run
    assert run_record.command.endswith("--seed 2 --augment homoglyph,qwerty --augment-share 0.5")
    assert (run_record.augmentation.share, run_record.augmentation.seed) == (0.5, 2)


def test_a_model_that_is_there_is_not_trained_again_unless_asked(train, tmp_path, capsys):
    assert train("--models", "tfidf") == train("--models", "tfidf") == 0
    folder = tmp_path / "out" / "tfidf"
    first, second = capsys.readouterr().err.splitlines()[-2:]

    assert " written to " in first
    assert second.startswith(
        f"model tfidf already exists in {folder}, made by this command from the same data:"
    )
    assert second.endswith("; --retrain trains it again")
    assert train("--models", "tfidf", "--retrain") == 0
    assert " written to " in capsys.readouterr().err


def test_quiet_says_nothing(train, capsys):
    assert train("--models", "tfidf", "--quiet") == 0

    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--models", "9"], "unknown model '9'"),
        (["--models", "1,,7"], "models must be names separated by commas"),
        (["--models", "1", "--preset", "papr"], "unknown preset 'papr'"),
        (["--models", "1", "--jobs", "0"], "jobs must be at least 1, got 0"),
        (["--models", "1", "--device", "gpu"], "Invalid value for '--device': 'gpu' is not one of"),
        (["--models", "1", "--epochs", "0"], "epochs must be at least 1, got 0"),
        (["--models", "1", "--set", "lstm.epochs=1"], "unknown preset value 'lstm.epochs'"),
        (["--models", "1", "--data", "no.csv"], "no.csv"),
        (["--models", "1", "--augment", "qwert"], "unknown attack 'qwert': did you mean 'qwerty'?"),
        (["--models", "1", "--augment-share", "0.5"], "--augment-share is for --augment, which is missing"),
        (["--models", "1", "--augment", "qwerty", "--augment-share", "2"], "--augment-share must be above 0"),
    ],
)
def test_wrong_use_is_one_line_and_writes_nothing(tmp_path, capsys, options, message):
    output = str(tmp_path / "out")
    assert message in refusal(capsys, "train", "--data", "tiny", "--output", output, *options)
    assert not (tmp_path / "out").exists()


def test_numbers_of_the_preset_can_be_set(train, tmp_path):
    assert train("--models", "tfidf", "--set", "tfidf.model.max_words=1", "--quiet") == 0

    card = resolve_trained("tfidf", folder=tmp_path / "out").card
    assert card.preset.model["max_words"] == 1
    assert card.run.command.endswith("--set tfidf.model.max_words=1")


def interrupted(output, *, after):
    """A long training that gets a Ctrl-C when it tells what begins with `after`, and all that it tells."""
    options = ["--models", "2", "--data", "tiny", "--epochs", "100", "--output", str(output)]
    with subprocess.Popen([*COMMAND, "train", *options], stderr=subprocess.PIPE, text=True) as process:
        told = []
        for line in process.stderr:
            told.append(line.rstrip())
            if line.startswith(after):
                process.send_signal(signal.SIGINT)
    assert process.returncode == 130
    return told


def test_ctrl_c_leaves_with_130_and_the_same_command_goes_on_as_it_says(tmp_path):
    first = interrupted(tmp_path, after="model 2, epoch 2:")
    second = interrupted(tmp_path, after="model 2 resumes after epoch")

    assert (
        first[-1]
        == second[-1]
        == (
            "robustaudit: interrupted; run the same command again to resume after the last "
            "complete epoch of this model"
        )
    )
    # One epoch more may have been kept than was told.
    told = sum(line.startswith("model 2, epoch") for line in first)
    goes_on = next(
        re.fullmatch(r"model 2 resumes after epoch (\d+)", line) for line in second if "resumes" in line
    )
    assert goes_on
    assert told <= int(goes_on[1]) <= told + 1
