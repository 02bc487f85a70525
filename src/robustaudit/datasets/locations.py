"""Locations of files: paths, addresses and standard input, opened and decompressed."""

import bz2
import gzip
import lzma
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from io import BufferedReader, IOBase
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast, get_args

import pyarrow as pa

from robustaudit.core.errors import MissingExtra, NetworkUnavailable, UserError
from robustaudit.core.extras import extra
from robustaudit.core.files import exists, is_file, is_folder
from robustaudit.core.spelling import option
from robustaudit.core.validation import check_unicode
from robustaudit.datasets.read_options import Format
from robustaudit.datasets.table import SizeLimit, count_packed, limit_unpacked


@contextmanager
def open_local(path: Path, called: str) -> Iterator[BufferedReader]:
    """Open a local file; messages say `called`.

    Raises:
        UserError: it is not a file, or changed while it was being read.
    """
    check_file(path, called)
    with path.open("rb") as stream:
        before = _state(stream)
        try:
            yield stream
        except Exception as error:
            if _state(stream) != before:
                raise _changed(called) from error
            raise
        if _state(stream) != before:
            raise _changed(called)


def check_file(path: Path, called: str) -> None:
    """Refuse anything but a regular file: a pipe may never begin, a device never end.

    Raises:
        UserError: it is not a file, or does not exist.
    """
    if is_file(path):
        return
    if is_folder(path):
        raise UserError(f"{called} is a folder")
    if exists(path):
        given = f"{option('data', '-')} with {option('data_format')}"
        raise UserError(f"{called} is a pipe or a device: give it as standard input, {given}")
    raise UserError(f"{called} does not exist")


def _state(stream: BufferedReader) -> tuple[int, int]:
    state = os.fstat(stream.fileno())
    return state.st_size, state.st_mtime_ns


def _changed(called: str) -> UserError:
    return UserError(f"{called} changed while it was being read: try again, or read a copy")


_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_CLIENTS = frozenset({"aiohttp", "botocore", "gcsfs", "s3fs"})  # libraries whose errors are the network's
_LOCAL = frozenset({"memory", "file", "local"})


def is_address(given: str) -> bool:
    """Whether it is an address such as `https://host/my.csv`."""
    return _ADDRESS.match(given) is not None


def without_secrets(given: str) -> str:
    """An address, or several chained ones, without user, password and query; a path unchanged."""
    if not is_address(given):
        return given
    return "::".join(map(_without_secrets, given.split("::")))


def _without_secrets(part: str) -> str:
    scheme, parted, rest = re.split("[?#]", part)[0].partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{parted}{host.rpartition('@')[2]}{slash}{path}"


@contextmanager
def remote(
    address: str, source: str, *, offline: bool, announce: Callable[[str], None]
) -> Iterator[BinaryIO]:
    """Open an address; messages say `source`, which has no secrets.

    Raises:
        NetworkUnavailable: it is on another machine that did not answer, or may not be queried.
        UserError: it does not exist, or its protocol is unknown.
    """
    if _scheme(address) not in _LOCAL:
        if offline:
            raise NetworkUnavailable(f"{source} is not on this machine, and network access is off")
        announce(f"reading {without_secrets(address)!r}")
    with _opened(address, source) as stream:
        try:
            yield stream
        except Exception as error:
            if not _is_clients(error):
                raise
            raise NetworkUnavailable(f"{source} could not be fetched whole: {_reason(error)}") from error


def _opened(address: str, source: str) -> BinaryIO:
    with extra("remote"):
        import fsspec  # noqa: PLC0415
    scheme = _scheme(address)
    try:
        return cast("BinaryIO", fsspec.open(address, "rb").open())
    except ImportError as error:
        if scheme in ("http", "https"):
            raise MissingExtra("aiohttp", "remote") from error
        raise UserError(f"{scheme}:// needs another package: {' '.join(str(error).split())}") from error
    except ValueError as error:
        raise UserError(f"{source}: unknown protocol {scheme!r}") from error
    except Exception as error:  # each protocol has errors of its own
        behind = _clients_error(
            error
        )  # fsspec says of a server that does not answer that the file is not there
        status = getattr(behind, "status", HTTPStatus.NOT_FOUND if behind is None else None)
        if isinstance(error, FileNotFoundError) and status == HTTPStatus.NOT_FOUND:
            raise UserError(f"{source} does not exist") from error
        raise NetworkUnavailable(f"{source} cannot be fetched: {_reason(behind or error)}") from error


def _scheme(address: str) -> str:
    return address.partition("://")[0].lower()


def _clients_error(error: BaseException) -> BaseException | None:
    """The error of a network library among an error and its causes."""
    seen: BaseException | None = error
    while seen is not None and not _is_clients(seen):
        seen = seen.__cause__ or seen.__context__
    return seen


