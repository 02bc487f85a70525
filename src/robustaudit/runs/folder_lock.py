"""One process at a time works in the folder of a run or a training; the others are told which.

The lock of the file system ends with its process. But some file systems have none, and some grant it to each
machine separately. So the process that works in a folder also leaves a record there, and touches it every few
seconds. The record holds while its process may live: on this machine until the process is gone, on another
until it was not touched for a minute. A process whose record was replaced while it stood still writes nothing
more.
"""

import os
import platform
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from threading import Event, Thread

from filelock import FileLock, Timeout

from robustaudit.core.documents import parse_json_object, read_bounded, to_canonical_json
from robustaudit.core.errors import UserError
from robustaudit.core.files import write_atomically, write_new
from robustaudit.core.spelling import option
from robustaudit.core.typed_values import parse_typed

LOCK, HOLDER = ".lock", ".holder.json"

_PATIENCE = 1.0  # seconds that a verdict may take to be kept; whoever holds the lock longer is at work
_EVERY = 5.0  # seconds after which the record is touched again
_GONE_AFTER = 60.0  # seconds without a touch after which a process of another machine counts as gone
_SETTLED_AFTER = 0.5  # seconds within which one of two processes that replace a record sees the other's
_MOST_BYTES = 10_000
_SOMEBODY = "another process"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """The process that works in a folder; `token` is of this work.

    `machine` names a machine since its last start, `namespace` the processes that are visible to this one;
    `began` is when the process began, in ticks of its machine, where they can be read.
    """

    pid: int
    host: str
    machine: str
    namespace: str
    began: int | None
    since: str
    token: str

    @classmethod
    def this_process(cls) -> "Holder":
        machine, namespace = _here()
        return cls(
            pid=os.getpid(),
            host=platform.node(),
            machine=machine,
            namespace=namespace,
            began=_began(os.getpid()),
            since=datetime.now(UTC).isoformat(timespec="seconds"),
            token=uuid.uuid4().hex,
        )

    @property
    def is_here(self) -> bool:
        """Whether its process would be found among those that this one can see."""
        return (self.machine, self.namespace) == _here()

    def __str__(self) -> str:
        if self.is_here and self.pid == os.getpid():
            return f"this process since {self.since}"
        return f"process {self.pid} on {self.host!r} since {self.since}"


@dataclass(frozen=True, slots=True)
class FolderLock:
    """A folder that this process holds."""

    _path: Path
    _record: bytes

    def is_held(self) -> bool:
        """Whether no other process took it over."""
        try:
            return self._path.read_bytes() == self._record
        except FileNotFoundError:
            return False
        except OSError:  # no sign that another did
            return True

    def check_held(self) -> None:
        """Check that no other process took the folder over.

        Raises:
            UserError: one did.
        """
        if not self.is_held():
            raise UserError(
                f"folder {str(self._path.parent)!r} was taken over by another process while this one stood "
                "still: start it again once that is done"
            )

    def keep(self, ended: Event) -> None:
        """Touch the record now and then until the work has ended."""
        while not ended.wait(_EVERY):
            if self.is_held():
                with suppress(OSError):
                    os.utime(self._path)


@contextmanager
def locked(folder: Path) -> Iterator[FolderLock]:
    """The folder for this process alone.

    Raises:
        UserError: another process works there, or the record cannot be written.
    """
    native = _native_lock(folder)
    try:
        lock = _taken(folder, granted=native is not None)
        ended = Event()
        Thread(target=lock.keep, args=(ended,), daemon=True, name="robustaudit-lock").start()
        try:
            yield lock
        finally:
            ended.set()
            if lock.is_held():
                (folder / HOLDER).unlink(missing_ok=True)
    finally:
        if native:
            with suppress(OSError):  # a model closed it, and with that it is released
                native.release()


