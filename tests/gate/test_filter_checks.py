"""Rules over filters: what gets through, and false alarms, of the rows that they select."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from robustaudit.cli.main import run
from robustaudit.core.errors import UserError
from robustaudit.gate.filter_checks import filter_checks
from robustaudit.gate.interval_outcome import outcome_of
from robustaudit.gate.rules import Rule, read_rules
from robustaudit.runs.filter_audit import audit_filter
from robustaudit.runs.stored_run import StoredRun, open_run
from robustaudit.statistics.measures import Estimate

ATTACKS = ("filter-evasion", "homoglyph")


@pytest.fixture(name="stored", scope="module")
def stored_fixture(tmp_path_factory: pytest.TempPathFactory) -> StoredRun:
    folder = tmp_path_factory.mktemp("filter") / "run"
    asked = ["run", "--models", "tfidf", "--data", "tiny", "--trials", "120", "--quiet"]
    attacks = [word for attack in ATTACKS for word in ("--attack", attack)]
    assert run([*asked, *attacks, "--output", str(folder)]) == 0
    return open_run(folder)


def rules(**table: object) -> tuple[Rule, ...]:
    return read_rules(table, where="robustaudit.toml, [gate]")


def test_a_check_has_the_figure_of_the_filter_at_its_rate_of_false_alarms(stored: StoredRun) -> None:
    for fpr in (None, 0.1):
        rows = audit_filter(stored, "negative", fpr).rows
        given = {} if fpr is None else {"fpr": fpr}
        evasion, alarms = rules(max_evasion=0.3, max_false_alarms=0.2, positive="negative", **given)
        checks = filter_checks(stored, [evasion, alarms])
        figures = [row.figures for row in rows]
        assert [check.attack for check in checks] == [*ATTACKS, *ATTACKS]
        assert [check.estimate for check in checks] == [
            *(each.evasion for each in figures if each),
            *(each.alarms_after for each in figures if each),
        ]
        assert [check.examples for check in checks] == [
            *(row.positives for row in rows),
            *(row.negatives for row in rows),
        ]


@pytest.mark.parametrize(
    ("figure", "outcome"),
    [
        (Estimate(0.2, 0.1, 0.3), "passed"),
        (Estimate(0.2, 0.1, 0.31), "inconclusive"),
        (Estimate(0.4, 0.31, 0.5), "failed"),
        (Estimate(0.4), "inconclusive"),
    ],
)
def test_a_share_that_may_be_at_most_so_large_passes_below(figure: Estimate, outcome: str) -> None:
    (rule,) = rules(max_evasion=0.3, positive="toxic")
    assert outcome_of(rule, figure) == outcome
    assert outcome_of(replace(rule, bound="point"), figure) == ("passed" if figure.value <= 0.3 else "failed")


def test_the_command_fails_a_filter_that_lets_through_and_reports_both_kinds_of_rules(
    stored: StoredRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "robustaudit.toml"
    config.write_text(
        '[gate]\nmax_drop = 0.9\nmax_evasion = 0.01\npositive = "negative"\nfpr = 0.2\n'
        'attacks = ["homoglyph"]\n'
    )
    assert run(["gate", str(stored.folder), "--config", str(config), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [check["rule"]["measure"] for check in found["checks"]] == ["max_drop", "max_evasion"]
    assert [check["outcome"] for check in found["checks"]] == ["passed", "failed"]
    assert "share that gets through" in found["checks"][1]["reason"]
    assert run(["report", str(stored.folder), "--format", "markdown,html"]) == 0


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"max_evasion": 0.3}, "max_evasion in .* needs positive, the class that is to be caught"),
        (
            {"max_drop": 0.3, "positive": "toxic"},
            "positive in .* is for max_evasion and max_false_alarms, which",
        ),
        (
            {"max_drop": 0.3, "fpr": 0.1},
            "fpr in .* is for max_evasion and max_false_alarms, which are missing",
        ),
        (
            {"max_evasion": 0.3, "positive": "toxic", "fpr": 2.0},
            "fpr in .* must be above 0 and at most 1",
        ),
        ({"max_evasion": 0.3, "positive": "toxic", "slices": ["length"]}, "must be without slices"),
    ],
)
def test_what_a_rule_lacks_is_said(table: dict[str, object], message: str) -> None:
    with pytest.raises(UserError, match=message):
        rules(**table)


def test_a_class_that_the_data_has_not_is_refused_with_those_it_has(stored: StoredRun) -> None:
    with pytest.raises(UserError, match="unknown class 'toxic': known are negative, positive"):
        filter_checks(stored, rules(max_evasion=0.3, positive="toxic"))
