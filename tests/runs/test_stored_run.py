import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from fakes import FakeSource
from kept import forge, killed
from robustaudit.attacks import parse_attack
from robustaudit.core.errors import UserError
from robustaudit.datasets import load
from robustaudit.runs.execution import execute_plan
from robustaudit.runs.manifest import NAME
from robustaudit.runs.plan import make_plan
from robustaudit.runs.stored_run import open_run


def audited(folder: Path) -> Path:
    execute_plan(
        make_plan(load("tiny"), [FakeSource()], [parse_attack("qwerty@severity2")], trials=20), folder
    )
    return folder


def test_a_run_is_read_back_without_its_data_and_models(tmp_path: Path) -> None:
    run = open_run(audited(tmp_path))
    assert run.plan["attacks"][0] == {
        "name": "qwerty@severity2",
        "expression": str(parse_attack("qwerty@severity2").attack),
        "rates": [0.1462],
        "base": "qwerty",
        "severity": 2,
        "family": "typing",
    }
    trials = run.trials()
    assert (len(trials), set(trials["attack"].to_pylist())) == (20, {"qwerty@severity2"})
    assert run.result is not None
    stored = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    assert json.loads(json.dumps(run.result.as_json())) == stored


def test_what_other_programs_read_of_a_shard_is_one_table(tmp_path: Path) -> None:
    execute_plan(make_plan(load("tiny"), [FakeSource()], [parse_attack("qwerty")], trials=2000), tmp_path)
    assert len(list((tmp_path / "trials").iterdir())) > 1
    whole = pa.parquet.read_table(tmp_path / "trials")
    assert whole.replace_schema_metadata(None).equals(open_run(tmp_path).trials())


def test_a_run_that_was_stopped_has_no_result(tmp_path: Path) -> None:
    folder = audited(tmp_path)
    killed(folder)
    run = open_run(folder)
    assert run.result is None
    assert len(run.trials()) == 20
    with pytest.raises(UserError, match="is not finished: run its command again to resume"):
        run.finished()


def test_a_run_killed_before_its_shard_was_there_has_no_trials(tmp_path: Path) -> None:
    folder = audited(tmp_path)
    killed(folder)
    shutil.rmtree(folder / "trials")
    with pytest.raises(UserError, match="has no finished trials: run its command again to resume"):
        open_run(folder).trials()


def no_attacks(plan: dict[str, Any]) -> None:
    plan["attacks"] = []


def no_models(plan: dict[str, Any]) -> None:
    plan["models"] = []


def text_as_trials(plan: dict[str, Any]) -> None:
    plan["trials"] = "many"


def list_as_data(plan: dict[str, Any]) -> None:
    plan["data"] = []


def number_as_attack(plan: dict[str, Any]) -> None:
    plan["attacks"][0]["expression"] = 7


def other_trials(plan: dict[str, Any]) -> None:
    plan["trials"] = 21


def endless(plan: dict[str, Any]) -> None:
    plan["trials"] = plan["examples"] = 10**30


def large(plan: dict[str, Any]) -> None:
    plan["trials"] = plan["examples"] = 10**9
    plan["attacks"] *= 600


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (no_attacks, "must have attacks, got none"),
        (no_models, "must have models, got none"),
        (text_as_trials, "trials must be a whole number, got 'many'"),
        (list_as_data, "data must be a table, got \\[\\]"),
        (number_as_attack, "expression must be a string, got 7"),
        (other_trials, "fake-000000-000000.parquet is of no unit of the plan"),
        (endless, "trials must be at most 1000000000"),
        (large, "is missing|is of no unit of the plan"),
    ],
)
def test_a_plan_that_no_run_can_have_is_refused_even_where_all_digests_agree(
    change: Callable[[dict[str, Any]], None], message: str, tmp_path: Path
) -> None:
    forge(audited(tmp_path), change)
    with pytest.raises(UserError, match=message) as caught:
        open_run(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("plan", ["{", "[]", "\udcff", '{"seed": 0}', "[" * 100_000, "1" * 5000])
def test_a_plan_that_was_written_over_is_damaged(plan: str, tmp_path: Path) -> None:
    (audited(tmp_path) / "plan.json").write_text(plan, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(
        UserError, match=r"is damaged: plan.json has a checksum mismatch: run the command that"
    ):
        open_run(tmp_path)


def test_a_folder_that_holds_no_run_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"holds no run: it has no plan\.json"):
        open_run(tmp_path)
    (tmp_path / "plan.json").write_text("{}")
    with pytest.raises(UserError, match=f"{NAME} is missing: an earlier version made the run"):
        open_run(tmp_path)
    os.mkfifo(tmp_path / NAME)
    with pytest.raises(UserError, match="must be a file, not a folder, a pipe or a device"):
        open_run(tmp_path)


@pytest.mark.parametrize("name", ["gone", "a" * 300, "zero\0byte"])
def test_a_folder_that_is_not_there_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist: give a run's folder"):
        open_run(tmp_path / name)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("model", "other"),
        ("attack", "other"),
        ("trial", 7),
        ("draw", 7),
        ("label", None),
        ("clean_text", None),
        ("clean_prediction", None),
        ("edits", [None]),
        ("edits", [{"start": None, "stop": 1, "replacement": ""}]),
        ("edits_by_step", [None]),
        ("edits_by_step", [[{"start": 0, "stop": 1, "replacement": None}]]),
        ("clean_probabilities", [None]),
    ],
)
def test_trials_that_no_unit_has_are_refused_even_where_all_digests_agree(
    column: str, value: object, tmp_path: Path
) -> None:
    def changed(table: pa.Table) -> pa.Table:
        place = table.column_names.index(column)
        kind = table.schema.field(column).type
        return table.set_column(place, column, pa.array([value] * len(table), kind))

    forge(audited(tmp_path), trials=changed)
    with pytest.raises(UserError, match=f"does not hold the trials of its unit: column '{column}'"):
        open_run(tmp_path).trials()


def test_a_shard_that_changes_after_the_run_was_opened_is_named(tmp_path: Path) -> None:
    run = open_run(audited(tmp_path))
    (shard,) = (tmp_path / "trials").iterdir()
    shard.write_bytes(shard.read_bytes()[:100])
    with pytest.raises(UserError, match=r"fake-000000-000000\.parquet' has a checksum mismatch"):
        run.trials()
