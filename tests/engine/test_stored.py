import json
from pathlib import Path

import pytest

from fakes import FakeSource
from robustaudit.attacks import parse_attack
from robustaudit.core.errors import UserError
from robustaudit.datasets import load
from robustaudit.engine import audit, make_plan, open_run


def audited(folder: Path) -> Path:
    audit(make_plan(load("tiny"), [FakeSource()], [parse_attack("qwerty@severity2")], trials=20), folder)
    return folder


def test_a_run_is_read_back_without_its_data_and_models(tmp_path: Path) -> None:
    run = open_run(audited(tmp_path))
    assert run.plan["attacks"][0] == {
        "name": "qwerty@severity2",
        "expression": str(parse_attack("qwerty@severity2").attack),
        "base": "qwerty",
        "severity": 2,
        "family": "typing",
    }
    trials = run.trials()
    assert (len(trials), set(trials["attack"].to_pylist())) == (20, {"qwerty@severity2"})
    assert run.result is not None
    stored = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    assert json.loads(json.dumps(run.result.as_json())) == stored


def test_a_run_that_was_stopped_has_no_result(tmp_path: Path) -> None:
    folder = audited(tmp_path)
    (folder / "result.json").unlink()
    assert open_run(folder).result is None
    for shard in (folder / "trials").iterdir():
        shard.unlink()
    with pytest.raises(UserError, match="has no finished trials: start it again to go on"):
        open_run(folder).trials()


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (None, "holds no run: it has no plan.json"),
        ("{", "cannot be read"),
        ("[]", "cannot be read: it holds no JSON object"),
        ("\udcff", "cannot be read"),
        ('{"seed": 0}', "is no plan of a run: it lacks robustaudit, data, examples, trials, models, attacks"),
    ],
)
def test_a_folder_that_holds_no_run_is_refused_in_one_line(
    plan: str | None, message: str, tmp_path: Path
) -> None:
    if plan is not None:
        (tmp_path / "plan.json").write_text(plan, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(UserError, match=message) as caught:
        open_run(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["gone", "a" * 300, "zero\0byte"])
def test_a_folder_that_is_not_there_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist: give a run's folder"):
        open_run(tmp_path / name)


def test_a_shard_that_was_cut_short_is_named(tmp_path: Path) -> None:
    folder = audited(tmp_path)
    (shard,) = (folder / "trials").iterdir()
    shard.write_bytes(shard.read_bytes()[:100])
    with pytest.raises(UserError, match=r"shard '.*\.parquet' cannot be read: delete it and run again"):
        open_run(folder).trials()
