import json
from typing import Any

import pytest

from robustaudit.attacks import REPORT_ATTACKS
from robustaudit.cli.main import run

Captured = pytest.CaptureFixture[str]


def listed(what: str, capsys: Captured) -> list[dict[str, Any]]:
    assert run(["list", what, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert isinstance(rows, list)
    return rows


def test_the_attacks_of_the_report_are_listed(capsys: Captured) -> None:
    attacks = {row["name"]: row for row in listed("attacks", capsys)}
    assert set(REPORT_ATTACKS) <= set(attacks)
    assert attacks["report-mix"]["kind"] == "recipe"
    assert all(row["description"] for row in attacks.values())


def test_the_models_that_ship_are_listed_with_what_they_reach(capsys: Captured) -> None:
    models = {row["name"]: row for row in listed("models", capsys)}
    assert {"1", "4", "7", "tfidf"} <= set(models)
    for name in ("1", "4", "7"):
        assert models[name]["trained"]
        assert models[name]["data"] == "reviews"
        assert models[name]["test_accuracy"] >= 0.77


def test_the_data_is_listed(capsys: Captured) -> None:
    assert {row["name"]: row["here"] for row in listed("data", capsys)}["tiny"] is True


def test_perturbations_are_listed_with_family_meaning_example_and_parameters(capsys: Captured) -> None:
    rows = {row["name"]: row for row in listed("perturbations", capsys)}
    assert (rows["keyboard"]["family"], rows["keyboard"]["meaning"]) == ("typing", "mostly kept")
    assert rows["mojibake"]["parameters"][1] == {"name": "times", "default": 1, "choices": [1, 2]}
    assert rows["extend"]["example"] == {"before": "It's", "after": "It is"}


def test_perturbations_are_listed_for_the_docs(capsys: Captured) -> None:
    assert run(["list", "perturbations", "--markdown"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("| name | family |")
    assert any(line.startswith("| `zero_width` | unicode |") for line in lines)


@pytest.mark.parametrize("what", ["attacks", "perturbations", "models", "data"])
def test_for_people_there_is_a_table(what: str, capsys: Captured) -> None:
    assert run(["list", what]) == 0
    names = [row["name"] for row in listed(what, capsys)] if capsys.readouterr().out else []
    assert names


def test_severities_are_listed_with_rates_shares_and_ceilings(capsys: Captured) -> None:
    rows = {row["perturbation"]: row for row in listed("severities", capsys)}
    assert len(rows["qwerty"]["rates"]) == len(rows["qwerty"]["held_out"]) == 5
    assert rows["contract"]["ceiling"] < 0.01 < rows["qwerty"]["ceiling"]
    assert run(["list", "severities"]) == 0
    assert "qwerty" in capsys.readouterr().out
