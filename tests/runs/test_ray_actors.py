"""Actors of a Ray cluster give what one process gives, whoever of them is lost."""

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from clusters import KillsItsActor, Slow, StuckOnce, TwoNodes, numbers, square, two_nodes
from fakes import DiesInAnotherProcess, FailsInAnotherProcess, FakeSource
from processes import COMMAND, HANGS, in_a_group
from robustaudit.attacks import parse_attack
from robustaudit.core.errors import ModelError, UserError, WorkerDied
from robustaudit.datasets import load
from robustaudit.models import ModelFile
from robustaudit.runs import unit_actor
from robustaudit.runs.actor_size import ActorSize
from robustaudit.runs.events import Event, ModelLoaded, UnitDone
from robustaudit.runs.execution import execute_plan
from robustaudit.runs.plan import Plan, make_plan
from robustaudit.runs.ray_actors import RayActors, check_files
from robustaudit.runs.ray_cluster import RayCluster

pytest.importorskip("ray")

KILLED = 0.05 if os.environ.get("ROBUSTAUDIT_EVERY_DAMAGE") else 0.005
"""How often an actor is killed once it has finished a unit: each costs a start, of seconds in all."""


@pytest.fixture(scope="session")
def two() -> Iterator[TwoNodes]:
    with two_nodes() as nodes:
        yield nodes


@pytest.fixture
def nodes(two: TwoNodes) -> TwoNodes:
    two.mend()
    return two


def plan(*sources: FakeSource, trials: int = 3000) -> Plan:
    return make_plan(load("tiny"), sources or [FakeSource()], [parse_attack("qwerty")], trials=trials)


def shards(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "trials").iterdir()}


def test_a_node_is_killed_in_the_middle_and_the_shards_are_those_of_one_process(
    nodes: TwoNodes, tmp_path: Path
) -> None:
    told: list[str] = []
    events: list[Event] = []

    def kill_second(event: Event) -> None:
        if isinstance(event, UnitDone) and not any(isinstance(each, UnitDone) for each in events):
            nodes.kill_second()
        events.append(event)

    made = plan(FakeSource("a", make=Slow), FakeSource("b", make=Slow), trials=5000)
    spread = execute_plan(
        made, tmp_path / "ray", executor=RayActors(nodes.address, tell=told.append), listener=kill_second
    )
    alone = execute_plan(made, tmp_path / "one")
    assert shards(tmp_path / "ray") == shards(tmp_path / "one")
    assert spread.rows == alone.rows
    assert told[0] == f"Ray cluster at {nodes.address}: at most 4 actors of 1 CPU on 2 nodes"
    assert re.fullmatch("Ray actors that were lost: [12]; the units that they had were done again", told[1])
    assert sorted(event.model for event in events if isinstance(event, ModelLoaded)) == ["a", "b"]


def test_the_example_of_two_nodes_ends_with_equal_shards() -> None:
    example = Path(__file__).parents[2] / "examples" / "cluster" / "two_nodes.py"
    ended = subprocess.run([sys.executable, example], capture_output=True, text=True, check=False)
    assert ended.stdout.splitlines() == [
        "the second node was killed after the first shard",
        "7 shards on the cluster, 7 from one process",
        "all are equal to the byte",
    ], ended.stderr
    assert ended.returncode == 0


def test_actors_are_killed_at_random_and_each_of_a_thousand_units_is_done_once(nodes: TwoNodes) -> None:
    chance = random.Random(0)
    units, done, killed = numbers(1000), {}, 0
    with closing(RayActors(nodes.address)) as actors:
        for unit, trials in actors.run(units, square, lambda _: None):
            assert unit not in done
            done[unit] = trials["square"][0].as_py()
            if chance.random() < KILLED:
                with suppress(ProcessLookupError):
                    os.kill(trials["actor"][0].as_py(), signal.SIGKILL)
                    killed += 1
    assert done == {unit: unit.start**2 for unit in units}
    assert killed >= KILLED * 500


def test_a_unit_that_straggles_is_done_a_second_time(nodes: TwoNodes, tmp_path: Path) -> None:
    with closing(RayActors(nodes.address, jobs=2)) as actors:
        done = dict(actors.run(numbers(20), StuckOnce(tmp_path, 17), lambda _: None))
        again = dict(actors.run(numbers(5), StuckOnce(tmp_path, 17), lambda _: None))
    assert {unit.start: trials["square"][0].as_py() for unit, trials in done.items()} == {
        number: number**2 for number in range(20)
    }
    assert len(again) == 5
    assert (tmp_path / "stuck").exists()


def test_a_unit_at_which_actors_end_again_and_again_ends_the_run(nodes: TwoNodes, tmp_path: Path) -> None:
    with closing(RayActors(nodes.address, jobs=2)) as actors:
        done = dict(actors.run(numbers(8), KillsItsActor(tmp_path, 5, times=2), lambda _: None))
    assert len(done) == 8
    ended = (
        "3 processes ended at the same texts of model 'm', the last so: "
        "The actor is dead because its worker process has died."
    )
    with (
        closing(RayActors(nodes.address, jobs=2)) as actors,
        pytest.raises(WorkerDied, match=f"^{re.escape(ended)}"),
    ):
        list(actors.run(numbers(8), KillsItsActor(tmp_path, 5, times=50), lambda _: None))


