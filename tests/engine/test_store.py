import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from fakes import FakeSource
from robustaudit.attacks import parse_attack
from robustaudit.core.errors import UserError
from robustaudit.datasets import load
from robustaudit.engine import Plan, audit, make_plan
from robustaudit.engine.store import Store


def plan(seed: int = 0) -> Plan:
    return make_plan(load("tiny"), [FakeSource()], [parse_attack("qwerty")], trials=3, seed=seed)


def test_a_folder_takes_one_plan_and_no_other(tmp_path: Path) -> None:
    Store(tmp_path, plan())
    Store(tmp_path, plan())
    with pytest.raises(UserError, match="holds the run of another plan: choose another --output"):
        Store(tmp_path, plan(seed=1))
    assert json.loads((tmp_path / "plan.json").read_text())["seed"] == 0


def test_of_plans_that_are_started_at_the_same_moment_one_gets_the_folder(tmp_path: Path) -> None:
    together = Barrier(8)

    def start(made: Plan) -> bool:
        together.wait()
        try:
            Store(tmp_path, made)
        except UserError as error:
            assert "another plan" in str(error)  # noqa: PT017  (the other outcome is a store)
            return False
        return True

    plans = [plan(seed) for seed in range(8)]
    with ThreadPoolExecutor(8) as starters:
        started = list(starters.map(start, plans))
    assert started.count(True) == 1
    digest = json.loads((tmp_path / "plan.json").read_text())["digest"]
    assert digest == plans[started.index(True)].digest


def test_a_plan_that_cannot_be_read_is_another_plan(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text("{")
    with pytest.raises(UserError, match="another plan"):
        Store(tmp_path, plan())


@pytest.mark.parametrize("name", ["result.json", "trials"])
def test_what_is_there_of_something_else_is_left_as_it_is(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("keep")
    with pytest.raises(UserError, match=f"holds a '{name}' of something else"):
        Store(tmp_path, plan())
    assert (tmp_path / name).read_text() == "keep"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_folder_where_the_plan_should_be_is_another_plan(tmp_path: Path) -> None:
    (tmp_path / "plan.json").mkdir()
    with pytest.raises(UserError, match="another plan"):
        Store(tmp_path, plan())


def test_a_folder_that_is_a_file_is_not_writable(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(UserError, match="is not writable"):
        Store(tmp_path / "taken", plan())


def test_a_shard_that_was_altered_is_named(tmp_path: Path) -> None:
    audit(plan(), tmp_path)
    shard = next((tmp_path / "trials").iterdir())
    shard.write_bytes(shard.read_bytes()[:100])
    with pytest.raises(UserError, match="cannot be read: delete it and run again"):
        audit(plan(), tmp_path)


def test_nothing_but_whole_files_is_left(tmp_path: Path) -> None:
    audit(plan(), tmp_path)
    files = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert files == {"plan.json", "result.json", "trials/fake-000000-000000.parquet"}
