"""Work units on the nodes of a Ray cluster, each in an actor that has loaded its model.

Actors and nodes may go at any moment, as spot instances do. What they had is done again: a unit gives the
same trials wherever it is worked on, and only this process writes to the run's folder.
"""

import pickle
import platform
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from typing import Any, TypeAlias

import pyarrow as pa

from robustaudit.core import spelling
from robustaudit.core.errors import UserError, WorkerDied
from robustaudit.core.files import sha256_of
from robustaudit.core.processes import sending_errors
from robustaudit.core.validation import check_at_least
from robustaudit.models import ModelSource, files_of
from robustaudit.runs.actor_size import ActorSize
from robustaudit.runs.events import Event, Listener
from robustaudit.runs.open_units import OpenUnits
from robustaudit.runs.plan_record import WorkUnit
from robustaudit.runs.ray_cluster import Lost, RayCluster
from robustaudit.runs.unit_actor import ActorSettings, UnitActor
from robustaudit.runs.work_units import WORKED_ON_TRIALS, Finished, Work, pass_on

_MOST_LOSSES = 3  # of processes at one unit, or of actors that did not start
_AT_ONCE = 2  # units that an actor has, so that it waits for none
_TICK = 1.0  # seconds between two looks at which units straggle
_LOOK = 5.0  # seconds between two looks at which nodes there are
_LONGEST_WAIT = 600.0  # seconds without an actor


@dataclass(slots=True, eq=False)
class _Actor:
    """An actor, the units that it has in the order in which it works on them, and the model of the latest."""

    handle: Any
    calls: deque["_Call"] = field(default_factory=deque)
    model: str | None = None
    started: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _Call:
    """A unit that an actor has, and the units among which it was when the actor got it."""

    actor: _Actor
    unit: WorkUnit
    units: OpenUnits


