"""The manifest of a run: a journal of every file with its checksum, and of the run's status.

Each line is JSON in one canonical form with a digest of all lines up to it, so that no line can be changed,
removed or moved unnoticed. A later line on a file replaces an earlier one. A line is on the disk before its
file appears: every file there is known, and what an interrupted run lacks is created when it resumes.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias

from robustaudit.core import open_files
from robustaudit.core.documents import parse_json_object, to_canonical_json
from robustaudit.core.errors import UserError
from robustaudit.core.files import digest_of, sync_handle, write_atomically
from robustaudit.core.typed_values import parse_typed
from robustaudit.runs.plan_record import WorkUnit

NAME = "manifest.jsonl"
PLAN, RESULT, VERDICT, SLICES = "plan.json", "result.json", "gate.json", "slices.parquet"
TRIALS_FOLDER = "trials"

VERSION = 6

State: TypeAlias = Literal["started", "finished", "failed", "stopped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestHeader:
    """The first line: whose run the folder holds, and by which columns it was to be cut from the start."""

    manifest: int
    plan: str
    declared_slices: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRecord:
    """A file with its size and checksum; a shard has its unit, number of trials, and when it was finished.

    A shard of a sequential run has the number of its round, from 1 on. Without a checksum: the file was set
    aside, and has not been replaced yet.
    """

    path: str
    sha256: str | None
    size: int = 0
    rows: int | None = None
    unit: WorkUnit | None = None
    time: str | None = None
    round: int | None = None

    def __post_init__(self) -> None:
        if self.time is not None:
            _check_time(self.time)

    @classmethod
    def of(
        cls, path: str, data: bytes, *, rows: int | None = None, unit: WorkUnit | None = None
    ) -> "FileRecord":
        return cls(path=path, sha256=digest_of(data), size=len(data), rows=rows, unit=unit)

    @classmethod
    def of_shard(cls, unit: WorkUnit, data: bytes, *, rows: int, in_round: int | None) -> "FileRecord":
        """The shard of a unit that is finished now."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        return replace(cls.of(shard_path(unit), data, rows=rows, unit=unit), time=now, round=in_round)

    @property
    def sound(self) -> bool:
        """Whether a run may have such a file; no path from a manifest leads outside the run's folder."""
        if self.unit is None:
            return self.path in (PLAN, RESULT, VERDICT, SLICES) and self.rows is None
        return self.path == shard_path(self.unit) and self.rows is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChange:
    """A change of status, with what ended a run that failed, and the units of one that finished."""

    status: State
    time: str
    reason: str | None = None
    units: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        _check_time(self.time)

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.time)

    @classmethod
    def now(
        cls, status: State, *, reason: str | None = None, units: tuple[str, ...] | None = None
    ) -> "StatusChange":
        return cls(
            status=status, time=datetime.now(UTC).isoformat(timespec="seconds"), reason=reason, units=units
        )


def _check_time(time: str) -> None:
    try:
        aware = datetime.fromisoformat(time).tzinfo is not None
    except ValueError:
        aware = False
    if not aware:
        raise UserError(f"time must be one of a time zone, got {time!r}")


Line: TypeAlias = ManifestHeader | FileRecord | StatusChange


@dataclass(frozen=True, slots=True)
class Manifest:
    """The content of a manifest up to the first fault.

    `latest` is the path of the last line on a file since the run was started or finished, `replaced` the line
    on that file before. `size` is the length of the valid part in bytes, `check` the digest that the next
    line continues. `damage` describes the fault after it; `torn` says that only the last line was not written
    to its end.
    """

    begun: ManifestHeader
    files: Mapping[str, FileRecord]
    turn: StatusChange | None
    latest: str | None
    replaced: FileRecord | None
    size: int
    check: str
    damage: str | None = None
    torn: bool = False


def shard_path(unit: WorkUnit) -> str:
    """Where the trials of a unit lie in the folder of their run."""
    return shard_named(unit.name)


def shard_named(name: str) -> str:
    """Where the trials of a unit of that name lie."""
    return f"{TRIALS_FOLDER}/{name}.parquet"


def read_manifest(data: bytes) -> Manifest:
    """The manifest that a file holds, up to its first line that has a checksum mismatch.

    Raises:
        UserError: that is the very first.
    """
    *lines, rest = data.split(b"\n")
    reading = _ManifestParser()
    for number, line in enumerate(lines, 1):
        try:
            reading.take(line)
        except UserError as error:
            if reading.begun is None:
                raise UserError("its first line has a checksum mismatch") from error
            if b"\0" in line and number == len(lines) and not rest:
                rest = line  # some file systems know a line's length before its bytes
                break
            return reading.made(damage=f"has a checksum mismatch from line {number} on")
    if reading.begun is None:
        raise UserError("it is cut short at its first line")
    return reading.made(damage="is cut short at its last line", torn=True) if rest else reading.made()


