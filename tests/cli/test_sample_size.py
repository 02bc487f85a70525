"""How many trials an audit takes: `robustaudit plan`, and `robustaudit run --until-decided`."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from refusals import refusal
from robustaudit.cli.main import run

Captured = pytest.CaptureFixture[str]
TINY = ("run", "--data", "tiny", "--offline", "--models", "1,tfidf")
PILOT = (*TINY, "--attack", "qwerty", "--attack", "delete")


@pytest.fixture(autouse=True)
def _in_an_empty_folder(empty_folder: Path) -> None:
    del empty_folder


def planned(capsys: Captured, *arguments: str) -> dict[str, Any]:
    assert run(["plan", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_without_a_pilot_the_assumptions_are_said(capsys: Captured) -> None:
    assert run(["plan", "--max-drop", "0.05", "--true-drop", "0.02"]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert "assumed  flip rate 30%, all draws of a text alike" in printed.out
    assert "a drop of 2 pp against a threshold of 5 pp, with power 80%" in printed.out
    # (z(0.975) + z(0.8))² · (0.3 − 0.02²) / 0.03² is 2,614, and a little more; asked twice.
    assert re.search(r"a check passes +1 +2,761 +2,761 +5,522", printed.out)
    assert "a check passes if the drop is significantly below the threshold (one-sided" in printed.out
    assert "all 1" not in printed.out
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
    assert found["pilot"]["at_hand"] == 260
    assert len(found["rows"]) == 4
    assert [each["drop"] for each in found["rows"]] == sorted(
        (e["drop"] for e in found["rows"]), reverse=True
    )
    for each in found["rows"]:
        assert (each["examples"] is not None) is (each["power"] >= 0.8)
        assert 20 <= (each["examples"] or 20) <= 260
    examples = [each["examples"] for each in found["fixed"]]
    assert [each["draws"] for each in found["fixed"]] == [1, 2, 5, 10, 20]
    assert examples[0] > examples[1] > examples[2] == examples[3] == examples[4]  # the pilot had five draws
    assert [each["draws"] for each in found["fixed_all"]] == [1, 2, 5, 10, 20]
    assert all(each["examples"] > one for each, one in zip(found["fixed_all"], examples, strict=True))
    assert [each["true_drop"] for each in found["until_decided"]] == pytest.approx(
        [0, 0.025, 0.05, 0.1, 0.15]
    )
    assert run(["plan", "--max-drop", "0.4", "--pilot", "pilot"]) == 0
    printed = capsys.readouterr().out
    first = "The 260 examples of the data decide 4 of 4 rows with power 80%.\n"
    assert printed.lstrip().startswith(first)
    assert "60 examples with 5 draws in pilot: variances of model" in printed
    assert "2 models, 2 attacks" in printed
    assert "What the 260 examples of the data decide, if drops are as in the pilot" in printed
    assert "About four in five sample sizes planned from a pilot" in " ".join(printed.split())
    assert "More draws than the pilot's 5 are assumed to add nothing." in printed


def test_a_pilot_of_one_draw_each_says_what_it_cannot_know(capsys: Captured) -> None:
    run([*PILOT, "--trials", "60", "--output", "pilot", "--quiet"])
    capsys.readouterr()
    assert run(["plan", "--max-drop", "0.05", "--pilot", "pilot"]) == 0
    printed = capsys.readouterr().out
    first = " ".join(printed.lstrip().partition("\n\n")[0].split())
    told = re.fullmatch(
        r"The 260 examples of the data decide (\d) of 4 rows with power 80%; undecided: (.*)\.", first
    )
    assert told is not None
    assert len(re.split(", | and ", told[2])) == 4 - int(told[1])
    assert " under " in told[2]
    assert planned(capsys, "--max-drop", "0.05", "--pilot", "pilot")["spread"]["draws"] is None
    assert "is known only from a pilot with several" in " ".join(printed.split())


def test_more_models_and_attacks_need_more_examples_each(capsys: Captured) -> None:
    alone = planned(capsys, "--max-drop", "0.05")
    many = planned(capsys, "--max-drop", "0.05", "--models", "3", "--attacks", "9")
    assert alone["fixed"] == alone["fixed_all"]
    assert many["fixed"][0]["examples"] == alone["fixed"][0]["examples"]  # for one of the checks
    assert many["fixed_all"][0]["examples"] > alone["fixed"][0]["examples"]
    assert many["fixed_all"][0]["model_calls"] == 3 * 10 * many["fixed_all"][0]["examples"]


def test_where_checks_are_to_fail_it_is_said_how_many_there_are(capsys: Captured) -> None:
    asked = ("plan", "--max-drop", "0.05", "--true-drop", "0.2", "--models", "3", "--attacks", "9")
    assert run([*asked]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "above the threshold (one-sided p < 0.025, Holm over 27 checks)" in printed
    assert "Fixed sample size, with power 80%" in printed
    assert "a check fails 1 " in printed
    assert "all 27 checks fail 1 " in printed


def test_a_clean_accuracy_is_taken_into_account_and_said(capsys: Captured) -> None:
    known = planned(capsys, "--max-drop", "0.02", "--true-drop", "0.005", "--clean-accuracy", "0.99")
    cautious = planned(capsys, "--max-drop", "0.02", "--true-drop", "0.005")
    assert (known["clean_accuracy"], known["flips"]) == (0.99, pytest.approx(0.025))
    assert (cautious["clean_accuracy"], cautious["flips"]) == (None, 0.3)
    assert 5 * known["fixed"][0]["examples"] < cautious["fixed"][0]["examples"]
    run(["plan", "--max-drop", "0.02", "--true-drop", "0.005", "--clean-accuracy", "0.99"])
    assert (
        "flip rate 2.5%, all draws of a text alike, given a clean accuracy of 99%" in capsys.readouterr().out
    )


@pytest.mark.parametrize("width", ["80", "160"])
def test_it_fits_the_width_it_is_given(width: str, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", width)
    run(["plan", "--max-drop", "0.05", "--models", "3", "--attacks", "9"])
    assert max(map(len, capsys.readouterr().out.splitlines())) <= int(width)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "Missing option '--max-drop'"),
        ("--max-drop 5", "--max-drop must be a share from 0 to below 1, such as 0.05, got 5"),
        ("--max-drop 0", "--true-drop must differ from --max-drop 0"),
        ("--max-drop 0.05 --true-drop 0.05", "--true-drop must differ from --max-drop 0.05"),
        ("--max-drop 0.05 --power 2", "--power must be above --alpha 0.05 and at most 0.999, got 2"),
        ("--max-drop 0.05 --alpha 0", "--alpha must be above 0 and at most 0.5, got 0"),
        ("--max-drop 0.05 --attacks 0", "number of attacks must be at least 1, got 0"),
        ("--max-drop 0.05 --clean-accuracy 95", "--clean-accuracy must be above 0 and at most 1, got 95"),
        ("--max-drop 0.05 --clean-accuracy 0.9 --pilot pilot", "a pilot knows the clean accuracy: leave out"),
        ("--max-drop 0.05 --pilot gone", "run 'gone' does not exist"),
        ("--max-drop 0.05 --pilot empty", "folder 'empty' holds no run: it has no plan.json"),
        ("--max-drop 0.05 --pilot still", "pilot 'still' has no attack that changed texts of two groups"),
    ],
)
def test_wrong_use_gets_one_clear_line(arguments: str, message: str, capsys: Captured) -> None:
    Path("empty").mkdir()
    if "accuracy 0.9" in arguments:
        run([*PILOT, "--trials", "60", "--output", "pilot", "--quiet"])
    if "still" in arguments:
        still = ["--text", "Fine.", "--label", "1", "--models", "tfidf", "--attack", "contract"]
        run(["run", *still, "--output", "still", "--quiet"])
    assert refusal(capsys, "plan", *arguments.split()).startswith(message)


SEQUENTIAL = (*TINY, "--attack", "qwerty", "--attack", "contract")
UNTIL = ("--until-decided", "--max-drop", "0.05")


def test_answers_in_words_and_what_was_spared(capsys: Captured) -> None:
    arguments = ["--until-decided", "--max-drop", "0.9", "--output", "out"]
    assert run([*SEQUENTIAL, *arguments]) == 0
    printed = capsys.readouterr()
    assert "Sequential test: passed if the drop is at most 90 pp, failed if above." in printed.out
    assert printed.out.count(" passed ") >= 2
    assert "model 1, qwerty: passed, " in printed.err
    assert "trials not needed" in printed.err
    assert all(line == line.rstrip() for line in printed.out.splitlines())
    done = [line for line in printed.err.splitlines() if line.endswith("trials done")]
    last = done[-1].split()
    assert last[0] == last[2]


def test_json_holds_a_decision_for_each_model_and_attack(capsys: Captured) -> None:
    assert run([*SEQUENTIAL, *UNTIL, "--alpha", "0.1", "--json", "--quiet", "--output", "out"]) == 0
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
    assert {each["outcome"] for each in found["decisions"]} <= {"passed", "failed", "inconclusive"}
    assert printed.err == ""


def test_started_again_it_says_the_same_and_asks_nothing(capsys: Captured) -> None:
    arguments = [*SEQUENTIAL, *UNTIL, "--output", "out"]
    assert run(arguments) == 0
    first = capsys.readouterr()
    assert run(arguments) == 0
    again = capsys.readouterr()
    assert _untimed(first.out) == _untimed(again.out)
    assert "of them done before" in again.err


def _untimed(printed: str) -> list[str]:
    return [line for line in printed.splitlines() if not line.startswith("time ")]


def test_verbose_shows_the_other_measures_too_without_intervals(capsys: Captured) -> None:
    assert run([*SEQUENTIAL, *UNTIL, "--verbose", "--quiet", "--output", "out"]) == 0
    printed = capsys.readouterr().out
    assert "Model 1: all measures" in printed
    assert "flip rate" in printed
    assert "No CIs: " in printed


def test_without_trials_all_the_data_may_be_used() -> None:
    run([*SEQUENTIAL, *UNTIL, "--quiet", "--output", "out"])
    plan = json.loads(Path("out/plan.json").read_text(encoding="utf-8"))
    assert (plan["examples"], plan["trials"]) == (260, 260)


def test_an_ordinary_run_decides_nothing() -> None:
    run([*SEQUENTIAL, "--trials", "5", "--quiet", "--output", "out"])
    result = json.loads(Path("out/result.json").read_text(encoding="utf-8"))
    assert result["decisions"] == []
    assert result["plan"]["until_decided"] is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--until-decided", "--until-decided needs a threshold: give --max-drop 0.05"),
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
    assert refusal(capsys, *SEQUENTIAL, *arguments.split()).startswith(message)
    assert list(Path().iterdir()) == []