class RayActors:
    """Several units in parallel, each in an actor on a node of a Ray cluster.

    There are at most `jobs` actors, else as many as fit on the nodes. With `stragglers`, a unit that takes
    far too long is done a second time by another actor. Each actor checks that the files of its model are
    those that the plan was made with. `work` must stay the same until they are closed.
    """

    def __init__(
        self,
        address: str | None = None,
        *,
        models: Sequence[ModelSource] = (),
        jobs: int | None = None,
        size: ActorSize | None = None,
        stragglers: bool = True,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._jobs = None if jobs is None else check_at_least("jobs", jobs, 1)
        self._size = size or ActorSize()
        self._stragglers, self._tell = stragglers, tell
        self._address, self._models = address, models
        self._cluster: RayCluster | None = None
        self._serve: list[Any] = []
        self._actors: list[_Actor] = []
        self._starts: dict[Any, _Actor] = {}  # by what Ray gives for a call
        self._calls: dict[Any, _Call] = {}
        self._loaded: set[str] = set()
        self._lost = self._not_started = 0
        self._fitting = 0
        self._looked = self._seen = 0.0

    def run(self, units: Sequence[WorkUnit], work: Work, listener: Listener) -> Finished:
        """Finished units as they come.

        Raises:
            UserError: there is no such cluster, no actor fits there, or a node has another version or other
                files of a model.
            WorkerDied: processes ended early, several at the same unit.
        """
        if not units:
            return
        cluster = self._cluster or self._connect(work)
        still_open = OpenUnits(units)
        while still_open:
            self._create_actors(cluster, len(still_open))
            self._hand_out(still_open)
            for unit, reply in self._replies(cluster, still_open):
                if isinstance(reply, WorkerDied):
                    _give_back(unit, still_open, str(reply))
                    continue
                events, trials, seconds = _read(reply)
                for event in events:
                    pass_on(event, listener, loaded=self._loaded)
                still_open.finish(unit, seconds)
                yield unit, trials

    def close(self) -> None:
        """End the actors with their processes, and the connection."""
        if self._cluster is None:
            return
        if self._lost:
            self._tell(f"Ray actors that were lost: {self._lost}; the units that they had were done again")
        for actor in self._actors:
            self._cluster.kill(actor.handle)
        self._cluster.close()
        self._cluster = None
        self._actors, self._starts, self._calls, self._lost = [], {}, {}, 0

    def _connect(self, work: Work) -> RayCluster:
        """Connect to the cluster, in which `work` is stored once.

        Raises:
            UserError: there is no such cluster, or no actor fits on any node.
        """
        cluster = self._cluster = RayCluster(self._address)
        nodes = cluster.nodes()
        self._size = self._size.on(nodes)
        fitting = self._size.fitting(nodes)
        if not fitting and self._jobs is None:
            raise UserError(
                f"no node of the Ray cluster at {cluster.address} has {self._size} for an actor: give "
                f"less by {spelling.option('actor_cpus')} or {spelling.option('actor_gpus')}; with "
                f"{spelling.option('jobs', 1)} or more, the run waits for such a node"
            )
        self._serve = cluster.share(bytes(ForkingPickler.dumps(partial(_serve_replies, work, self._models))))
        number = fitting if self._jobs is None else self._jobs
        self._tell(
            f"Ray cluster at {cluster.address}: at most {number} actors of {self._size} on {len(nodes)} nodes"
        )
        self._seen = time.monotonic()
        return cluster

    def _create_actors(self, cluster: RayCluster, most: int) -> None:
        """Create actors where there is place for more, and units for them.

        Raises:
            WorkerDied: there has been none for too long.
        """
        now = time.monotonic()
        if now - self._looked > _LOOK:
            self._looked = now
            self._fitting = self._jobs or self._size.fitting(cluster.nodes())
        while len(self._actors) < min(most, self._fitting):
            arguments = (ActorSettings.current(), self._serve, WORKED_ON_TRIALS)
            handle = cluster.create(UnitActor, *arguments, size=self._size)
            self._actors.append(actor := _Actor(handle))
            self._starts[handle.check.remote()] = actor
        if any(actor.started for actor in self._actors):
            self._seen = now
        elif now - self._seen > _LONGEST_WAIT:
            raise WorkerDied(
                f"the Ray cluster at {cluster.address} has had no place for an actor of {self._size} for "
                f"{_LONGEST_WAIT:g} s"
            )

    def _hand_out(self, units: OpenUnits) -> None:
        """Give each actor that waits a unit, and a second one as long as there are plenty."""
        actors = [actor for actor in self._actors if actor.started]
        holders = Counter(actor.model for actor in actors if actor.model is not None)
        for has in range(_AT_ONCE):
            for actor in actors:
                if len(actor.calls) != has or (has and units.waiting <= len(actors)):
                    continue
                unit = units.take(actor.model, holders)
                if unit is None and self._stragglers:
                    unit = units.take_straggler()
                if unit is not None:
                    holders[unit.model] += actor.model != unit.model
                    actor.model = unit.model
                    actor.calls.append(call := _Call(actor, unit, units))
                    self._calls[actor.handle.work.remote(pickle.dumps(unit))] = call

    def _replies(
        self, cluster: RayCluster, units: OpenUnits
    ) -> Iterator[tuple[WorkUnit, bytes | WorkerDied]]:
        """The replies for units that are still open; where an actor is lost, what it had is given back.

        Raises:
            UserError: a node cannot take part.
            WorkerDied: actors were lost, several at the same unit or at their start.
        """
        for ref in cluster.first([*self._starts, *self._calls], _TICK):
            call = self._calls.pop(ref, None)
            actor = call.actor if call else self._starts.pop(ref, None)
            if actor is None:  # it was lost with another of its calls
                continue
            reply = cluster.reply(ref)
            if isinstance(reply, Lost):
                self._lose(cluster, actor, reply.reason, units)
            elif isinstance(reply, UserError):
                raise reply
            elif call is None:
                actor.started, self._not_started = True, 0
            else:
                actor.calls.remove(call)
                if call.units is units and call.unit in units:
                    yield call.unit, reply

    def _lose(self, cluster: RayCluster, actor: _Actor, reason: str, units: OpenUnits) -> None:
        """Do without an actor, which worked on the first of its units."""
        cluster.kill(actor.handle)
        self._actors.remove(actor)
        self._starts = {ref: each for ref, each in self._starts.items() if each is not actor}
        self._calls = {ref: call for ref, call in self._calls.items() if call.actor is not actor}
        self._looked = 0.0  # its node may be gone
        self._lost += 1
        if not actor.started:
            self._not_started += 1
            if self._not_started == _MOST_LOSSES:
                raise WorkerDied(f"a Ray actor cannot start: {reason}")
        for call in actor.calls:
            if call.units is units and call.unit in units:
                _give_back(call.unit, units, reason if call is actor.calls[0] else None)


def _give_back(unit: WorkUnit, units: OpenUnits, reason: str | None) -> None:
    """A unit that a worker had waits again; with a reason, the worker ended as it worked on it.

    Raises:
        WorkerDied: as others did before.
    """
    units.leave(unit)
    if reason is not None and units.count_loss(unit) == _MOST_LOSSES:
        raise WorkerDied(
            f"{_MOST_LOSSES} processes ended at the same texts of model {unit.model!r}, the last so: {reason}"
        )


_UnitReply: TypeAlias = tuple[list[Event], pa.Table, float]
"""The events of a unit, its trials, and the seconds that it took."""


def _read(reply: bytes) -> _UnitReply:
    """A reply; an exception is raised."""
    read: _UnitReply | BaseException = pickle.loads(reply)  # noqa: S301  (what `_serve_replies` sent)
    if isinstance(read, BaseException):
        raise read
    return read


def _serve_replies(work: Work, models: Sequence[ModelSource], connection: Connection) -> None:
    """Work on units as they are sent, in a process of an actor's, with one message for each."""
    unchecked = {model.name: model for model in models}
    while True:
        unit = connection.recv()
        with sending_errors(connection, WORKED_ON_TRIALS):
            if unit.model in unchecked:
                check_files(unchecked[unit.model])
                del unchecked[unit.model]
            events, began = list[Event](), time.monotonic()
            trials = work(unit, events.append)
            connection.send((events, trials, time.monotonic() - began))


def check_files(model: ModelSource) -> None:
    """Check that this node has the files that the model was found with.

    Raises:
        UserError: one is missing, or differs.
    """
    for file in files_of(model):
        try:
            same = sha256_of(file.path) == file.sha256
        except OSError as error:
            fault = f"cannot be read ({error.strerror or error})"
        else:
            fault = "" if same else "is another one than where the run was started"
        if fault:
            raise UserError(
                f"model {model.name!r}: file {str(file.path)!r} of node {platform.node()!r} {fault}: every "
                "node needs the same files at the same paths"
            )
