"""Runs over time, from folders of finished runs."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from results import CHANGED, NOTHING
from robustaudit.core.errors import UserError
from robustaudit.engine import Result
from robustaudit.engine.history import history_of

PLAN: dict[str, Any] = {
    "robustaudit": "0.1.0",
    "data": {"name": "reviews", "title": "reviews", "digest": "d1"},
    "examples": 100,
    "trials": 100,
    "seed": 0,
    "models": [{"name": "1", "digest": "m1"}, {"name": "4", "digest": "m4"}],
    "attacks": [{"name": name, "expression": f"{name}@0.3"} for name in ("qwerty", "contract")],
}


def keep(folder: Path, *, at: int, under: tuple[str, ...] = ("qwerty",), **changes: object) -> None:
    """A finished run that ended at that second."""
    shape = {"qwerty": CHANGED, "contract": NOTHING}
    rows = tuple(replace(shape[attack], model=model) for model in ("1", "4") for attack in under)
    folder.mkdir(parents=True)
    path = folder / "result.json"
    path.write_text(json.dumps(Result(PLAN | changes, rows, 1.0).as_json()), encoding="utf-8")
    os.utime(path, (at, at))


def test_the_oldest_run_is_first_whatever_it_is_called(tmp_path: Path) -> None:
    keep(tmp_path / "a", at=2000)
    keep(tmp_path / "b", at=1000)
    for series in history_of(tmp_path).series:
        assert [point.run for point in series.points] == ["b", "a"]


def test_each_model_and_attack_is_a_series_with_the_runs_that_have_it(tmp_path: Path) -> None:
    keep(tmp_path / "a", at=1000)
    keep(tmp_path / "b", at=2000, under=("qwerty", "contract"))
    found = {(each.model, each.attack): len(each.points) for each in history_of(tmp_path).series}
    assert found == {("1", "qwerty"): 2, ("1", "contract"): 1, ("4", "qwerty"): 2, ("4", "contract"): 1}
    assert list(found) == sorted(found, key=lambda key: key[0])


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({}, ()),
        ({"seed": 1}, ("seed",)),
        ({"trials": 50}, ("trials",)),
        ({"data": PLAN["data"] | {"digest": "d2"}}, ("data",)),
        ({"models": [{"name": "1", "digest": "new"}, {"name": "4", "digest": "m4"}]}, ("model",)),
        ({"attacks": [{"name": "qwerty", "expression": "qwerty@0.5"}]}, ("attack",)),
        ({"robustaudit": "0.2.0"}, ("robustaudit",)),
    ],
)
def test_what_is_otherwise_than_in_the_run_before_is_named(
    changes: dict[str, object], named: tuple[str, ...], tmp_path: Path
) -> None:
    keep(tmp_path / "a", at=1000)
    keep(tmp_path / "b", at=2000, **changes)
    first, second = history_of(tmp_path).series[0].points
    assert first.changed == ()
    assert second.changed == named


def test_a_run_that_cannot_be_read_is_passed_over_and_named(tmp_path: Path) -> None:
    keep(tmp_path / "a", at=1000)
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "result.json").write_text('{"schema_version": 1}', encoding="utf-8")
    found = history_of(tmp_path)
    assert [point.run for point in found.series[0].points] == ["a"]
    assert len(found.passed_over) == 1
    assert "schema version" in found.passed_over[0]


@pytest.mark.parametrize(("name", "message"), [("none", "does not exist"), (".", "holds no finished run")])
def test_a_folder_without_runs_is_one_line(name: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=message):
        history_of(tmp_path / name)
