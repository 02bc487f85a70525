"""Several processes give what one gives."""

from collections.abc import Sequence
from multiprocessing import active_children
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from fakes import DiesInAnotherProcess, FailsInAnotherProcess, FakeSource
from robustaudit.attacks import Attack, Mix, NamedAttack
from robustaudit.core.errors import ModelError, UserError, WorkerDied
from robustaudit.datasets import load
from robustaudit.perturbations import PERTURBATIONS, WeightedPerturbation, build
from robustaudit.runs.events import BatchPredicted, Event, ModelLoaded, RunStarted, UnitDone
from robustaudit.runs.execution import execute_plan
from robustaudit.runs.plan import Plan, make_plan
from robustaudit.runs.work_units import WorkerProcesses
from strategies import attacks

QWERTY = Mix((WeightedPerturbation(build("qwerty", {}), 1.0),), 0.3)
UNITS = 4  # at least, so that each of four processes has work


def plan(*composed: Attack, sources: Sequence[FakeSource] = ()) -> Plan:
    named = [NamedAttack(str(attack), attack, str(attack)) for attack in composed or (QWERTY,)]
    trials = 512 // len(named) * UNITS
    made = make_plan(load("tiny"), sources or [FakeSource()], named, trials=trials, examples=64)
    assert len(made.units()) >= UNITS
    return made


def shards(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "trials").iterdir()}


@settings(max_examples=2, phases=[Phase.generate])  # each starts two processes
@given(composed=st.lists(attacks(), min_size=4, max_size=8, unique_by=str))
def test_the_shards_of_several_processes_are_those_of_one(
    composed: list[Attack], tmp_path_factory: pytest.TempPathFactory
) -> None:
    check_several_processes(2, composed, tmp_path_factory.mktemp("run"))


def test_every_perturbation_makes_the_same_texts_in_four_processes(tmp_path: Path) -> None:
    check_several_processes(
        4, [Mix((WeightedPerturbation(build(name, {}), 1.0),), 0.3) for name in PERTURBATIONS], tmp_path
    )


def check_several_processes(jobs: int, composed: Sequence[Attack], folder: Path) -> None:
    alone = execute_plan(plan(*composed), folder / "one")
    together = execute_plan(plan(*composed), folder / "several", executor=WorkerProcesses(jobs))
    assert shards(folder / "one") == shards(folder / "several")
    assert alone.rows == together.rows
    assert active_children() == []


def test_each_model_is_announced_once_and_the_events_add_up(tmp_path: Path) -> None:
    events: list[Event] = []
    made = plan(sources=(FakeSource("a"), FakeSource("b")))
    execute_plan(made, tmp_path, executor=WorkerProcesses(2), listener=events.append)
    assert isinstance(events[0], RunStarted)
    loaded = [event.model for event in events if isinstance(event, ModelLoaded)]
    assert sorted(loaded) == ["a", "b"]
    assert sum(event.trials for event in events if isinstance(event, UnitDone)) == 2 * made.trials
    asked = sum(event.trials for event in events if isinstance(event, BatchPredicted))
    assert asked == pytest.approx(2 * made.trials)


def test_a_process_that_is_killed_is_one_clear_line_and_the_run_goes_on_from_there(tmp_path: Path) -> None:
    fine, killed = FakeSource("a"), FakeSource("b", make=DiesInAnotherProcess)
    with pytest.raises(WorkerDied) as caught:
        execute_plan(plan(sources=(fine, killed)), tmp_path / "a", executor=WorkerProcesses(2))
    assert str(caught.value) == (
        "the process was killed by SIGKILL when model 'b' was queried: memory may have run out; "
        "--jobs 1 takes less of it"
    )
    assert active_children() == []
    kept = shards(tmp_path / "a")
    assert kept
    execute_plan(plan(sources=(fine, killed)), tmp_path / "a")
    execute_plan(plan(sources=(fine, killed)), tmp_path / "b")
    assert kept.items() <= shards(tmp_path / "a").items()
    assert shards(tmp_path / "a") == shards(tmp_path / "b")


def test_a_model_that_fails_in_a_process_fails_as_it_does_in_this_one(tmp_path: Path) -> None:
    broken = FakeSource(make=FailsInAnotherProcess)
    with pytest.raises(
        ModelError, match=r"^model 'fake' raised RuntimeError: out of order; the text was of example .*'$"
    ):
        execute_plan(plan(sources=(broken,)), tmp_path, executor=WorkerProcesses(2))
    assert active_children() == []


def test_jobs_are_at_least_one() -> None:
    with pytest.raises(UserError, match="jobs must be at least 1, got 0"):
        WorkerProcesses(0)
