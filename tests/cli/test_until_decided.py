"""`robustaudit run --until-decided` as a user calls it."""

import json
from pathlib import Path

import pytest

from robustaudit.cli.main import run

Captured = pytest.CaptureFixture[str]
ON_TINY = (
    "run",
    "--data",
    "tiny",
    "--offline",
    "--models",
    "1,tfidf",
    "--attack",
    "qwerty",
    "--attack",
    "contract",
)
UNTIL = ("--until-decided", "--max-drop", "0.05")


@pytest.fixture(autouse=True)
def _in_an_empty_folder(empty_folder: Path) -> None:
    del empty_folder


def test_answers_in_words_and_what_was_spared(capsys: Captured) -> None:
    arguments = ["--until-decided", "--max-drop", "0.9", "--output", "out"]
    assert run([*ON_TINY, *arguments]) == 0
    printed = capsys.readouterr()
    assert "Sequential test: drop ≤ 90 pp" in printed.out
    assert printed.out.count(" passed ") >= 2
    assert "model 1, qwerty: passed, " in printed.err
    assert "trials saved" in printed.err
    assert all(line == line.rstrip() for line in printed.out.splitlines())
    done = [line for line in printed.err.splitlines() if line.endswith("trials done")]
    last = done[-1].split()
    assert last[0] == last[2]


def test_json_holds_a_decision_for_each_model_and_attack(capsys: Captured) -> None:
    assert run([*ON_TINY, *UNTIL, "--alpha", "0.1", "--json", "--quiet", "--output", "out"]) == 0
    printed = capsys.readouterr()
    found = json.loads(printed.out)
    assert found == json.loads(Path("out/result.json").read_text(encoding="utf-8"))
    assert found["plan"]["until_decided"] == {
        "max_drop": 0.05,
        "alpha": 0.1,
        "first_round": 20,
        "growth": 1.2,
    }
    assert [(each["model"], each["attack"]) for each in found["decisions"]] == [
        (model, attack) for model in ("1", "tfidf") for attack in ("qwerty", "contract")
    ]
    assert {each["verdict"] for each in found["decisions"]} <= {"passed", "failed", "inconclusive"}
    assert printed.err == ""


def test_started_again_it_says_the_same_and_asks_nothing(capsys: Captured) -> None:
    arguments = [*ON_TINY, *UNTIL, "--output", "out"]
    assert run(arguments) == 0
    first = capsys.readouterr().out.splitlines()
    assert run(arguments) == 0
    again = capsys.readouterr()
    untimed = [
        [line for line in text if not line.startswith("time ")] for text in (first, again.out.splitlines())
    ]
    assert untimed[0] == untimed[1]
    assert "of them done before" in again.err


def _untimed(printed: str) -> list[str]:
    return [line for line in printed.splitlines() if not line.startswith("time ")]


def test_verbose_shows_the_other_measures_too_without_intervals(capsys: Captured) -> None:
    assert run([*ON_TINY, *UNTIL, "--verbose", "--quiet", "--output", "out"]) == 0
    printed = capsys.readouterr().out
    assert "Model 1: all measures" in printed
    assert "flip rate" in printed
    assert "No CIs: " in printed


def test_without_trials_all_the_data_may_be_used() -> None:
    run([*ON_TINY, *UNTIL, "--quiet", "--output", "out"])
    plan = json.loads(Path("out/plan.json").read_text(encoding="utf-8"))
    assert (plan["examples"], plan["trials"]) == (260, 260)


def test_an_ordinary_run_decides_nothing() -> None:
    run([*ON_TINY, "--trials", "5", "--quiet", "--output", "out"])
    result = json.loads(Path("out/result.json").read_text(encoding="utf-8"))
    assert result["decisions"] == []
    assert result["plan"]["until_decided"] is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--until-decided", "--until-decided needs a threshold: give --max-drop, such as 0.05"),
        ("--max-drop 0.05", "--max-drop is for --until-decided, which is missing: got 0.05"),
        ("--alpha 0.05", "--alpha is for --until-decided, which is missing: got 0.05"),
        ("--until-decided --max-drop 5", "--max-drop must be a share from 0 to below 1, such as 0.05, got 5"),
        (
            "--until-decided --max-drop nan",
            "--max-drop must be a share from 0 to below 1, such as 0.05, got nan",
        ),
        ("--until-decided --max-drop 0.05 --alpha 2", "--alpha must be above 0 and at most 0.5, got 2"),
        (
            "--until-decided --max-drop 0.05 --trials 1",
            "until decided, an audit needs two groups of examples",
        ),
        ("--until-decided --max-drop 0.05 --trials 0", "--trials must be at least 1, got 0"),
    ],
)
def test_wrong_use_gets_one_clear_line_and_leaves_nothing(
    arguments: str, message: str, capsys: Captured
) -> None:
    assert run([*ON_TINY, *arguments.split()]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"robustaudit: {message}")
    assert printed.err.count("\n") == 1
    assert list(Path().iterdir()) == []
