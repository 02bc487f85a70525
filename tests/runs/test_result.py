from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fakes import FakeSource
from kept import forge
from robustaudit.attacks import parse_attack
from robustaudit.core.errors import UserError
from robustaudit.datasets import load
from robustaudit.runs.execution import execute_plan
from robustaudit.runs.plan import make_plan
from robustaudit.runs.result import Result, parse_result
from robustaudit.runs.stored_run import read_result


@pytest.fixture
def made(tmp_path: Path) -> Result:
    attacks = [parse_attack(text) for text in ("qwerty", "contract", "homoglyph")]
    return execute_plan(make_plan(load("tiny"), [FakeSource()], attacks, trials=80, examples=40), tmp_path)


def test_a_result_is_read_back_as_it_was(made: Result, tmp_path: Path) -> None:
    again = read_result(tmp_path)
    assert again.as_json() == made.as_json()
    assert (again.rows, again.slices, again.corrections) == (made.rows, made.slices, made.corrections)


def test_the_p_values_of_a_run_are_adjusted_together(made: Result) -> None:
    (correction,) = made.corrections
    tested = [row for row in made.rows if row.p_value is not None]
    assert (correction.tests, correction.method) == (len(tested), "Holm")
    smallest = min(tested, key=lambda row: row.p_value or 0)
    assert smallest.p_value is not None
    assert smallest.p_adjusted == pytest.approx(min(smallest.p_value * len(tested), 1))
    assert all(row.p_value <= row.p_adjusted for row in tested if row.p_value and row.p_adjusted)


def test_a_drop_that_is_certain_has_its_interval_above_zero(made: Result) -> None:
    for row in made.rows:
        if row.significance == "significant":
            assert row.drop
            assert row.drop.is_above_zero


def no_plan(content: dict[str, Any]) -> None:
    content["plan"] = 5


def other_plan(content: dict[str, Any]) -> None:
    content["plan"]["seed"] = 7


def old(content: dict[str, Any]) -> None:
    content["schema_version"] = 1


def misspelt(content: dict[str, Any]) -> None:
    content["rows"][0]["atack"] = content["rows"][0].pop("attack")


def lacking(content: dict[str, Any]) -> None:
    del content["rows"][0]["on_changed"]["drop"]["low"]


def no_findings(content: dict[str, Any]) -> None:
    content["findings"] = None


def short(content: dict[str, Any]) -> None:
    content["rows"].pop()


def other_slice(content: dict[str, Any]) -> None:
    content["slices"][0]["attack"] = "QWERTY"


def no_length(content: dict[str, Any]) -> None:
    content["slices"][-1]["slice"]["value"] = "a"


def too_many(content: dict[str, Any]) -> None:
    content["rows"][0]["trials"] = 10**9


def immense(content: dict[str, Any]) -> None:
    content["rows"][0]["on_changed"]["drop"]["high"] = 1e300


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (other_slice, "has rows of other models or attacks"),
        (no_length, "has a slice of 'words' with the value 'a'"),
        (too_many, "has more trials than its plan, of model 'fake' under 'qwerty'"),
        (immense, "has a figure that is none, of model 'fake' under 'qwerty'"),
        (no_plan, "has no plan"),
        (other_plan, "has another plan"),
        (old, "schema version 10, got 1"),
        (misspelt, "unknown key .*did you mean 'attack'"),
        (lacking, "lacks low"),
        (no_findings, "findings must be a list"),
        (short, "has rows of other models or attacks"),
    ],
)
@pytest.mark.usefixtures("made")
def test_another_result_is_refused_even_where_its_digest_agrees(
    spoil: Callable[[dict[str, Any]], None], message: str, tmp_path: Path
) -> None:
    forge(tmp_path, spoil, file="result.json")
    with pytest.raises(UserError, match=message):
        read_result(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{", "7", '{"schema_version": NaN}', "[" * 100_000, "\ud800"])
def test_what_is_no_result_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="result 'file' ") as caught:
        parse_result(text.encode("utf-8", "surrogatepass"), where="file")
    assert "\n" not in str(caught.value)
