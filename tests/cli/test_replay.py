"""`robustaudit replay` as a user calls it, on a run of a model that ships."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from kept import forge
from refusals import refusal
from robustaudit.cli.main import run

Captured = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    output = tmp_path_factory.mktemp("run") / "out"
    attacks = ["--attack", "qwerty", "--attack", "homoglyph,qwerty", "--severity", "3"]
    arguments = ["--data", "tiny", "--models", "1,tfidf", "--trials", "40", "--quiet"]
    assert run(["run", *arguments, *attacks, "--output", str(output)]) == 0
    return str(output)


def test_a_trial_is_shown_with_its_edits_and_both_models_agree(folder: str, capsys: Captured) -> None:
    assert run(["replay", folder, "7", "--attack", "qwerty@severity3"]) == 0
    printed = capsys.readouterr()
    shown = " ".join(printed.out.split())
    assert "trial 7: draw 0 of example tiny-" in shown
    assert "attack qwerty@severity3, in full: qwerty@0." in shown
    assert "→" in printed.out
    assert "text as stored" in printed.out
    assert printed.out.count("queried again: same") == 2
    assert printed.err == ""


def test_models_without_names_and_with_other_orders_are_asked_as_the_run_did(
    tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    Path("orders.py").write_text(
        "def unnamed(texts):\n"
        "    return ['good' if 'good' in text else 'bad' for text in texts]\n"
        "class Reversed:\n"
        "    labels = ['Good', 'so so', 'Bad']\n"
        "    def predict(self, texts):\n"
        "        return [[0.7, 0.2, 0.1] if 'good' in text else [0.1, 0.2, 0.7] for text in texts]\n"
    )
    Path("mine.csv").write_text("text,label\na good day,good\na bad day,bad\ngood morning,good\nno,bad\n")
    models = ["--models", "py:orders:unnamed", "--models", "py:orders:Reversed"]
    told = ["run", *models, "--data", "mine.csv", "--attack", "qwerty", "--trials", "4", "--quiet"]
    assert run([*told, "--output", "out"]) == 0
    assert "labels    bad, good, as in the data: model orders:unnamed" in capsys.readouterr().out
    plan = json.loads(Path("out/plan.json").read_text())
    assert {model["name"]: model["labels"] for model in plan["models"]} == {
        "orders:Reversed": ["Good", "so so", "Bad"],
        "orders:unnamed": ["good", "so so", "bad"],
    }
    for trial in range(4):
        assert run(["replay", "out", str(trial), "--trust-models"]) == 0
        assert capsys.readouterr().out.count("queried again: same") == 2


def test_a_sequence_shows_the_edits_of_its_parts(folder: str, capsys: Captured) -> None:
    arguments = ["--attack", "(homoglyph,qwerty)@severity3", "--no-model"]
    assert run(["replay", folder, "7", *arguments]) == 0
    lines = [line.split(" ")[0:2] for line in capsys.readouterr().out.splitlines()]
    assert [words for words in lines if words[0] == "part"] == [["part", "1"], ["part", "2"]]


def test_without_models_none_is_asked(folder: str, capsys: Captured) -> None:
    assert run(["replay", folder, "0", "--no-model", "--models-dir", "gone"]) == 0
    printed = capsys.readouterr().out
    assert "queried again" not in printed
    assert printed.count("text as stored") == 2


def test_json_alone_is_on_standard_output(folder: str, capsys: Captured) -> None:
    assert run(["replay", folder, "39", "--model", "tfidf", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["same"] is True
    assert content["changes"] == []
    assert [trial["attack"] for trial in content["trials"]] == [
        "qwerty@severity3",
        "(homoglyph,qwerty)@severity3",
    ]
    (pair,) = content["trials"][0]["predictions"]
    assert (pair["model"], pair["same"]) == ("tfidf", True)
    assert {"start", "stop", "replacement"} == set(content["trials"][0]["drawn"]["edits"][0])


def test_a_run_whose_seed_was_changed_is_not_as_it_is_stored(
    folder: str, capsys: Captured, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    forge(copy, lambda plan: plan.update(seed=1, robustaudit="0.0.1"))
    assert run(["replay", str(copy), "7", "--no-model"]) == 1
    printed = capsys.readouterr().out
    assert printed.count("text differs from the stored one:") == 2
    assert "the run is of robustaudit 0.0.1, this is" in printed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["gone", "0"], "run 'gone' does not exist: give a run's folder"),
        (["RUN", "40"], "trial must be at most 39, got 40"),
        (["RUN", "0", "--model", "4"], "unknown model '4': the run has 1, tfidf"),
        (["RUN", "0", "--attack", "qwerty"], "unknown attack 'qwerty': the run has (homo"),
        (["RUN", "0", "--models-dir", "gone"], "models folder 'gone' does not exist"),
        (["RUN", "seven"], "Invalid value for "),
    ],
)
def test_wrong_use_gets_one_clear_line(
    arguments: list[str], message: str, folder: str, capsys: Captured
) -> None:
    given = (folder if word == "RUN" else word for word in arguments)
    assert refusal(capsys, "replay", *given).startswith(message)


def test_a_model_that_is_not_there_any_more_is_one_clear_line(
    folder: str, capsys: Captured, tmp_path: Path
) -> None:
    assert "no weights for model '1'" in refusal(capsys, "replay", folder, "0", "--models-dir", str(tmp_path))


NOISY = """
from itertools import cycle

turns = cycle([0, 1, 1, 1, 0, 1, 1])

def judge(texts):
    return [next(turns) for _ in texts]

judge.labels = ("negative", "positive")
"""


def test_another_answer_of_a_model_that_contradicts_itself_is_noise_and_no_damage(
    empty_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    (empty_folder / "turning.py").write_text(NOISY)
    options = ["--data", "tiny", "--models", "py:turning:judge", "--trials", "100", "--attack", "qwerty"]
    assert run(["run", *options, "--quiet", "--output", "out"]) == 0
    assert "Model turning:judge gives different predictions for the same text" in " ".join(
        capsys.readouterr().out.split()
    )
    replayed = []
    for trial in range(8):
        assert run(["replay", "out", str(trial), "--trust-models"]) == 0
        replayed.append(" ".join(capsys.readouterr().out.split()))
    assert any(
        "which is noise: the model gives different predictions for the same text" in shown
        for shown in replayed
    )
