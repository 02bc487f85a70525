"""`robustaudit verify`, as it is typed, and in Python."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import robustaudit
from robustaudit.cli.main import run

Captured = pytest.CaptureFixture[str]

MODEL = '''
def judge(texts):
    """Positive where a text says `love`."""
    return ["positive" if "love" in text else "negative" for text in texts]
'''
DATA = "text,label\nI love it,positive\nnot my day,negative\nloved by all,negative\n!,negative\n"
SWEEP = ["verify", "--models", "mine=py:mine.py:judge", "--data", "my.csv"]


def judge(texts: Sequence[str]) -> list[str]:
    return ["positive" if "love" in text else "negative" for text in texts]


@pytest.fixture(autouse=True)
def _files(empty_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])  # where the model of another test may lie
    monkeypatch.delitem(sys.modules, "mine", raising=False)
    (empty_folder / "mine.py").write_text(MODEL, encoding="utf-8")
    (empty_folder / "my.csv").write_text(DATA, encoding="utf-8")


def test_it_prints_certified_accuracy_and_an_edit_that_fails_for_each_example(capsys: Captured) -> None:
    assert run([*SWEEP, "--attack", "delete", "--all", "--output", "sweep"]) == 0
    printed = capsys.readouterr()
    # Each of 4 letters of "love"; 2 of 4 texts have it.
    assert " 75.0 " in printed.out
    assert " 50.0 " in printed.out
    assert "delete, model mine: 2 of 2 failing examples" in printed.out
    assert "• I {l→}ove it  positive → negative" in printed.out
    assert "• {l→}oved by all  positive → negative, wrong before: label negative" in printed.out
    assert "Rho: the share of all single edits that hold, exact for these examples." in printed.out
    assert "No edit: examples that the attack cannot change; they are stable by that." in printed.out
    assert "delete, model mine: 1 of 2 certified examples without any edit." in printed.out
    assert "written to sweep" in printed.err
    assert "single edits of 4 examples for each model\n" in printed.err


def test_without_all_rho_is_not_known_and_that_is_said(capsys: Captured) -> None:
    assert run([*SWEEP, "--attack", "delete"]) == 0
    printed = capsys.readouterr()
    assert "Rho is not known: examples are left once an edit fails. With --all every edit is queried." in (
        printed.out
    )
    assert "an example is left once one fails: --all queries all" in printed.err


def test_json_has_every_row_and_one_failing_edit_of_each_example(capsys: Captured) -> None:
    assert run([*SWEEP, "--attack", "delete", "--all", "--json", "--quiet"]) == 0
    content = json.loads(capsys.readouterr().out)
    (row,) = content["rows"]
    assert (row["examples"], row["without_edits"], row["failing"]) == (4, 1, 8)
    assert row["rho"] == pytest.approx(1 - 8 / row["texts"])
    assert row["stable"]["value"] == row["certified_accuracy"]["value"] == 0.5
    assert row["certified_accuracy"]["low"] < 0.5 < row["certified_accuracy"]["high"]
    first, second = row["failures"]
    assert first["clean_text"] == "I love it"
    assert (first["edits"], first["margin"]) == ([{"start": 2, "stop": 3, "replacement": ""}], None)
    assert (second["label_name"], second["clean_prediction_name"]) == ("negative", "positive")


def test_an_attack_is_needed_and_one_that_cannot_be_listed_is_refused(capsys: Captured) -> None:
    assert run(SWEEP) == 2
    assert capsys.readouterr().err == (
        "robustaudit: --attack must be given, as every edit is queried: --attack homoglyph, for example\n"
    )


def test_a_configuration_gives_what_the_command_line_leaves_open(capsys: Captured) -> None:
    settings = '[run]\nmodels = ["py:mine.py:judge"]\ndata = "my.csv"\nattacks = ["delete"]\ntrials = 900\n'
    Path("robustaudit.toml").write_text(settings, encoding="utf-8")
    assert run(["verify", "--trust-models"]) == 0
    assert "robustaudit.toml: sets models, data, attacks\n" in capsys.readouterr().err


def test_python_gives_the_same_as_a_table_and_as_columns() -> None:
    found = robustaudit.verify({"mine": judge}, "my.csv", attacks="delete", all_edits=True)
    (row,) = found.rows
    assert (row.certified_accuracy.value, row.stable.value, row.failing) == (0.5, 0.5, 8)
    effects = found.sweep.of("mine", "delete")
    assert effects.fails.sum() == 8
    assert "delete, model mine: 2 of 2 failing examples" in str(found)
    assert robustaudit.Verification.open(found.folder).rows == found.rows
    with pytest.raises(robustaudit.UserError, match=r'attacks must be given.*: attacks="homoglyph"'):
        robustaudit.verify({"mine": judge}, "my.csv")


def test_two_edits_are_queried_of_what_holds_against_one(capsys: Captured) -> None:
    Path("my.csv").write_text("text,label\nI love love it,positive\nnot my day,negative\n", encoding="utf-8")
    assert run([*SWEEP, "--attack", "delete", "--edits", "2"]) == 0
    printed = capsys.readouterr()
    assert "Certified accuracy: correct, and no 2 edits or fewer change the prediction" in printed.out
    assert "}ove l" in printed.out  # a letter of each `love`
    assert "1 of 1 failing example" in printed.out
    assert "now up to 2 edits of examples that are stable, at most 10,000 texts of each\n" in printed.err
    assert run([*SWEEP, "--attack", "delete", "--edits", "2", "--max-texts", "20"]) == 0
    assert "with too many texts to query all, not counted as stable; no draw failed" in " ".join(
        capsys.readouterr().out.split()
    )
    assert run([*SWEEP, "--attack", "delete", "--edits", "0"]) == 2
    assert capsys.readouterr().err.endswith("robustaudit: --edits must be at least 1, got 0\n")


def test_a_gate_fails_below_the_least_and_is_inconclusive_where_the_data_show_neither(
    capsys: Captured,
) -> None:
    rows = "".join(f"I love it {n},positive\nnot my day {n},negative\n" for n in range(20))
    Path("my.csv").write_text(f"text,label\n{rows}", encoding="utf-8")
    delete = [*SWEEP, "--attack", "delete", "--all"]
    assert run([*delete, "--min-certified", "0.9"]) == 1  # 50% are certified
    assert "FAILED: 1 check, 1 failed" in capsys.readouterr().out
    assert run([*delete, "--min-certified", "0.55"]) == 0
    assert "INCONCLUSIVE: 1 check, 1 inconclusive" in capsys.readouterr().out
    assert run([*delete, "--min-certified", "0.2", "--min-rho", "0.5", "--json"]) == 0
    gate = json.loads(capsys.readouterr().out)["gate"]
    assert gate["outcome"] == "passed"
    assert [check["rule"]["measure"] for check in gate["checks"]] == ["min_certified", "min_rho"]
    assert run([*delete, "--min-rho", "0.99"]) == 1


def test_thresholds_that_cannot_be_checked_are_refused_before_a_model_is_queried(capsys: Captured) -> None:
    assert run([*SWEEP, "--attack", "delete", "--min-rho", "0.9"]) == 2
    assert capsys.readouterr().err == "robustaudit: --min-rho needs every edit: give --all\n"
    assert run([*SWEEP, "--attack", "delete", "--min-certified", "40"]) == 2
    assert "--min-certified must be a share from 0 to 1, such as 0.4 for 40%, got 40" in (
        capsys.readouterr().err
    )


def test_a_table_of_its_own_goes_before_that_of_run_and_behind_the_command_line(capsys: Captured) -> None:
    run_table = '[run]\nmodels = ["py:mine.py:judge"]\ndata = "my.csv"\nattacks = ["insert"]\n'
    own = '[verify]\nattacks = ["delete"]\nall_edits = true\nmin_rho = 0.99\nedits = 2\n'
    Path("robustaudit.toml").write_text(run_table + own, encoding="utf-8")
    assert run(["verify", "--trust-models", "--edits", "1"]) == 1
    printed = capsys.readouterr()
    assert "robustaudit.toml: sets models, data, attacks, all_edits, min_rho 0.99\n" in printed.err
    assert "no single edit changes the prediction" in printed.out
    Path("robustaudit.toml").write_text(f"{run_table}[verify]\nmin_rho = 99\n", encoding="utf-8")
    assert run(["verify", "--trust-models"]) == 2
    assert "min_rho in robustaudit.toml, [verify] must be a share from 0 to 1" in capsys.readouterr().err
    Path("robustaudit.toml").write_text(f"{run_table}[verify]\nmin_roh = 0.9\n", encoding="utf-8")
    assert run(["verify", "--trust-models"]) == 2
    assert "unknown key in robustaudit.toml, [verify] 'min_roh': did you mean 'min_rho'?" in (
        capsys.readouterr().err
    )
