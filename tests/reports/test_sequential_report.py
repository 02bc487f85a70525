from dataclasses import replace
from typing import Any

import pytest

from printed import printed
from results import planned_model
from robustaudit.reports.terminal import render
from robustaudit.runs.result import Result
from robustaudit.statistics.sequential import SequentialResult

PLAN = {
    "data": {"name": "reviews", "title": "reviews, test split, 1,305 examples", "digest": "0" * 64},
    "examples": 1305,
    "trials": 1305,
    "seed": 0,
    "models": [planned_model("1", title="LSTM encoder only")],
    "attacks": [
        {"name": name, "expression": name, "rates": []} for name in ("qwerty", "delete", "insert", "contract")
    ],
    "tfidf_baseline": None,
    "until_decided": {"max_drop": 0.05, "alpha": 0.05, "first_round": 20, "growth": 1.2},
}
VIOLATED = SequentialResult("1", "qwerty", "failed", 90, 100, 100, 198, 0.21, 0.0619, 0.37)
KEPT = replace(
    VIOLATED, attack="delete", outcome="passed", groups=300, drop=0.004, drop_low=-0.02, drop_high=0.0461
)
OPEN = replace(
    VIOLATED, attack="insert", outcome="inconclusive", groups=1022, drop=0.04, drop_low=-0.012, drop_high=0.09
)
NOTHING = replace(OPEN, attack="contract", drop=None, drop_low=-1.0, drop_high=1.0)


def shown(*decisions: SequentialResult, width: int = 80, plan: dict[str, Any] | None = None) -> str:
    result = Result(plan or PLAN, (), 1.0, decisions=decisions)
    return printed(render(result, width=width), width=width)


def row(attack: str, text: str) -> list[str]:
    (line,) = (line for line in text.splitlines() if line.startswith(f" {attack} "))
    return line.split()[1:]


@pytest.mark.parametrize("width", [80, 160])
def test_an_answer_is_a_word_with_the_bound_that_carries_it(width: int) -> None:
    text = shown(VIOLATED, KEPT, OPEN, NOTHING, width=width)
    assert max(map(len, text.splitlines())) <= width
    assert row("qwerty", text) == ["failed", "21.0", "at", "least", "6.1", "90", "198"]
    assert row("delete", text) == ["passed", "0.4", "at", "most", "4.7", "300", "198"]
    assert row("insert", text) == ["inconclusive", "4.0", "-1.2", "to", "9.0", "1,022", "198"]
    assert row("contract", text) == ["inconclusive", "–", "–", "1,022", "198"]


def test_the_question_and_its_price_stand_above_the_answers() -> None:
    text = shown(VIOLATED, KEPT)
    assert "Sequential test: passed if the drop is at most 5 pp, failed if above.\n" in text
    assert "Trials used: 200 of 2,610. Family-wise error rate: at most 5%.\n" in text
    assert "examples  at most 1,305\n" in text


def test_a_bound_never_says_less_than_the_answer() -> None:
    """Above 5 percentage points is "failed", though the bound is 5.0 when it is rounded."""
    found = row("qwerty", shown(replace(VIOLATED, drop_low=0.0502)))
    assert found[:5] == ["failed", "21.0", "at", "least", "5.0"]


def test_undecided_says_why() -> None:
    assert "exhausted before the evidence sufficed" in shown(OPEN)
    assert "not applicable to any text" not in shown(OPEN)
    assert "not applicable to any text" in shown(NOTHING)
    assert "Inconclusive" not in shown(VIOLATED, KEPT)


def test_what_could_never_have_been_kept_is_told_how_many_it_takes() -> None:
    few = replace(OPEN, groups=100)
    assert "'passed' takes at least 130 changed groups" in shown(few)
    assert "'passed' takes" not in shown(OPEN)


def test_names_from_outside_cannot_command_the_terminal() -> None:
    text = shown(
        replace(VIOLATED, attack="evil\x1b[2J"),
        plan={**PLAN, "models": [{"name": "1", "title": "\x1b[31mred", "accuracy": None}]},
    )
    assert "\x1b" not in text
    assert "evil<U+001B>[2J" in text
