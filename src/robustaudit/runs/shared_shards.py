"""Shards at an address that several machines reach, for a run that goes on though its own machine is lost."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from robustaudit.core import spelling
from robustaudit.core.errors import NetworkUnavailable, UserError, message_of
from robustaudit.core.extras import extra
from robustaudit.core.files import digest_of, write_atomically
from robustaudit.datasets.locations import without_secrets
from robustaudit.runs.events import Listener
from robustaudit.runs.plan import Plan
from robustaudit.runs.plan_record import WorkUnit
from robustaudit.runs.trials_table import shard_of, trials_of
from robustaudit.runs.work_units import Executor, Finished, Work


@dataclass(frozen=True, slots=True)
class ShardFolder:
    """The folder of a plan at an address of fsspec: `s3://bucket/path`, or a path that machines share.

    A file is called by its unit and its checksum, and the folder by the plan's digest: one that is half
    written, or of another plan, is known by its name. It never changes, so that whoever finishes a unit may
    write it.
    """

    address: str
    plan: str

    def write(self, unit: WorkUnit, trials: pa.Table) -> None:
        """Write the shard of a finished unit.

        Raises:
            UserError: it cannot be written.
        """
        data = shard_of(trials, unit, plan=self.plan)
        with _explained(self.address):
            files, folder = _opened(self.address)
            path = f"{folder}/{self.plan}/{unit.name}.{digest_of(data)}.parquet"
            if _is_local(files):
                write_atomically(Path(path), data)
            else:
                files.makedirs(f"{folder}/{self.plan}", exist_ok=True)
                files.pipe_file(path, data)

    def paths(self) -> dict[str, list[str]]:
        """The files that are there, by the names of their units.

        Raises:
            UserError: the address cannot be read.
        """
        found: dict[str, list[str]] = {}
        with _explained(self.address):
            files, folder = _opened(self.address)
            files.invalidate_cache()
            try:
                listed = files.ls(f"{folder}/{self.plan}", detail=False)
            except FileNotFoundError:
                return found
        for path in sorted(listed):
            found.setdefault(path.rpartition("/")[2].partition(".")[0], []).append(path)
        return found

    def read(self, path: str, unit: WorkUnit, plan: Plan) -> pa.Table:
        """The trials of a shard.

        Raises:
            UserError: it cannot be read, or is damaged.
        """
        with _explained(self.address):
            files, _ = _opened(self.address)
            data: bytes = files.cat_file(path)
        if path.split(".")[-2:] != [digest_of(data), "parquet"]:
            raise UserError(f"{without_secrets(path)} has a checksum mismatch")
        return trials_of(data, unit, plan.layout, plan=self.plan, where=without_secrets(path))


class SharedShards:
    """An executor whose finished units lie at an address too, from where a later start takes them over."""

    def __init__(
        self, executor: Executor, address: str, plan: Plan, *, tell: Callable[[str], None] = lambda _: None
    ) -> None:
        self._executor, self._plan, self._tell = executor, plan, tell
        self._folder = ShardFolder(address, plan.digest)
        self._there: dict[str, list[str]] | None = None

    def run(self, units: Sequence[WorkUnit], work: Work, listener: Listener) -> Finished:
        """The units that are there, then the others as they come.

        Raises:
            UserError: the address cannot be used.
        """
        rest = []
        for unit in units:
            trials = self._taken_over(unit) if _has_shard(unit) else None
            if trials is None:
                rest.append(unit)
            else:
                yield unit, trials
        if len(rest) < len(units):
            where = without_secrets(self._folder.address)
            self._tell(f"{len(units) - len(rest):,} units of this plan were there already, in {where!r}")
        yield from self._executor.run(rest, _Sharing(work, self._folder), listener)

    def close(self) -> None:
        self._executor.close()

    def _taken_over(self, unit: WorkUnit) -> pa.Table | None:
        if self._there is None:
            self._there = self._folder.paths()
        for path in self._there.get(unit.name, ()):
            try:
                return self._folder.read(path, unit, self._plan)
            except UserError as error:
                self._tell(f"{error}: done again")
        return None


@dataclass(frozen=True, slots=True)
class _Sharing:
    """Work on units that writes the shard of each."""

    work: Work
    folder: ShardFolder

    def __call__(self, unit: WorkUnit, listener: Listener) -> pa.Table:
        trials = self.work(unit, listener)
        if _has_shard(unit):
            self.folder.write(unit, trials)
        return trials


def _has_shard(unit: WorkUnit) -> bool:
    """Whether the trials of a unit are a shard, and no check that is noted in some."""
    return type(unit) is WorkUnit


def check_shards(address: str, *, offline: bool) -> None:
    """Check that shards could be at an address; nothing there is opened.

    Raises:
        UserError: its protocol is unknown, needs a package that is not installed, or may not be used.
    """
    with _explained(address):
        files, _ = _opened(address)
    if offline and not _is_local(files):
        raise NetworkUnavailable(f"{_named(address)} is not on this machine, and network access is off")


def _opened(address: str) -> tuple[Any, str]:
    """The file system of an address, and the path in it."""
    with extra("remote"):
        from fsspec.core import url_to_fs  # noqa: PLC0415
    files, path = url_to_fs(address)
    return files, path.rstrip("/")


def _is_local(files: Any) -> bool:  # noqa: ANN401
    return "file" in files.protocol


def _named(address: str) -> str:
    return f"{spelling.named('shards')} {without_secrets(address)!r}"


@contextmanager
def _explained(address: str) -> Iterator[None]:
    """Turn what any file system raises into one clear line."""
    where = _named(address)
    try:
        yield
    except UserError:
        raise
    except ImportError as error:
        raise UserError(f"{where} needs another package: {message_of(error)}") from error
    except Exception as error:
        raise UserError(f"{where} cannot be used: {message_of(error) or type(error).__name__}") from error
