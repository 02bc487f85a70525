"""`robustaudit plan` as a user calls it."""

import json
from pathlib import Path

import pytest

from robustaudit.cli.main import run

Captured = pytest.CaptureFixture[str]
PILOT = (
    "run",
    "--data",
    "tiny",
    "--offline",
    "--models",
    "1,tfidf",
    "--attack",
    "qwerty",
    "--attack",
    "delete",
)


@pytest.fixture(autouse=True)
def _in_an_empty_folder(empty_folder: Path) -> None:
    del empty_folder


def planned(capsys: Captured, *arguments: str) -> dict[str, object]:
    assert run(["plan", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_without_a_pilot_the_assumptions_are_said(capsys: Captured) -> None:
    assert run(["plan", "--max-drop", "0.05", "--true-drop", "0.02"]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert "nothing: assumed that 30 % of texts flip, all draws of a text alike" in printed.out
    assert "a drop of 2 points from one of 5, with a chance of 80 %" in printed.out
    # (z(0.95) + z(0.8))² · (0.3 − 0.02²) / 0.03² examples, each asked before and after.
    assert "2,059              2,059         4,118" in printed.out
    assert max(map(len, printed.out.splitlines())) <= 100


def test_a_pilot_says_what_more_draws_would_bring(capsys: Captured) -> None:
    assert run([*PILOT, "--trials", "300", "--examples", "60", "--output", "pilot", "--quiet"]) == 0
    capsys.readouterr()
    found = planned(capsys, "--max-drop", "0.05", "--pilot", "pilot")
    assert found["question"] == {
        "max_drop": 0.05,
        "true_drop": 0.025,
        "power": 0.8,
        "alpha": 0.05,
        "models": 2,
        "attacks": 2,
    }
    assert (found["examples"], found["draws"], found["pilot"]["cells"]) == (60, 5, 4)
    examples = [each["examples"] for each in found["fixed"]]
    assert [each["draws"] for each in found["fixed"]] == [1, 2, 5, 10, 20]
    assert examples == sorted(examples, reverse=True)
    assert examples[0] > examples[-1]
    assert [each["true_drop"] for each in found["until_decided"]] == pytest.approx(
        [0, 0.025, 0.05, 0.1, 0.15]
    )
    assert run(["plan", "--max-drop", "0.05", "--pilot", "pilot"]) == 0
    printed = capsys.readouterr().out
    assert "60 examples with 5 draws in pilot: model" in printed
    assert "2 models, 2 attacks" in printed


def test_a_pilot_of_one_draw_each_says_what_it_cannot_know(capsys: Captured) -> None:
    run([*PILOT, "--trials", "60", "--output", "pilot", "--quiet"])
    capsys.readouterr()
    assert run(["plan", "--max-drop", "0.05", "--pilot", "pilot"]) == 0
    printed = capsys.readouterr().out
    assert "not known between draws" in printed
    assert "what more draws would bring needs one with --examples" in printed


def test_more_models_and_attacks_need_more_examples_each(capsys: Captured) -> None:
    alone = planned(capsys, "--max-drop", "0.05")
    many = planned(capsys, "--max-drop", "0.05", "--models", "3", "--attacks", "9")
    assert many["fixed"][0]["examples"] > alone["fixed"][0]["examples"]
    assert many["fixed"][0]["model_calls"] == 3 * 10 * many["fixed"][0]["examples"]


@pytest.mark.parametrize("width", ["80", "160"])
def test_it_fits_the_width_it_is_given(width: str, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", width)
    run(["plan", "--max-drop", "0.05", "--models", "3", "--attacks", "9"])
    assert max(map(len, capsys.readouterr().out.splitlines())) <= int(width)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "Missing option '--max-drop'"),
        ("--max-drop 5", "max drop must be a share from 0 to below 1, such as 0.05, got 5"),
        ("--max-drop 0", "true drop must differ from max drop 0: give --true-drop another value"),
        ("--max-drop 0.05 --true-drop 0.05", "true drop must differ from max drop 0.05"),
        ("--max-drop 0.05 --power 2", "power must be above alpha 0.05 and below 1, got 2"),
        ("--max-drop 0.05 --alpha 0", "alpha must be above 0 and at most 0.5, got 0"),
        ("--max-drop 0.05 --attacks 0", "attacks must be at least 1, got 0"),
        ("--max-drop 0.05 --pilot gone", "run 'gone' does not exist"),
        ("--max-drop 0.05 --pilot empty", "folder 'empty' holds no run: it has no plan.json"),
        ("--max-drop 0.05 --pilot still", "pilot 'still' has no attack that changed texts of two groups"),
    ],
)
def test_wrong_use_gets_one_clear_line(arguments: str, message: str, capsys: Captured) -> None:
    Path("empty").mkdir()
    if "still" in arguments:
        still = ["--text", "Fine.", "--label", "1", "--models", "tfidf", "--attack", "contract"]
        run(["run", *still, "--output", "still", "--quiet"])
        capsys.readouterr()
    assert run(["plan", *arguments.split()]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"robustaudit: {message}")
    assert printed.err.count("\n") == 1