def holder_of(folder: Path) -> str | None:
    """Who works in a folder now; None if nobody does, or that cannot be found out."""
    granted = False
    try:
        if (folder / LOCK).is_file():
            with FileLock(folder / LOCK, timeout=0, fallback_to_soft=False):
                granted = True
    except Timeout:
        return str(_recorded(folder) or _SOMEBODY)
    except (OSError, NotImplementedError):
        pass
    holder = _recorded(folder)
    return str(holder) if holder and _may_live(folder, holder, granted=granted) else None


def _native_lock(folder: Path) -> FileLock | None:
    """The lock of the file system, held; None where it has none."""
    lock = FileLock(folder / LOCK, timeout=_PATIENCE, fallback_to_soft=False)
    try:
        lock.acquire()
    except Timeout:
        raise _in_use(folder, _recorded(folder)) from None
    except (OSError, NotImplementedError):
        return None
    return lock


def _taken(folder: Path, *, granted: bool) -> FolderLock:
    path, before = folder / HOLDER, _recorded(folder)
    if before and _may_live(folder, before, granted=granted):
        raise _in_use(folder, before)
    record = to_canonical_json(asdict(Holder.this_process()))
    lock = FolderLock(path, record)
    new = not os.path.lexists(path)
    try:
        if new:
            write_new(path, record)
        else:
            write_atomically(path, record, make_folder=False)
    except UserError:
        if not lock.is_held():  # else it is there, though not flushed
            if new and os.path.lexists(path):
                raise _in_use(folder, _recorded(folder)) from None
            raise
    if not (new or (granted and before and before.machine == _here()[0])):
        time.sleep(_SETTLED_AFTER)
    if not lock.is_held():
        raise _in_use(folder, _recorded(folder))
    return lock


def _recorded(folder: Path) -> Holder | None:
    """The holder in a folder's record; None if there is none that can be read."""
    with suppress(UserError):
        content = parse_json_object(read_bounded(folder / HOLDER, "record", most=_MOST_BYTES), HOLDER)
        return parse_typed(Holder, content, where=HOLDER)
    return None


def _may_live(folder: Path, holder: Holder, *, granted: bool) -> bool:
    """Whether the process may still work there; `granted`: the lock of the file system was free."""
    if holder.is_here:
        if holder.began is not None:
            return _began(holder.pid) == holder.began
        return not granted and _answers(holder.pid)
    if granted and holder.machine == _here()[0]:  # in another container of this machine
        return False
    return _untouched(folder) < _GONE_AFTER


def _untouched(folder: Path) -> float:
    """The seconds since the record was touched, by the clock of the file system where that can be seen."""
    with suppress(OSError):
        touched = (folder / HOLDER).stat().st_mtime
        try:
            with tempfile.NamedTemporaryFile(dir=folder, prefix=f".{HOLDER}.", suffix=".part") as new:
                now = os.fstat(new.fileno()).st_mtime
        except OSError:
            now = time.time()
        return now - touched
    return _GONE_AFTER


def _in_use(folder: Path, holder: Holder | None) -> UserError:
    who = str(holder or _SOMEBODY)
    if holder and not holder.is_here:
        who += (
            f" (seen {max(0, _untouched(folder)):.0f} s ago; it counts as gone when it was not seen for "
            f"{_GONE_AFTER:.0f} s)"
        )
    return UserError(
        f"folder {str(folder)!r} is being worked on by {who}: wait for it, or choose another "
        f"{option('output')}"
    )


@cache
def _here() -> tuple[str, str]:
    """This machine since it was started, and which of its processes this one can see."""
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return boot, os.readlink("/proc/self/ns/pid")  # noqa: PTH115  (it leads nowhere)
    return f"{platform.node()} {uuid.getnode():x}", ""


def _began(pid: int) -> int | None:
    """When a process began, in ticks since its machine did; None if it has ended, or no file says it."""
    with suppress(OSError, ValueError, IndexError):
        state, *numbers = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return None if state in "ZX" else int(numbers[18])
    return None


def _answers(pid: int) -> bool:
    """Whether there is a process of that number."""
    if sys.platform == "win32":  # there a signal would end it; the lock of the file system is reliable
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
