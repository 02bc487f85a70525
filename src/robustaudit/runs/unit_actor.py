"""What runs on a node of a Ray cluster: an actor with a worker process of its own, which a model may end.

An actor imports little, and passes on what it does not need to read: actors come and go.
"""

import os
import pickle
import platform
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from robustaudit.core import hub, spelling
from robustaudit.core.errors import UserError, WorkerDied
from robustaudit.core.processes import WorkerProcess, start
from robustaudit.core.version import __version__


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorSettings:
    """What an actor takes over from the process that creates it."""

    version: str
    folder: Path
    network: bool
    spelling: spelling.Spelling

    @classmethod
    def current(cls) -> "ActorSettings":
        """The settings of this process."""
        return cls(version=__version__, folder=Path.cwd(), network=hub.allowed(), spelling=spelling.current())


class UnitActor:
    """Has units worked on, one after the other; a model that ends its process ends no actor."""

    def __init__(self, settings: ActorSettings, serve: list[Any], what: str) -> None:
        """Work in the folder of the process that created it, if this node has that.

        `serve` is a list with Ray's reference to a pickled function of a connection, from which that receives
        units; `what` names its task.
        """
        self._settings, self._serve, self._what = settings, serve, what
        self._process: WorkerProcess | None = None
        with suppress(OSError):
            os.chdir(settings.folder)

    def check(self) -> UserError | None:
        """The reason why this node cannot take part, if there is one."""
        if self._settings.version == __version__:
            return None
        return UserError(
            f"robustaudit must have one version on all nodes: it is {self._settings.version} where the run "
            f"was started, and {__version__} on node {platform.node()}"
        )

    def work(self, unit: bytes) -> bytes | WorkerDied:
        """The pickled reply to a pickled unit, from a process that is started if there is none."""
        with hub.network_access(allowed=self._settings.network), spelling.spelt(self._settings.spelling):
            try:
                if self._process is None:
                    self._process = self._start()
                return self._process.exchange(unit)
            except WorkerDied as error:
                self._process = None
                return error

    def _start(self) -> WorkerProcess:
        import ray  # noqa: PLC0415  (an extra)

        if not ray.get_gpu_ids():
            os.environ["CUDA_VISIBLE_DEVICES"] = ""  # Ray would leave it those of other actors
        serve: bytes = ray.get(self._serve[0])
        return start(_serve, serve, what=self._what, fewer=("actor_cpus", 2), imports_program=False)


def _serve(serve: bytes, connection: Connection) -> None:
    pickle.loads(serve)(connection)  # noqa: S301  (what the process that created the actor wrote)
