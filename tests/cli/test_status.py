"""`robustaudit status` as a user calls it, while a run works and after."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from fakes import FakeSource
from kept import killed
from refusals import refusal
from robustaudit.attacks import parse_attack
from robustaudit.cli.main import run
from robustaudit.cli.status import looks
from robustaudit.datasets import load
from robustaudit.runs.events import Event, UnitDone
from robustaudit.runs.execution import execute_plan
from robustaudit.runs.manifest import NAME
from robustaudit.runs.plan import Plan, make_plan
from robustaudit.runs.run_status import RunStatus, status_of
from robustaudit.runs.store import claim_folder
from robustaudit.statistics.sequential import SequentialTest

Captured = pytest.CaptureFixture[str]


def a_plan(**changes: Any) -> Plan:
    models, attacks = [FakeSource("a"), FakeSource("b")], [parse_attack("qwerty"), parse_attack("delete")]
    return make_plan(load("tiny"), models, attacks, **{"trials": 700, **changes})


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[RunStatus]]:
    """A finished run, and its status after each unit."""
    folder = tmp_path_factory.mktemp("made") / "run"
    found: list[RunStatus] = []

    def look(event: Event) -> None:
        if isinstance(event, UnitDone):
            found.append(status_of(folder))

    execute_plan(a_plan(), folder, listener=look)
    return folder, found


def test_a_run_that_works_is_counted_model_by_model(seen: tuple[Path, list[RunStatus]]) -> None:
    _, found = seen
    assert {each.state for each in found} == {"working"}
    assert all("this process since" in str(each.worked_on_by) for each in found)
    first, last = found[0], found[-1]
    a, b = (model.trials for model in first.models)
    assert (a.phase, a.rate, a.seconds_left) == ("working", None, None)  # one unit shows no pace
    assert (b.phase, b.done, b.total) == ("waiting", 0, 1400)
    third = found[2].models[0].trials
    assert third.rate is not None
    assert third.seconds_left == pytest.approx((third.total - third.done) / third.rate)
    assert found[2].all_models is not None
    assert found[2].all_models.at_least  # b has not begun
    assert [model.trials.phase for model in last.models] == ["done", "done"]
    done = [each.all_models.done for each in found if each.all_models]
    assert done == sorted(done)
    assert done[-1] == 2 * 2 * 700
    assert dict(last.models[1].attacks) == {"qwerty": 700, "delete": 700}


def test_a_finished_run_is_said_in_a_line_and_a_table(
    seen: tuple[Path, list[RunStatus]], capsys: Captured
) -> None:
    assert run(["status", str(seen[0])]) == 0
    line, *rows = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"run .*: finished 20\d\d-\d\d-\d\d \d\d:\d\d UTC", line)
    assert [row.split() for row in rows[-3:]] == [
        ["a", "1,400", "of", "1,400", "100%"],
        ["b", "1,400", "of", "1,400", "100%"],
        ["all", "2,800", "of", "2,800", "100%"],
    ]


@pytest.fixture
def folder(seen: tuple[Path, list[RunStatus]], empty_folder: Path) -> Path:
    shutil.copytree(seen[0], empty_folder / "reports" / "run")
    return Path("reports/run")


@pytest.mark.usefixtures("folder")
def test_without_a_run_it_is_the_one_that_is_worked_on(capsys: Captured) -> None:
    with claim_folder(Path("reports/other"), a_plan(seed=1)):
        assert run(["status", "--json"]) == 0
        printed = capsys.readouterr()
        assert printed.err == "latest run: reports/other\n"
        assert json.loads(printed.out)["state"] == "working"


def test_json_has_a_stable_shape(folder: Path, capsys: Captured) -> None:
    assert run(["status", str(folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert list(found) == [
        *("run", "state", "since", "reason", "worked_on_by", "latest_unit", "until_decided", "models"),
        *("all_models", "damages", "is_well"),
    ]
    assert sorted(found["models"][0]) == ["attacks", "latest_attacks", "model", "rounds", "trials"]
    assert (
        found["models"][0]["trials"]
        == found["all_models"] | {"done": 1400, "total": 1400}
        == {
            "phase": "done",
            "done": 1400,
            "total": 1400,
            "rate": None,
            "seconds_left": 0.0,
            "at_most": False,
            "at_least": False,
        }
    )


def test_a_run_that_was_killed_is_interrupted(folder: Path, capsys: Captured) -> None:
    killed(folder)
    assert run(["status", str(folder)]) == 1
    said = capsys.readouterr().out
    assert "interrupted: started 20" in said
    assert "nobody works on it now; the command that made the run resumes it" in " ".join(said.split())


@pytest.mark.usefixtures("empty_folder")
def test_why_a_run_failed_is_said(capsys: Captured) -> None:
    with pytest.raises(RuntimeError), claim_folder(Path("run"), a_plan()):
        raise RuntimeError
    assert run(["status", "run"]) == 1
    assert "(RuntimeError); the command that made the run resumes it" in capsys.readouterr().out


def test_a_line_that_is_being_written_is_no_damage_and_another_is(folder: Path, capsys: Captured) -> None:
    manifest = folder / NAME
    whole = manifest.read_bytes()
    manifest.write_bytes(whole + b'{"check":"0')
    assert run(["status", str(folder)]) == 0
    manifest.write_bytes(whole[:-400] + b"x" + whole[-399:])
    assert run(["status", str(folder)]) == 1
    assert f"{NAME} has a checksum mismatch from line" in capsys.readouterr().out
    manifest.write_bytes(whole)
    (folder / "plan.json").write_text("{}")
    assert run(["status", str(folder)]) == 1
    assert "plan.json is not the plan of this run" in capsys.readouterr().out


def test_no_shard_is_read(folder: Path) -> None:
    shutil.rmtree(folder / "trials")
    assert run(["status", str(folder)]) == 0


def test_it_is_watched_until_nobody_works_on_it(folder: Path) -> None:
    pauses: list[float] = []
    found = looks(folder, wait=pauses.append)
    with claim_folder(folder, a_plan()):
        assert [next(found).state for _ in range(3)] == ["working"] * 3
    assert [each.state for each in found] == ["interrupted"]
    assert pauses == [2.0, 2.0, 2.0]


def test_watching_prints_what_changes(folder: Path, capsys: Captured) -> None:
    assert run(["status", str(folder), "--watch", "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["state"] == "finished"


@pytest.mark.usefixtures("empty_folder")
def test_a_sequential_run_has_rounds_and_the_attacks_that_are_open(capsys: Captured) -> None:
    found: list[RunStatus] = []

    def look(event: Event) -> None:
        if isinstance(event, UnitDone):
            found.append(status_of(Path("run")))

    execute_plan(a_plan(trials=260, sequential_test=SequentialTest(max_drop=0.5)), Path("run"), listener=look)
    first = found[0].models[0]
    assert (first.rounds, first.latest_attacks, first.trials.at_most) == (1, ("qwerty", "delete"), True)
    last = status_of(Path("run"))
    assert last.models[0].rounds == max(each.models[0].rounds or 0 for each in found)
    assert last.all_models is not None
    assert last.all_models.done == last.all_models.total < 2 * 2 * 260
    assert run(["status", "run"]) == 0
    assert "0 of 2" in capsys.readouterr().out


@pytest.mark.usefixtures("empty_folder")
def test_what_is_no_run_is_wrong_use(capsys: Captured) -> None:
    assert refusal(capsys, "status", ".") == "folder '.' holds no run: it has no plan.json"
    assert refusal(capsys, "status") == "folder 'reports' holds no run: give the folder of one"