@dataclass(slots=True)
class _ManifestParser:
    """A manifest, line by line."""

    begun: ManifestHeader | None = None
    files: dict[str, FileRecord] = field(default_factory=dict)
    turn: StatusChange | None = None
    latest: str | None = None
    replaced: FileRecord | None = None
    size: int = 0
    check: str = ""

    def take(self, line: bytes) -> None:
        """Take in one line.

        Raises:
            UserError: its digest does not match.
        """
        content = parse_json_object(line, "line")
        check = content.pop("check", None)
        if check != _check(self.check, content) or line != to_canonical_json(content | {"check": check}):
            raise UserError("line must be in its one form")
        if self.begun is None:
            self.begun = parse_typed(ManifestHeader, content, where="line")
            if self.begun.manifest != VERSION:
                raise UserError(f"manifest must be of version {VERSION}, got {self.begun.manifest}")
        elif "path" in content:
            self._keep(parse_typed(FileRecord, content, where="line"))
        else:
            self.turn = parse_typed(StatusChange, content, where="line")
            if self.turn.status in ("started", "finished"):
                self.latest = self.replaced = None
        self.size += len(line) + 1
        self.check = check

    def _keep(self, kept: FileRecord) -> None:
        if not kept.sound:
            raise UserError(f"no run has a file {kept.path!r}")
        self.latest, self.replaced = kept.path, self.files.get(kept.path)
        if kept.sha256 is None:
            self.files.pop(kept.path, None)
        else:
            self.files[kept.path] = kept

    def made(self, *, damage: str | None = None, torn: bool = False) -> Manifest:
        begun = self.begun
        if begun is None:
            raise UserError(f"{NAME} is empty")
        return Manifest(
            begun,
            self.files,
            self.turn,
            self.latest,
            self.replaced,
            self.size,
            self.check,
            damage,
            torn,
        )


class Journal:
    """A manifest that is written to; one process at a time may, which is left to its caller."""

    def __init__(self, path: Path, manifest: Manifest) -> None:
        """Append to the valid part of a manifest.

        Raises:
            UserError: it cannot be written.
        """
        self._path = path
        self.files: dict[str, FileRecord] = dict(manifest.files)
        self._size, self._check = manifest.size, manifest.check
        with self._explained():
            self._stream = path.open("r+b", buffering=0)
            open_files.track(self._stream)
            self._stream.truncate(self._size)

    def write(self, line: Line) -> None:
        """Add a line, which is on the disk when this returns.

        Raises:
            ModelError: a model closed it.
            UserError: it cannot be written.
        """
        data, check = _written(line, self._check)
        open_files.check_intact(self._stream)
        with self._explained():
            try:
                self._stream.seek(self._size)
                rest = data
                while rest:  # a disk that is almost full takes a part, and refuses the next
                    rest = rest[self._stream.write(rest) :]
                sync_handle(self._stream.fileno())
            except OSError:
                with suppress(OSError):
                    self._stream.truncate(self._size)  # a line that is half there would be taken for damage
                raise
        self._size, self._check = self._size + len(data), check
        if isinstance(line, FileRecord):
            self.files[line.path] = line
            if line.sha256 is None:
                del self.files[line.path]

    def is_in_place(self) -> bool:
        """Whether it is still found where it was opened, and with it the folder of the run."""
        open_files.check_intact(self._stream)
        try:
            return os.path.samestat(self._path.stat(), os.fstat(self._stream.fileno()))
        except OSError:
            return False

    def close(self) -> None:
        with suppress(OSError):  # a model closed it
            self._stream.close()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise UserError(f"cannot write {str(self._path)!r}: {error.strerror or error}") from error


def create_manifest(path: Path, begun: ManifestHeader) -> Manifest:
    """Begin a manifest where there is none, which is left to the caller.

    Raises:
        UserError: it cannot be written.
    """
    data, _ = _written(begun, "")
    write_atomically(path, data, make_folder=False)
    return read_manifest(data)


def _written(line: Line, before: str) -> tuple[bytes, str]:
    """A line as it stands in the file, and the digest that it ends with."""
    content: dict[str, Any] = asdict(line)
    check = _check(before, content)
    return to_canonical_json(content | {"check": check}) + b"\n", check


def _check(before: str, content: Mapping[str, Any]) -> str:
    """The digest of a line and all before it."""
    return digest_of(before.encode("ascii") + to_canonical_json(content))
