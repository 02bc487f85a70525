"""Rules over sweeps and searches: which rows they are for, and when they pass."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from robustaudit.cli.main import run
from robustaudit.core.errors import UserError
from robustaudit.gate.rules import Rule, read_rules
from robustaudit.gate.worst_case_checks import judge_search, judge_sweep
from robustaudit.statistics.measures import Estimate
from robustaudit.worst_case.certification import certify
from robustaudit.worst_case.search_result import SearchRow
from robustaudit.worst_case.stored_sweep import open_sweep
from robustaudit.worst_case.sweep import execute_sweep
from sweeps import TEXTS, sweep_plan

ATTACKS = ("delete", "neighbor_swap")


@pytest.fixture(name="swept")
def swept_fixture(tmp_path: Path) -> Path:
    execute_sweep(sweep_plan(*ATTACKS, texts=TEXTS[:20]), tmp_path / "sweep")
    return tmp_path / "sweep"


def rules(**table: object) -> tuple[Rule, ...]:
    return read_rules(table, where="robustaudit.toml, [gate]")


@pytest.mark.parametrize(
    ("figure", "unknown", "bound", "outcome"),
    [
        (Estimate(0.6, 0.5, 0.7), 0, "interval", "passed"),
        (Estimate(0.6, 0.49, 0.7), 0, "interval", "inconclusive"),
        (Estimate(0.3, 0.2, 0.49), 0, "interval", "failed"),
        (Estimate(0.3, 0.2, 0.49), 2, "interval", "inconclusive"),
        (Estimate(0.6, 0.49, 0.7), 0, "point", "passed"),
        (Estimate(0.6, 0.49, 0.7), 0, "lower", "failed"),
        (Estimate(0.4, 0.2, 0.51), 0, "upper", "passed"),
        (Estimate(0.6), 0, "interval", "inconclusive"),
    ],
)
def test_certified_accuracy_passes_where_the_data_confirm_it(
    swept: Path, figure: Estimate, unknown: int, bound: str, outcome: str
) -> None:
    sweep = open_sweep(swept)
    row = replace(certify(sweep).rows[0], certified_accuracy=figure, undecided=unknown)
    verdict = judge_sweep([row], rules(min_certified=0.5, bound=bound), sweep.plan)
    assert [check.outcome for check in verdict.checks] == [outcome]


def test_a_rule_is_for_the_rows_that_it_selects(swept: Path) -> None:
    sweep = open_sweep(swept)
    rows = certify(sweep).rows
    verdict = judge_sweep(rows, rules(min_rho=0.2, attacks=["delete"]), sweep.plan)
    assert [(check.attack, check.outcome) for check in verdict.checks] == [("delete", "passed")]
    assert verdict.checks[0].estimate == Estimate(rows[0].rho or 0)
    assert len(judge_sweep(rows, rules(min_rho=0.2, families=["typing"]), sweep.plan).checks) == 2
    with pytest.raises(UserError, match="unknown attack in"):
        judge_sweep(rows, rules(min_rho=0.2, attacks=["qwerty"]), sweep.plan)
    with pytest.raises(UserError, match="no rule for a sweep: min_certified or min_rho, got min_searched"):
        judge_sweep(rows, rules(min_searched_accuracy=0.2), sweep.plan)
    early = [replace(row, rho=None) for row in rows]
    with pytest.raises(UserError, match="min_rho needs every edit"):
        judge_sweep(early, rules(min_rho=0.2), sweep.plan)


def test_searched_accuracy_is_judged_of_a_search(swept: Path) -> None:
    plan = open_sweep(swept).plan
    found = Estimate(0.3, 0.2, 0.4)
    row = SearchRow("fake", "delete", 20, 20, found, found, found, 5.0, (), (), ())
    (check,) = judge_search([row], rules(min_searched_accuracy=0.5), plan).checks
    assert (check.outcome, check.estimate) == ("failed", found)


def test_slices_are_refused_as_a_sweep_has_none() -> None:
    with pytest.raises(UserError, match="must be without slices: a sweep has none"):
        rules(min_certified=0.5, slices=["true_label=positive"])


def test_the_command_judges_a_sweep_and_a_run_each_by_its_own_rules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    own = ["--models", "tfidf", "--data", "tiny", "--quiet", "--attack", "contract"]
    Path("robustaudit.toml").write_text("[gate]\nmin_certified = 0.99\nmax_drop = 1.0\n", encoding="utf-8")
    assert (
        run(["verify", *own, "--attack", "contract", "--examples", "30", "--edits", "2", "--output", "s"])
        == 0
    )
    capsys.readouterr()
    assert run(["gate", "s", "--json", "--junit", "junit.xml"]) == 1
    verdict = json.loads(capsys.readouterr().out)
    assert [check["rule"]["measure"] for check in verdict["checks"]] == ["min_certified"]
    assert "certified accuracy" in verdict["checks"][0]["reason"]
    assert "over 30 examples" in Path("junit.xml").read_text(encoding="utf-8")
    assert run(["run", *own, "--trials", "30", "--output", "r"]) == 0
    capsys.readouterr()
    assert run(["gate", "r"]) == 0
    printed = capsys.readouterr()
    assert "max_drop" in printed.out
    assert "min_certified in robustaudit.toml: judged of a sweep or a search" in printed.err
    Path("robustaudit.toml").write_text("[gate]\nmin_certified = 0.99\n", encoding="utf-8")
    assert run(["gate", "r"]) == 2
    assert "no rule is for a run: min_certified in robustaudit.toml" in capsys.readouterr().err
