from dataclasses import replace
from pathlib import Path

import pytest

from fakes import FakeSource
from printed import printed
from results import RESULT
from robustaudit.attacks import parse_attack
from robustaudit.datasets import load
from robustaudit.reports.comparison_report import render_contrasts
from robustaudit.reports.notes import repeat_check_lines
from robustaudit.reports.text import code
from robustaudit.runs.comparison import compare
from robustaudit.runs.execution import execute_plan
from robustaudit.runs.plan import make_plan
from robustaudit.runs.result import RepeatCheck, Result
from robustaudit.runs.stored_run import models_to_compare, read_run
from robustaudit.statistics.measures import Estimate
from unsteady import Dice

STEADY = RepeatCheck(
    model="a", texts=20, difference=0.0, batch_dependence="none", batch_difference=0.0, calls=32
)
LABELS = replace(STEADY, model="b", difference=None, batch_difference=None)


def result(*retests: RepeatCheck, examples: int = 100) -> Result:
    return replace(RESULT, retests=retests, plan={**RESULT.plan, "examples": examples})


@pytest.mark.parametrize(
    ("retests", "lines"),
    [
        ([STEADY], ["Repeat check: same prediction for all 20 clean texts."]),
        (
            [STEADY, replace(STEADY, model="c", texts=3), replace(STEADY, model="d")],
            ["Repeat check: same prediction for 3 to 20 clean texts of models a, c and d."],
        ),
        (
            [STEADY, LABELS],
            [
                "Repeat check: same prediction for all 20 clean texts of model a.",
                (
                    "Repeat check: same prediction for all 20 clean texts of model b; "
                    "without probabilities, noise of up to 14% may be hidden."
                ),
            ],
        ),
        ([RepeatCheck(model="a")], ["Repeat check: no clean text of model a was queried twice."]),
        (
            [replace(STEADY, batch_dependence="found", batch_difference=0.5)],
            [
                "Repeat check: same prediction for all 20 clean texts.",
                (
                    "Predictions of model a depend on the batch: they differ by up to 0.5 between batches, "
                    "and so may its figures; batch size 1 queries each text alone."
                ),
            ],
        ),
        (
            [replace(LABELS, differed=2, noise=Estimate(0.041, 0.012, 0.09))],
            [
                (
                    "Model b gives different predictions for the same text: "
                    "4.1% [1.2, 9.0] of clean texts change class."
                )
            ],
        ),
        ([], []),
    ],
    ids=["one", "several", "labels", "none", "company", "noise", "an older run"],
)
def test_every_report_says_what_came_of_asking_again(retests: list[RepeatCheck], lines: list[str]) -> None:
    assert list(repeat_check_lines(result(*retests))) == lines


def test_one_text_is_called_one() -> None:
    assert list(repeat_check_lines(result(STEADY, examples=1))) == [
        "Repeat check: same prediction for the clean text."
    ]


def test_a_name_obeys_nothing() -> None:
    name = "x`|\u202e"
    (line,) = repeat_check_lines(result(replace(LABELS, model=name, differed=1)), named=code)
    assert line.startswith(f"Model {code(name)} gives different predictions for the same text")
    assert "\u202e" not in line


def test_a_comparison_says_which_of_its_models_contradicts_itself(tmp_path: Path) -> None:
    sources = [FakeSource("steady"), FakeSource("dice", make=Dice, digest="d2")]
    execute_plan(make_plan(load("tiny"), sources, [parse_attack("qwerty")], trials=260), tmp_path)
    pairs = models_to_compare([read_run(tmp_path)])
    text = " ".join(printed(render_contrasts(pairs, compare(pairs)), width=200).split())
    assert "Model dice gives different predictions for the same text: " in text
    assert "Model steady gives" not in text
