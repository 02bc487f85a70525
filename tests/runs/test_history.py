"""Runs over time, from folders of finished runs."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kept import MADE, keep, model
from results import CHANGED
from robustaudit.core.errors import UserError
from robustaudit.runs.history import history_of
from robustaudit.runs.manifest import StatusChange
from robustaudit.runs.result import Row


def done(
    folder: Path,
    *,
    at: int,
    under: tuple[str, ...] = ("qwerty",),
    rows: Sequence[Row] | None = None,
    **changes: object,
) -> None:
    """A finished run that ended at that second."""
    attacks = [{**MADE["attacks"][0], "name": name, "expression": f"{name}@0.3"} for name in under]
    plan = {**MADE, "attacks": attacks, **changes}
    time = datetime.fromtimestamp(at, tz=UTC).isoformat()
    keep(folder, plan, rows=rows, ended=StatusChange(status="finished", time=time))


def test_the_oldest_run_is_first_whatever_it_is_called(tmp_path: Path) -> None:
    done(tmp_path / "a", at=2000)
    done(tmp_path / "b", at=1000)
    for series in history_of(tmp_path).series:
        assert [point.run for point in series.points] == ["b", "a"]


def test_each_model_and_attack_is_a_series_with_the_runs_that_have_it(tmp_path: Path) -> None:
    done(tmp_path / "a", at=1000)
    done(tmp_path / "b", at=2000, under=("qwerty", "contract"))
    found = {(each.model, each.attack): len(each.points) for each in history_of(tmp_path).series}
    assert found == {("1", "qwerty"): 2, ("1", "contract"): 1, ("4", "qwerty"): 2, ("4", "contract"): 1}
    assert list(found) == sorted(found, key=lambda key: key[0])


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({}, ()),
        ({"seed": 1}, ("seed",)),
        ({"trials": 150}, ("trials",)),
        ({"data": MADE["data"] | {"digest": "d2"}}, ("data",)),
        ({"models": [model("1", "new"), model("4", "m4")]}, ("model",)),
        ({"attacks": [MADE["attacks"][0] | {"expression": "qwerty@0.5"}]}, ("attack",)),
        ({"robustaudit": "0.2.0"}, ("robustaudit",)),
    ],
)
def test_what_is_otherwise_than_in_the_run_before_is_named(
    changes: dict[str, Any], named: tuple[str, ...], tmp_path: Path
) -> None:
    done(tmp_path / "a", at=1000)
    done(tmp_path / "b", at=2000, **changes)
    first, second = history_of(tmp_path).series[0].points
    assert first.changed == ()
    assert second.changed == named


@pytest.mark.parametrize(
    ("trials", "changed", "named"),
    [(1000, 950, ("trials", "draws")), (1000, 1000, ("trials",)), (100, 95, ())],
    ids=["some unchanged", "all changed", "as many draws"],
)
def test_other_draws_are_named_where_some_left_a_text_unchanged(
    trials: int, changed: int, named: tuple[str, ...], tmp_path: Path
) -> None:
    """Examples that are seldom changed count more often with more draws."""
    done(tmp_path / "a", at=1000)
    rows = [replace(CHANGED, model=name, trials=trials, trials_changed=changed) for name in ("1", "4")]
    done(tmp_path / "b", at=2000, rows=rows, trials=trials)
    _, second = history_of(tmp_path).series[0].points
    assert second.changed == named


def test_runs_that_cannot_be_read_are_named_with_their_reasons(tmp_path: Path) -> None:
    done(tmp_path / "a", at=1000)
    (tmp_path / "b-old").mkdir()
    (tmp_path / "b-old" / "result.json").write_text('{"schema_version": 1}', encoding="utf-8")
    done(tmp_path / "c-damaged", at=2000)
    (tmp_path / "c-damaged" / "result.json").unlink()
    keep(tmp_path / "d-killed", ended=StatusChange.now("started"))
    (tmp_path / "no run").mkdir()
    found = history_of(tmp_path)
    assert [point.run for point in found.series[0].points] == ["a"]
    reasons = ("holds no run: it has no plan.json", "result.json is missing", "is not finished")
    assert [each.name for each in found.unread] == ["b-old", "c-damaged", "d-killed"]
    assert [each.name for each in found.runs] == ["a"]
    for each, reason in zip(found.unread, reasons, strict=True):
        assert reason in each.reason


@pytest.mark.parametrize(("name", "message"), [("none", "does not exist"), (".", "holds no finished run")])
def test_a_folder_without_runs_is_one_line(name: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=message):
        history_of(tmp_path / name)
