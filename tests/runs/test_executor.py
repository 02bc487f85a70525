"""Several processes give what one gives, however many there are; small runs start none."""

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from multiprocessing import active_children
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from fakes import DiesInAnotherProcess, FailsInAnotherProcess, FakeSource, LetterCounter
from robustaudit.attacks import Attack, Mix, NamedAttack
from robustaudit.core.errors import ModelError, UserError, WorkerDied
from robustaudit.datasets import load
from robustaudit.perturbations import PERTURBATIONS, WeightedPerturbation, build
from robustaudit.runs import whole_machine
from robustaudit.runs.events import BatchPredicted, Event, ModelLoaded, RunStarted, UnitDone
from robustaudit.runs.execution import _RunWork, execute_plan
from robustaudit.runs.plan import Plan, make_plan
from robustaudit.runs.whole_machine import WholeMachine, alone_because
from robustaudit.runs.work_units import WorkerProcesses
from strategies import attacks

QWERTY = Mix((WeightedPerturbation(build("qwerty", {}), 1.0),), 0.3)
UNITS = 4  # at least, so that each of four processes has work


def plan(*composed: Attack, sources: Sequence[FakeSource] = (), units: int = UNITS) -> Plan:
    named = [NamedAttack(str(attack), attack, str(attack)) for attack in composed or (QWERTY,)]
    trials = 512 // len(named) * units
    made = make_plan(load("tiny"), sources or [FakeSource()], named, trials=trials, examples=64)
    assert len(made.units()) >= units
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
        execute_plan(plan(sources=(fine, killed)), tmp_path / "a", executor=WorkerProcesses(1))
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


def test_workers_finish_all_while_this_process_does_other_work() -> None:
    made = plan()
    with closing(WorkerProcesses(1)) as workers:
        workers.hand(made.units(), _RunWork(made, None))
        with workers.kept_busy():
            while workers.busy:
                time.sleep(0.01)
        finished = workers.finished(lambda _: None)
        assert [unit for unit, _ in finished] == made.units()


def test_a_failure_while_this_process_does_other_work_is_raised_after_it() -> None:
    made = plan(sources=[FakeSource(make=FailsInAnotherProcess)])
    with closing(WorkerProcesses(1)) as workers:
        workers.hand(made.units(), _RunWork(made, None))
        with workers.kept_busy():
            while not workers._came:
                time.sleep(0.01)
        with pytest.raises(ModelError, match="out of order"):
            list(workers.finished(lambda _: None))


def test_jobs_are_at_least_one() -> None:
    with pytest.raises(UserError, match="jobs must be at least 1, got 0"):
        WorkerProcesses(0)


NAMED = (FakeSource("a", uri="1"), FakeSource("b", uri="2"))


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two cores, and workers that cost nothing."""
    monkeypatch.setattr(whole_machine, "_START", 0.0)
    monkeypatch.setattr(whole_machine, "_GAIN", 0.0)
    monkeypatch.setattr(whole_machine, "usable_cores", lambda: 2)


def test_models_that_answer_at_once_stay_in_this_process(tmp_path: Path) -> None:
    told: list[str] = []
    execute_plan(plan(sources=NAMED), tmp_path, executor=WholeMachine(NAMED, tell=told.append))
    assert not told
    assert active_children() == []


@pytest.mark.usefixtures("eager")
def test_the_time_to_load_a_model_counts_at_each_of_its_units(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole_machine, "_GAIN", 1e12)
    told: list[str] = []
    execute_plan(plan(sources=NAMED), tmp_path, executor=WholeMachine(NAMED, tell=told.append))
    assert not told


@pytest.mark.usefixtures("eager")
def test_the_shards_of_the_whole_machine_are_those_of_one_process(tmp_path: Path) -> None:
    told: list[str] = []
    events: list[Event] = []
    made = plan(sources=NAMED)
    alone = execute_plan(made, tmp_path / "one")
    together = execute_plan(
        made,
        tmp_path / "all",
        executor=WholeMachine(NAMED, tell=told.append),
        listener=events.append,
    )
    assert told == ["2 worker processes with 1 thread each (2 cores); --jobs sets another number"]
    assert shards(tmp_path / "one") == shards(tmp_path / "all")
    assert alone.rows == together.rows
    assert [event.model for event in events if isinstance(event, ModelLoaded)] == ["a", "b"]
    assert active_children() == []


@pytest.mark.usefixtures("eager")
def test_there_are_as_many_workers_as_units_of_all_models_need(tmp_path: Path) -> None:
    told: list[str] = []
    made = plan(sources=NAMED, units=2)  # one is left of the first model after its first
    execute_plan(made, tmp_path, executor=WholeMachine(NAMED, tell=told.append))
    assert told == ["2 worker processes with 1 thread each (2 cores); --jobs sets another number"]


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize(
    ("source", "why"),
    [
        (FakeSource(), "model fake is held in memory: one process queries it"),
        (FakeSource(uri="http://127.0.0.1/"), "model fake is queried over a network: one process queries it"),
        (FakeSource(uri="py:mine:judge"), "model fake is code of this program: one process queries it"),
        (
            FakeSource(uri="x:1", make=lambda: LetterCounter()),  # noqa: PLW0108  (cannot be pickled)
            "model fake needs what this program holds in memory: one process queries it",
        ),
    ],
)
def test_a_model_of_which_there_can_be_no_copies_stays(source: FakeSource, why: str, tmp_path: Path) -> None:
    told: list[str] = []
    execute_plan(plan(sources=[source]), tmp_path, executor=WholeMachine([source], tell=told.append))
    assert told == [why]


@pytest.mark.usefixtures("eager")
def test_memory_for_one_model_is_one_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_machine, "memory_taken", lambda: 2**30)
    monkeypatch.setattr(whole_machine, "free_memory", lambda: 2**31)
    told: list[str] = []
    execute_plan(plan(sources=NAMED), tmp_path, executor=WholeMachine(NAMED, tell=told.append))
    assert told == ["there is memory for one process with a model"]


@pytest.mark.usefixtures("eager")
def test_threads_that_the_user_set_leave_cores_for_fewer_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    told: list[str] = []
    execute_plan(plan(sources=NAMED), tmp_path, executor=WholeMachine(NAMED, tell=told.append))
    assert not told


def test_code_of_a_command_is_loaded_in_several_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    source = FakeSource(uri="py:mine:judge")
    assert alone_because(source) == "is code of this program"
    monkeypatch.setattr(whole_machine, "is_watched", lambda: True)
    assert alone_because(source) is None
    assert alone_because(replace(source, uri="hf:mine")) is None
