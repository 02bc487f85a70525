"""A Ray cluster that this process is connected to; nothing else here knows Ray."""

import logging
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from threading import Event, Thread, current_thread, main_thread
from typing import Any

from robustaudit.core import spelling
from robustaudit.core.errors import UserError, message_of
from robustaudit.core.extras import extra
from robustaudit.runs.actor_size import ActorSize, Resources

_SECONDS = 5.0  # to reach an address; Ray itself tries for minutes


@dataclass(frozen=True, slots=True)
class Lost:
    """An actor ended before it replied."""

    reason: str


class RayCluster:
    """A connection to a cluster, with the actors that were created through it."""

    def __init__(self, address: str | None) -> None:
        """Connect to the cluster at an address, else to the one that Ray finds or starts on this machine.

        Raises:
            MissingExtra: Ray is not installed.
            UserError: there is no such cluster, or it has another version of Ray or Python.
        """
        # Nothing is sent to Ray's makers, unless the user says so.
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        with extra("ray"):
            import ray  # noqa: PLC0415
        self._ray = ray
        self._was_connected = ray.is_initialized()
        self._closed = Event()
        if not self._was_connected:
            with _quiet():
                _apart(partial(self._connect, address), until=self._closed)
            _take_back(signal.SIGTERM)
        self.address: str = ray.get_runtime_context().gcs_address

    def _connect(self, address: str | None) -> None:
        _check_reachable(address or os.environ.get("RAY_ADDRESS"))
        try:
            self._ray.init(
                address,
                include_dashboard=False,
                configure_logging=False,
                log_to_driver=False,
                logging_level=logging.CRITICAL,
            )
        except Exception as error:
            where = "on this machine" if address is None else f"at {address!r}"
            raise UserError(f"no connection to a Ray cluster {where}: {message_of(error)}") from error
        # It prints a paragraph on standard output for each process that is lost, where results are, unasked.
        self._ray._private.worker.print_to_stdstream = lambda *_, **__: None  # noqa: SLF001

    def nodes(self) -> list[Resources]:
        """The resources of each node that is there."""
        return [node["Resources"] for node in self._ray.nodes() if node["Alive"]]

    def share(self, value: object) -> list[Any]:
        """A value that is stored once, as a list with a reference, which stays one when an actor gets it."""
        return [self._ray.put(value)]

    def create(self, actor: type, *arguments: object, size: ActorSize) -> Any:  # noqa: ANN401
        """An actor, which starts as soon as it fits on a node."""
        options = {"num_cpus": size.cpus, "num_gpus": size.gpus, "scheduling_strategy": "SPREAD"}
        return self._ray.remote(**options)(actor).remote(*arguments)

    def first(self, calls: Sequence[Any], seconds: float) -> list[Any]:
        """The calls with a reply, once there is one; none if there is none within that time."""
        if not calls:  # Ray would not wait at all
            time.sleep(seconds)
            return []
        ready, _ = self._ray.wait(list(calls), timeout=seconds)
        if ready:
            ready, _ = self._ray.wait(list(calls), num_returns=len(calls), timeout=0)
        found: list[Any] = ready
        return found

    def reply(self, call: Any) -> Any:  # noqa: ANN401
        """The reply to a call, or `Lost`."""
        try:
            return self._ray.get(call)
        except self._ray.exceptions.RayTaskError:
            raise
        except self._ray.exceptions.RayError as error:
            return Lost(_reason(error))

    def kill(self, actor: Any) -> None:  # noqa: ANN401
        with suppress(Exception):  # it may have gone with its node
            self._ray.kill(actor)

    def close(self) -> None:
        """Disconnect, if this connected; a cluster that it started for itself ends."""
        if not self._was_connected:
            self._ray.shutdown()
        self._closed.set()


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Ray's advice on its own options from standard error."""
    logger = logging.getLogger("ray")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


def _check_reachable(address: str | None) -> None:
    """Check that somebody listens at the address of a cluster.

    Raises:
        UserError: nobody does, or it is not of the form HOST:PORT.
    """
    if address in (None, "auto", "local"):
        return
    host, colon, port = address.rpartition(":")
    if not colon or "/" in host or not port.isdecimal():
        raise UserError(
            f"{spelling.named('address')} must be HOST:PORT of a Ray cluster's head node, got {address!r}"
        )
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise UserError(f"no Ray cluster answers at {address!r}: {message_of(error)}") from error


def _take_back(number: signal.Signals) -> None:
    """Let a signal do what Python thinks that it does: Ray's own handler would print its stack first."""
    if current_thread() is main_thread() and (handler := signal.getsignal(number)) is not None:
        signal.signal(number, handler)


def _reason(error: Exception) -> str:
    """The end of Ray's explanation of several lines, without its guesses."""
    return str(error).strip().rpartition("\n")[2].partition(" Some common causes")[0].strip()


def _apart(call: Callable[[], None], *, until: Event) -> None:
    """Call something in another thread, where Ray leaves SIGTERM as it is, and Ctrl-C ends the waiting.

    Processes that Ray starts there end with that thread: it stays until the event.
    """
    done: Future[None] = Future()

    def run() -> None:
        try:
            call()
        except BaseException as error:  # noqa: BLE001  (raised where it is waited for)
            done.set_exception(error)
        else:
            done.set_result(None)
            until.wait()

    Thread(target=run, daemon=True).start()
    done.result()