def test_a_model_that_ends_its_process_or_fails_is_reported_as_by_worker_processes(
    nodes: TwoNodes, tmp_path: Path
) -> None:
    killed = FakeSource(make=DiesInAnotherProcess)
    with pytest.raises(WorkerDied) as caught:
        execute_plan(plan(killed), tmp_path / "a", executor=RayActors(nodes.address, jobs=2))
    assert str(caught.value) == (
        "3 processes ended at the same texts of model 'fake', the last so: the process was killed by SIGKILL "
        "when model 'fake' was queried: memory may have run out; --actor-cpus 2 takes less of it"
    )
    broken = FakeSource(make=FailsInAnotherProcess)
    with pytest.raises(
        ModelError, match=r"^model 'fake' raised RuntimeError: out of order; the text was of example .*['\"]$"
    ):
        execute_plan(plan(broken), tmp_path / "b", executor=RayActors(nodes.address, jobs=2))


def test_a_cluster_that_cannot_be_used_is_one_clear_line(
    nodes: TwoNodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusal(actors: RayActors) -> str:
        with closing(actors), pytest.raises(UserError) as caught:
            list(actors.run(numbers(2), square, lambda _: None))
        return str(caught.value)

    assert refusal(RayActors(nodes.address, size=ActorSize(cpus=64))) == (
        f"no node of the Ray cluster at {nodes.address} has 64 CPU for an actor: give less by --actor-cpus "
        "or --actor-gpus; with --jobs 1 or more, the run waits for such a node"
    )
    assert refusal(RayActors(nodes.address, size=ActorSize(gpus=1))).startswith(
        f"no node of the Ray cluster at {nodes.address} has 1 CPU and 1 GPU for an actor"
    )
    monkeypatch.setattr(unit_actor, "__version__", "0.0.9")
    assert re.fullmatch(
        r"robustaudit must have one version on all nodes: it is 0\.0\.9 where the run was started, and "
        r"\S+ on node \S+",
        refusal(RayActors(nodes.address, jobs=1)),
    )


def test_sigterm_ends_a_run_on_a_cluster_without_a_word_of_rays(nodes: TwoNodes, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "import time\ndef judge(texts):\n    time.sleep(0.05)\n    return [len(text) % 2 for text in texts]\n"
    )
    options = "--data tiny --models mine.py:judge?labels=negative,positive --trials 50000 --attack qwerty"
    run = ["run", *options.split(), "--executor", "ray", "--address", nodes.address, "--output", "made"]
    with in_a_group(
        [*COMMAND, *run, "--quiet", "--trust-models"], cwd=tmp_path, stderr=subprocess.PIPE
    ) as process:
        deadline = time.monotonic() + HANGS
        while not list(tmp_path.glob("made/trials/*")) and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=HANGS)
    assert (process.returncode, told) == (-signal.SIGTERM, "")


def test_a_node_with_other_files_of_a_model_ends_the_run_in_one_line_and_the_same_files_finish_it(
    nodes: TwoNodes, tmp_path: Path
) -> None:
    weights = tmp_path / "weights"
    weights.write_bytes(b"trained")
    made = plan(FakeSource(files=(ModelFile.of(weights),)))

    def run() -> None:
        actors = RayActors(nodes.address, models=made.models, jobs=2)
        execute_plan(made, tmp_path / "run", executor=actors)

    weights.write_bytes(b"retrained")
    line = (
        rf"model 'fake': file '{weights}' of node '\S+' is another one than where the run was started: "
        "every node needs the same files at the same paths"
    )
    with pytest.raises(UserError) as caught:
        run()
    assert re.fullmatch(line, str(caught.value))
    weights.write_bytes(b"trained")
    run()


def test_a_file_that_a_node_lacks_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"weights' of node '.+' cannot be read .No such file"):
        check_files(FakeSource(files=(ModelFile(tmp_path / "weights", "0"),)))
    check_files(FakeSource())


def test_an_address_where_no_cluster_is_is_refused_at_once() -> None:
    for address, line in (
        (
            "ray://head:10001",
            "--address must be HOST:PORT of a Ray cluster's head node, got 'ray://head:10001'",
        ),
        ("127.0.0.1:9", "no Ray cluster answers at '127.0.0.1:9': [Errno 111] Connection refused"),
    ):
        with pytest.raises(UserError) as caught:
            list(RayActors(address).run(numbers(1), square, lambda _: None))
        assert str(caught.value) == line


def test_waiting_for_actors_takes_no_core_where_there_is_none() -> None:
    began = time.monotonic()
    assert RayCluster.__new__(RayCluster).first([], 0.05) == []
    assert time.monotonic() - began >= 0.05


def test_actors_are_counted_by_cores_and_gpus() -> None:
    nodes = [{"CPU": 8.0, "GPU": 2.0}, {"CPU": 4.0}, {"memory": 1.0}]
    assert ActorSize().on(nodes) == ActorSize(gpus=1.0)
    assert ActorSize().on(nodes[1:]) == ActorSize(gpus=0.0)
    for size, number, words in (
        (ActorSize(gpus=1.0), 2, "1 CPU and 1 GPU"),
        (ActorSize(gpus=0.0), 12, "1 CPU"),
        (ActorSize(cpus=3.0, gpus=0.5), 2, "3 CPU and 0.5 GPU"),
        (ActorSize(cpus=0.5, gpus=0.25), 8, "0.5 CPU and 0.25 GPU"),
        (ActorSize(gpus=4.0), 0, "1 CPU and 4 GPU"),
    ):
        assert (size.fitting(nodes), str(size)) == (number, words)


@pytest.mark.parametrize(
    ("numbers", "line"),
    [
        ({"cpus": 0.0}, "--actor-cpus must be above 0 and at most 1024, got 0"),
        ({"gpus": -1.0}, "--actor-gpus must be above 0 and at most 1024, got -1"),
        ({"gpus": 1.5}, "--actor-gpus above 1 must be a whole number, got 1.5"),
    ],
)
def test_a_size_out_of_range_is_refused(numbers: dict[str, float], line: str) -> None:
    with pytest.raises(UserError) as caught:
        ActorSize(**numbers)
    assert str(caught.value) == line
