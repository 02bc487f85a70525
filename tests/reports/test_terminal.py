from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from results import CHANGED, FEW, NOTHING
from robustaudit.engine import Estimate, Result
from robustaudit.reports import render

GOLDEN = Path(__file__).parents[1] / "golden"

PLAN = {
    "robustaudit": "0.1.0",
    "data": {"name": "reviews", "title": "reviews, test split, 1,305 examples", "digest": "0" * 64},
    "examples": 100,
    "trials": 100,
    "seed": 0,
    "models": [
        {
            "name": "1",
            "title": "LSTM encoder only",
            "digest": "1" * 64,
            "accuracy": {"data": "reviews", "test": 0.803},
        },
        {"name": "mine", "title": "a model of my own", "digest": "2" * 64, "accuracy": None},
    ],
    "attacks": [
        {"name": "qwerty", "expression": "qwerty@0.3"},
        {"name": "contract", "expression": "contract@0.3"},
    ],
    "baseline": {
        "name": "tfidf",
        "title": "TF-IDF",
        "digest": "3" * 64,
        "accuracy": {"data": "reviews", "test": 0.79},
    },
}

RESULT = Result(
    PLAN,
    tuple(replace(row, model=model) for model in ("1", "mine") for row in (CHANGED, FEW, NOTHING)),
    12.34,
)


def printed(result: Result, *, width: int, color: bool = False) -> str:
    console = Console(
        width=width, force_terminal=color, color_system="standard" if color else None, markup=False
    )
    with console.capture() as captured:
        console.print(render(result, width=width))
    return "\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n"


@pytest.mark.parametrize("width", [80, 160])
def test_the_tables_are_as_they_were(width: int, request: pytest.FixtureRequest) -> None:
    """`pytest --regenerate` writes the golden files anew, to be read before they are committed."""
    golden = GOLDEN / f"terminal-{width}.txt"
    if request.config.getoption("--regenerate"):
        golden.write_text(printed(RESULT, width=width), encoding="utf-8")
    assert printed(RESULT, width=width) == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [80, 100, 160])
def test_no_line_is_wider_than_the_terminal_and_no_figure_is_cut(width: int) -> None:
    text = printed(RESULT, width=width)
    assert max(map(len, text.splitlines())) <= width
    for figure in ("81.0", "71.0", "10.0", "[3.4, 16.6]", "100/100", "12/100", "0/100", "only 12 examples"):
        assert figure in text


def test_a_row_in_which_nothing_changed_says_so_and_shows_no_accuracy() -> None:
    text = printed(Result(PLAN, (NOTHING,), 1.0), width=80)
    assert "nothing was changed" in text
    assert "81.0" not in text


def test_little_is_said_in_words() -> None:
    assert "only 12 examples" in printed(Result(PLAN, (FEW,), 1.0), width=80)
    assert "fewer than 20 changed examples" in printed(Result(PLAN, (FEW,), 1.0), width=160)
    assert "fewer than" not in printed(Result(PLAN, (CHANGED,), 1.0), width=160)


def test_of_one_example_the_interval_says_what_it_speaks_of() -> None:
    alone = replace(CHANGED, examples=1, examples_changed=1, groups_changed=1, interval_unit="draw")
    assert "speaks of further draws of that text, not of other texts" in printed(
        Result(PLAN, (alone,), 1.0), width=160
    )


def test_without_an_interval_there_is_none_made_up() -> None:
    row = replace(CHANGED, changed=replace(CHANGED.changed, drop=Estimate(0.1)), interval_unit=None)
    assert "no interval" in printed(Result(PLAN, (row,), 1.0), width=80)


def test_the_accuracy_of_models_and_baseline_stands_beside() -> None:
    text = printed(RESULT, width=160)
    assert "TF-IDF, 79.0 % right on the test split of reviews" in text
    assert "80.3 % right on the test split of reviews" in text


def test_colour_only_repeats_what_words_say() -> None:
    assert "\x1b[" in printed(RESULT, width=160, color=True)
    assert "\x1b[" not in printed(RESULT, width=160)
