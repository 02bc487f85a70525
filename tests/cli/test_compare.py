"""`robustaudit compare` as a user calls it."""

import json
from pathlib import Path

import pytest

from robustaudit.cli.main import run

Captured = pytest.CaptureFixture[str]

AUDIT = ("run", "--data", "tiny", "--offline", "--trials", "120", "--quiet")
ATTACKS = ("--attack", "qwerty", "--attack", "delete")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs: `a` of models 1 and 7, `b` of model 1 with another seed."""
    made = tmp_path_factory.mktemp("runs")
    run([*AUDIT, *ATTACKS, "--models", "1,7", "--output", str(made / "a")])
    run([*AUDIT, *ATTACKS, "--models", "1", "--seed", "1", "--output", str(made / "b")])
    return made


@pytest.fixture(autouse=True)
def _beside_the_runs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)


def test_two_models_of_a_run_are_set_against_each_other(capsys: Captured) -> None:
    assert run(["compare", "a", "--models", "1,7"]) == 0
    printed = capsys.readouterr().out
    assert "Model 7 compared with model 1" in printed
    assert "Paired: same perturbed texts." in printed
    assert "significant" in printed


def test_two_runs_are_set_against_each_other(capsys: Captured) -> None:
    assert run(["compare", "a", "b"]) == 0
    printed = capsys.readouterr().out
    assert "b compared with a" in printed
    assert "Paired by group: " in printed


def test_few_groups_are_called_few_and_nothing_else(capsys: Captured) -> None:
    run([*AUDIT[:4], "--trials", "12", "--quiet", "--attack", "qwerty", "--models", "1,7", "--output", "few"])
    capsys.readouterr()
    assert run(["compare", "few"]) == 0
    printed = capsys.readouterr().out
    assert "(12 groups)" in printed
    assert "fewer than 20 groups" in printed


@pytest.mark.parametrize("width", ["80", "120"])
def test_it_fits_the_width(width: str, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", width)
    run(["compare", "a"])
    printed = capsys.readouterr().out
    assert max(map(len, printed.splitlines())) <= int(width)
    assert all(name in printed for name in (" qwerty ", " delete ", "groups"))


def test_json_holds_every_difference_with_its_interval(capsys: Captured) -> None:
    assert run(["compare", "a", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [each["attack"] for each in found] == ["qwerty", "delete"]
    for each in found:
        assert each["drop"]["low"] <= each["drop"]["value"] <= each["drop"]["high"]
        assert each["p_value"] <= each["p_adjusted"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a", "b", "a"], "one run or two"),
        (["nothing"], "run 'nothing' does not exist: give a run's folder"),
        (["a", "--models", "1,9"], "unknown model"),
        (["b"], "with --models"),
    ],
)
def test_wrong_use_is_one_line(arguments: list[str], message: str, capsys: Captured) -> None:
    assert run(["compare", *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
