from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fakes import FakeSource
from gates import result, row
from robustaudit.attacks import parse_attack
from robustaudit.core.errors import UserError
from robustaudit.core.records import Example
from robustaudit.datasets import Dataset
from robustaudit.gate.rules import Rule, Selection, find_gate, read_rules
from robustaudit.gate.selection import check_selections, rows_for
from robustaudit.runs.plan import make_plan
from robustaudit.runs.result import Slice
from robustaudit.statistics.measures import Estimate


def test_a_table_is_a_rule_for_each_measure_in_it() -> None:
    table = {"max_drop": 0.1, "min_worst_of_k": 0.5, "k": 3, "attacks": ["qwerty"], "bound": "upper"}
    selection = Selection(attacks=("qwerty",))
    assert read_rules(table, where="[gate]") == (
        Rule(measure="max_drop", threshold=0.1, bound="upper", selection=selection, where="[gate]"),
        Rule(
            measure="min_worst_of_k", threshold=0.5, bound="upper", k=3, selection=selection, where="[gate]"
        ),
    )


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"max_drp": 0.1}, "unknown key in [gate] 'max_drp': did you mean 'max_drop'?"),
        (
            {"max_drop": 10},
            "max_drop in [gate] must be a share from 0 to 1, such as 0.1 for 10 percentage points, got 10",
        ),
        ({"max_drop": -0.1}, "max_drop in [gate] must be a share from 0 to 1"),
        ({"max_drop": float("nan")}, "max_drop in [gate] must be a share from 0 to 1"),
        ({"max_drop": 10**400}, "max_drop in [gate] must be a number below 1e308"),
        ({"max_drop": "0.1"}, "max_drop in [gate] must be a number, got '0.1'"),
        ({"max_drop": True}, "max_drop in [gate] must be a number, got True"),
        (
            {"max_drop": 0.1, "bound": "uper"},
            "bound in [gate] must be one of 'interval', 'point', ",
        ),
        ({"max_drop": 0.1, "attacks": "qwerty"}, "[gate].attacks must be a list, got 'qwerty'"),
        ({"max_drop": 0.1, "attacks": []}, "attacks in [gate] must name something"),
        ({"max_drop": 0.1, "severities": ["3"]}, "[gate].severities[0] must be a whole number, got '3'"),
        ({"max_drop": 0.1, "k": 3}, "k in [gate] is for min_worst_of_k, which is missing"),
        ({"min_worst_of_k": 0.5}, "min_worst_of_k in [gate] needs k"),
        ({"min_worst_of_k": 0.5, "k": 0}, "k in [gate] must be at least 1, got 0"),
        ({"attacks": ["qwerty"]}, "[gate] must have a measure: max_drop, "),
        ({}, "[gate] must have a measure: max_drop, "),
    ],
)
def test_what_is_wrong_is_said_with_its_place(table: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as caught:
        read_rules(table, where="[gate]")
    assert str(caught.value).startswith(message)


def gate(folder: Path, text: str) -> Any:
    path = folder / "robustaudit.toml"
    path.write_text(text, encoding="utf-8")
    return find_gate(path)


def test_the_top_of_the_gate_is_for_everything_and_a_rule_for_a_selection(tmp_path: Path) -> None:
    found = gate(
        tmp_path,
        '[gate]\nmax_drop = 0.1\non_inconclusive = "fail"\nbaseline = "b.json"\n'
        '[[gate.rule]]\nmax_regression = 0\nmodels = ["1"]\n[[gate.rule]]\nmin_accuracy = 1\n',
    )
    assert [(each.measure, each.where) for each in found.rules] == [
        ("max_drop", "robustaudit.toml, [gate]"),
        ("max_regression", "robustaudit.toml, [[gate.rule]] 1"),
        ("min_accuracy", "robustaudit.toml, [[gate.rule]] 2"),
    ]
    assert found.on_inconclusive == "fail"
    assert found.baseline == tmp_path / "b.json"
    assert found.needs_baseline


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[run]\n", "has no [gate]"),
        ("[gate]\n", "robustaudit.toml, [gate] must have a rule: max_drop, "),
        (
            '[gate]\non_inconclusive = "warm"\n',
            "on_inconclusive in robustaudit.toml, [gate] must be one of 'warn', 'fail', 'pass', got 'warm'",
        ),
        (
            "[gate]\nmax_drop = 0.1\nbaseline = 3\n",
            "baseline in robustaudit.toml, [gate] must be a string, got 3",
        ),
        ("[gate]\nrule = 3\n", "robustaudit.toml, [[gate.rule]] must be a list of tables"),
        ("[[gate.rule]]\n", "robustaudit.toml, [[gate.rule]] 1 must have a measure"),
        (
            "[[gate.rule]]\non_inconclusive = 1\n",
            "unknown key in robustaudit.toml, [[gate.rule]] 1 'on_inconclusive'",
        ),
    ],
)
def test_a_gate_that_asks_nothing_or_nonsense_is_refused(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        gate(tmp_path, text)
    assert message in str(caught.value)


KNOWN = Estimate(0.1, 0.05, 0.15)
ROWS = [
    row(KNOWN, model="1", attack="qwerty@severity1", base="qwerty", family="typing", severity=1),
    row(KNOWN, model="1", attack="qwerty@severity3", base="qwerty", family="typing", severity=3),
    row(KNOWN, model="7", attack="homoglyph", base="homoglyph", family="unicode"),
]
SLICES = [
    row(KNOWN, model="1", attack="homoglyph", slice=Slice("language", "de")),
    row(KNOWN, model="1", attack="homoglyph", slice=Slice("language", "en")),
    row(KNOWN, model="1", attack="homoglyph", slice=Slice("true label", "1")),
]


def rule(**selection: Any) -> Rule:
    return Rule(measure="max_drop", threshold=0.1, selection=Selection(**selection), where="[gate]")


@pytest.mark.parametrize(
    ("selection", "places"),
    [
        ({}, [0, 1, 2]),
        ({"models": ("1",)}, [0, 1]),
        ({"attacks": ("qwerty",)}, [0, 1]),
        ({"attacks": ("qwerty@severity3", "homoglyph")}, [1, 2]),
        ({"families": ("unicode",)}, [2]),
        ({"severities": (1, 3)}, [0, 1]),
        ({"attacks": ("qwerty",), "severities": (3,)}, [1]),
    ],
)
def test_a_rule_is_for_the_rows_that_it_selects(selection: dict[str, Any], places: list[int]) -> None:
    assert rows_for(rule(**selection), result(ROWS, SLICES)) == [ROWS[place] for place in places]


@pytest.mark.parametrize(
    ("name", "places"), [("language", [0, 1]), ("language=de", [0]), ("true label", [2])]
)
def test_slices_are_selected_by_column_or_value(name: str, places: list[int]) -> None:
    found = rows_for(rule(slices=(name,)), result([*ROWS, row(KNOWN, model="1", attack="homoglyph")], SLICES))
    assert found == [SLICES[place] for place in places]


def test_a_true_label_is_selected_by_the_name_or_number_of_its_class() -> None:
    part = row(KNOWN, model="1", attack="homoglyph", slice=Slice("true label", "positive"))
    found = result([row(KNOWN, model="1", attack="homoglyph")], [part])
    named = replace(found, plan={**found.plan, "class_names": ["negative", "positive"]})
    for value in ("positive", "Positive", "1"):
        assert rows_for(rule(slices=(f"true label={value}",)), named) == [part]
    with pytest.raises(UserError, match=r"unknown true label in \[gate\] 'positif': did you mean 'positive'"):
        rows_for(rule(slices=("true label=positif",)), named)
    stars = replace(found, plan={**found.plan, "class_names": ["1", "2"]})
    with pytest.raises(UserError, match=r"true label in \[gate\] '1' can be read in two ways"):
        rows_for(rule(slices=("true label=1",)), stars)


@pytest.mark.parametrize(
    ("selection", "message"),
    [
        ({"models": ("1", "8")}, "unknown model in [gate] '8': known are 1, 7"),
        ({"attacks": ("qwert",)}, "unknown attack in [gate] 'qwert': did you mean 'qwerty'?"),
        ({"families": ("typign",)}, "unknown family in [gate] 'typign': did you mean 'typing'?"),
        ({"severities": (2,)}, "unknown severity in [gate] '2': known are 1, 3"),
        ({"slices": ("languages",)}, "unknown slice in [gate] 'languages': did you mean 'language'?"),
        (
            {"models": ("7",), "severities": (3,)},
            "[gate] selects nothing that the run has: models 7; severities 3",
        ),
    ],
)
def test_a_name_that_matches_nothing_is_refused(selection: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as caught:
        rows_for(rule(**selection), result(ROWS, SLICES))
    assert str(caught.value) == message


SOURCES = [Example(str(n), "a " * n, n % 2, str(n), {"source": "app" if n % 3 else "web"}) for n in range(9)]


@pytest.mark.parametrize(
    ("selection", "message"),
    [
        ({"models": ("b",)}, "unknown model in [gate] 'b': known are a"),
        ({"slices": ("sources",)}, "unknown slice in [gate] 'sources': did you mean 'source'?"),
        ({"slices": ("source=wep",)}, "unknown slice in [gate] 'source=wep': did you mean 'source=web'?"),
    ],
)
def test_names_are_checked_before_a_run_too(selection: dict[str, Any], message: str) -> None:
    dataset, attacks = Dataset("mine", tuple(SOURCES)), [parse_attack("qwerty")]
    plan = make_plan(dataset, [FakeSource("a")], attacks, trials=9, slices=["source"])
    known = rule(models=("a",), slices=("source", "source=web", "true label=1", "words"))
    check_selections([known, rule()], plan)
    with pytest.raises(UserError) as caught:
        check_selections([known, rule(**selection)], plan)
    assert str(caught.value) == message