def _is_clients(error: BaseException) -> bool:
    return type(error).__module__.partition(".")[0] in _CLIENTS


def _reason(error: BaseException) -> str:
    """The type and status of an error, not its text, which may quote the address."""
    status = getattr(error, "status", None)
    return type(error).__name__ + (f", status {status}" if status else "")


STDIN = "-"

_SEEKING = ("parquet", "arrow")  # formats that are not read from beginning to end
_FORMATS: tuple[Format, ...] = get_args(Format)
_SYNONYMS: dict[str, Format] = {
    "ndjson": "jsonl",
    "tab": "tsv",
    "pq": "parquet",
    "feather": "arrow",
    "ipc": "arrow",
}


@dataclass(frozen=True, slots=True)
class Location:
    """A file to read, its format, and how it is compressed."""

    given: str
    format: Format
    compression: str | None

    @classmethod
    def parse(cls, given: str, form: Format | None) -> "Location":
        """Parse a path or address; file extensions set format and compression, unless a format is given."""
        check_unicode("the name of the data", given)
        if given == STDIN:
            if form is None:
                one = ", ".join(_FORMATS)
                raise UserError(
                    f"standard input has no file extension: give {option('data_format')}, one of {one}"
                )
            return cls(given, form, None)
        path = without_secrets(given).split("::")[0].partition("://")[2] if is_address(given) else given
        endings = [ending[1:].lower() for ending in PurePosixPath(path).suffixes]
        compression = endings.pop() if endings and endings[-1] in _OPENERS else None
        last = endings[-1] if endings else ""
        found = form or next((f for f in _FORMATS if f == last), None) or _SYNONYMS.get(last)
        if found is None:
            known = ", ".join(f".{form}" for form in _FORMATS)
            raise UserError(
                f"data file {without_secrets(given)!r} must end in {known}, or these with .gz, .bz2, .xz or "
                f".zst: else give {option('data_format')}"
            )
        return cls(given, found, compression)

    @property
    def name(self) -> str:
        """The name of the data in results, without secrets of an address."""
        return "stdin" if self.given == STDIN else PurePosixPath(without_secrets(self.given)).name

    @property
    def source(self) -> str:
        """The name of the file in messages."""
        return "standard input" if self.given == STDIN else f"data file {without_secrets(self.given)!r}"

    @contextmanager
    def open(
        self, *, offline: bool, announce: Callable[[str], None], most: int | None = None
    ) -> Iterator[BinaryIO]:
        """Open it decompressed, with at most `most` bytes; the stream of Parquet and Arrow can seek.

        Raises:
            NetworkUnavailable: it is on another machine that did not answer, or may not be queried.
            UserError: it does not exist, or changed while it was being read.
            InvalidRow: it is too large.
        """
        with self._opened(offline=offline, announce=announce) as raw:
            stream = raw
            if self.compression:
                limit = SizeLimit(most)
                stream = limit_unpacked(_OPENERS[self.compression](count_packed(raw, limit)), limit)
            if self.format not in _SEEKING or (stream is raw and raw.seekable()):
                yield stream
                return
            with tempfile.TemporaryFile() as copy:
                shutil.copyfileobj(stream, copy)
                copy.seek(0)
                yield cast("BinaryIO", copy)

    @contextmanager
    def _opened(self, *, offline: bool, announce: Callable[[str], None]) -> Iterator[BinaryIO]:
        if self.given == STDIN:
            if sys.stdin is None:
                raise UserError("standard input is closed")
            yield sys.stdin.buffer
        elif is_address(self.given):
            with remote(self.given, self.source, offline=offline, announce=announce) as stream:
                yield stream
        else:
            with open_local(Path(self.given), self.source) as stream:
                yield stream


def _zstandard(raw: BinaryIO) -> BinaryIO:
    return cast("BinaryIO", pa.CompressedInputStream(pa.PythonFile(cast("IOBase", raw), mode="r"), "zstd"))


def _gzip(raw: BinaryIO) -> BinaryIO:
    return cast("BinaryIO", gzip.GzipFile(fileobj=raw, mode="rb"))


def _bzip2(raw: BinaryIO) -> BinaryIO:
    return cast("BinaryIO", bz2.BZ2File(raw))


def _xz(raw: BinaryIO) -> BinaryIO:
    return cast("BinaryIO", lzma.LZMAFile(raw))


_OPENERS: dict[str | None, Callable[[BinaryIO], BinaryIO]] = {
    "gz": _gzip,
    "bz2": _bzip2,
    "xz": _xz,
    "zst": _zstandard,
}
