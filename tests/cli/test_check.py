"""`robustaudit check` as a user calls it."""

import json
import shutil
from pathlib import Path

import pytest

from fakes import FakeSource
from kept import forge, killed
from refusals import refusal
from robustaudit.attacks import parse_attack
from robustaudit.cli.main import run
from robustaudit.datasets import load
from robustaudit.runs.execution import execute_plan
from robustaudit.runs.manifest import NAME
from robustaudit.runs.plan import make_plan
from robustaudit.runs.store import claim_folder

Captured = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "run"
    execute_plan(a_plan(), folder)
    return folder


@pytest.fixture
def folder(made: Path, empty_folder: Path) -> Path:
    shutil.copytree(made, empty_folder / "run")
    return Path("run")


def a_plan() -> object:
    return make_plan(load("tiny"), [FakeSource()], [parse_attack("qwerty")], trials=5)


def test_a_run_that_is_whole_is_said_in_a_line(folder: Path, capsys: Captured) -> None:
    assert run(["check", str(folder)]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("run run: finished 20")
    assert printed.out.endswith(" UTC, 5 trials, complete and intact\n")
    assert printed.out.count("\n") == 1
    assert printed.err == ""


def test_each_damage_is_a_line_with_what_mends_it(folder: Path, capsys: Captured) -> None:
    (folder / "plan.json").unlink()
    (folder / "result.json").write_text("{}")
    (folder / "trials" / "b.parquet").write_bytes(b"")
    assert run(["check", str(folder)]) == 1
    *lines, last = capsys.readouterr().out.splitlines()
    mends = ": run the command that made the run again: what is damaged is set aside and recreated"
    assert lines == [
        f"plan.json is missing{mends}",
        f"result.json has a checksum mismatch{mends}",
        f"trials/b.parquet is not of this run{mends}",
    ]
    assert last.endswith(" UTC, 5 trials, 3 files damaged")


def test_json_alone_is_on_standard_output(folder: Path, capsys: Captured) -> None:
    assert run(["check", str(folder), "--json"]) == 0
    sound = json.loads(capsys.readouterr().out)
    assert (sound["is_intact"], sound["status"], sound["trials"], sound["damages"]) == (
        True,
        "finished",
        5,
        [],
    )
    (folder / "result.json").unlink()
    assert run(["check", str(folder), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["is_intact"] is False
    assert [(each["path"], each["what"]) for each in found["damages"]] == [("result.json", "is missing")]


def test_a_run_that_was_killed_is_not_whole_and_nothing_of_it_is_damaged(
    folder: Path, capsys: Captured
) -> None:
    killed(folder)
    assert run(["check", str(folder)]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert "and interrupted before it finished: the command that made the run resumes" in line
    assert line.endswith("5 trials, intact so far")


@pytest.mark.usefixtures("empty_folder")
def test_why_a_run_failed_is_said(capsys: Captured) -> None:
    with pytest.raises(RuntimeError), claim_folder(Path("run"), a_plan()):
        raise RuntimeError
    assert run(["check", "run"]) == 1
    assert (
        "(RuntimeError): the command that made the run resumes it, 0 of 5 planned" in capsys.readouterr().out
    )


@pytest.mark.usefixtures("empty_folder")
def test_a_run_at_work_is_told_from_one_that_was_killed(capsys: Captured) -> None:
    with claim_folder(Path("run"), a_plan()):
        assert run(["check", "run"]) == 1
    assert "run run: running since " in capsys.readouterr().out


def test_trials_are_looked_at_even_where_all_digests_agree(folder: Path, capsys: Captured) -> None:
    forge(folder, trials=lambda table: table.slice(1))
    assert run(["check", str(folder)]) == 1
    assert "is none that a run writes" in capsys.readouterr().out


@pytest.mark.usefixtures("empty_folder")
def test_a_run_of_an_earlier_version_is_made_anew_elsewhere(capsys: Captured) -> None:
    Path("old").mkdir()
    Path("old/plan.json").write_text('{"digest": "0", "robustaudit": "0.0.1"}')
    assert run(["check", "old"]) == 1
    said = capsys.readouterr().out
    assert (
        f"{NAME} is missing: an earlier version made the run: the command that made the run creates it again"
        in said
    )
    assert "with another --output\nrun old: status unknown" in said
    for reader in ("report", "compare"):
        assert "creates it again with another --output" in refusal(capsys, reader, "old")


@pytest.mark.usefixtures("empty_folder")
def test_what_is_no_run_is_wrong_use(capsys: Captured) -> None:
    assert refusal(capsys, "check", ".") == "folder '.' holds no run: it has no plan.json"
