"""Where a file of the user's lies, and its bytes: a path, standard input or an address, compressed or not."""

import bz2
import gzip
import lzma
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import IOBase
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast, get_args

import pyarrow as pa

from robustaudit.core.errors import UserError
from robustaudit.core.validation import check_unicode
from robustaudit.datasets.budget import Budget, bounded, counted
from robustaudit.datasets.local import opened
from robustaudit.datasets.reading import Format
from robustaudit.datasets.remote import is_address, remote, without_secrets

STDIN = "-"

_FORMATS: tuple[Format, ...] = get_args(Format)
_SYNONYMS: dict[str, Format] = {"ndjson": "jsonl", "tab": "tsv", "pq": "parquet"}


@dataclass(frozen=True, slots=True)
class Place:
    """A file to read, its format, and how it is compressed."""

    given: str
    form: Format
    compression: str | None

    @classmethod
    def parse(cls, given: str, form: Format | None) -> "Place":
        """The place of that name; its endings say how to read it, unless a format is given."""
        check_unicode("the name of the data", given)
        if given == STDIN:
            if form is None:
                raise UserError(f"standard input has no ending: give --format, one of {', '.join(_FORMATS)}")
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
                ".zst: else give --format"
            )
        return cls(given, found, compression)

    @property
    def name(self) -> str:
        """What the data is called in results: an address may hold what is nobody's business."""
        return "stdin" if self.given == STDIN else PurePosixPath(without_secrets(self.given)).name

    @property
    def source(self) -> str:
        """What the file is called in messages."""
        return "standard input" if self.given == STDIN else f"data file {without_secrets(self.given)!r}"

    @contextmanager
    def open(
        self, *, offline: bool, announce: Callable[[str], None], most: int | None = None
    ) -> Iterator[BinaryIO]:
        """Its bytes, decompressed, of which there may be so many; one may seek in those of a Parquet file.

        Raises:
            Unreachable: it is on another machine that does not answer, or must not be asked.
            UserError: it is not there, or changed while it was read.
            BadRow: it holds too much.
        """
        with self._opened(offline=offline, announce=announce) as raw:
            stream = raw
            if self.compression:
                budget = Budget(most)
                stream = bounded(_OPENERS[self.compression](counted(raw, budget)), budget)
            if self.form != "parquet" or (stream is raw and raw.seekable()):
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
            with opened(Path(self.given), self.source) as stream:
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
