"""A Ray cluster of two nodes on this machine, and work for its actors that asks no model."""

import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from numpy.typing import NDArray

from fakes import LetterCounter
from robustaudit.runs.events import Listener
from robustaudit.runs.plan_record import WorkUnit

_NODE = {"num_cpus": 2, "object_store_memory": 80 * 2**20, "include_dashboard": False}


class TwoNodes:
    """A head node and a second one that can be killed, each with two cores."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster  # noqa: PLC0415  (an extra, that takes time)

        self._cluster: Any = Cluster(initialize_head=True, head_node_args=_NODE)
        self.address: str = self._cluster.address
        self._second: Any = None
        self.mend()

    def kill_second(self) -> None:
        self._cluster.remove_node(self._second, allow_graceful=False)
        self._second = None

    def mend(self) -> None:
        """Have a second node again."""
        if self._second is None:
            self._second = self._cluster.add_node(**_NODE)

    def close(self) -> None:
        self._cluster.shutdown()


@contextmanager
def two_nodes() -> Iterator[TwoNodes]:
    """Nodes whose processes find what lies in this folder, and send nothing to Ray's makers."""
    here = str(Path(__file__).parent)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH", "")]))
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    nodes = TwoNodes()
    try:
        yield nodes
    finally:
        nodes.close()


class Slow(LetterCounter):
    """Takes 0.03 s a call, so that units are left when a node is killed."""

    def predict(self, texts: Sequence[str]) -> NDArray[Any]:
        time.sleep(0.03)
        return super().predict(texts)


def unit(number: int, model: str = "m") -> WorkUnit:
    return WorkUnit(model, number, number + 1, 0, 1, ("qwerty",))


def numbers(count: int) -> list[WorkUnit]:
    return [unit(number) for number in range(count)]


def square(unit: WorkUnit, _: Listener) -> pa.Table:
    """Its number squared, and the process of the actor that had it."""
    return pa.table({"square": [unit.start**2], "actor": [os.getppid()]})


@dataclass(frozen=True)
class StuckOnce:
    """Never ends a certain unit when it gets it for the first time."""

    notes: Path
    number: int

    def __call__(self, unit: WorkUnit, listener: Listener) -> pa.Table:
        if unit.start == self.number:
            try:
                (self.notes / "stuck").touch(exist_ok=False)
            except FileExistsError:
                return square(unit, listener)
            while True:
                time.sleep(60)
        return square(unit, listener)


@dataclass(frozen=True)
class KillsItsActor:
    """Takes its actor along, so often, at a certain unit."""

    notes: Path
    number: int
    times: int

    def __call__(self, unit: WorkUnit, listener: Listener) -> pa.Table:
        if unit.start == self.number and self._may_kill():
            os.kill(os.getppid(), signal.SIGKILL)
            time.sleep(60)
        return square(unit, listener)

    def _may_kill(self) -> bool:
        """Whether it was not done so often yet, copies of the unit that run beside this one included."""
        for number in range(self.times):
            with suppress(FileExistsError):
                (self.notes / str(number)).touch(exist_ok=False)
                return True
        return False
