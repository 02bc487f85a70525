"""Decoding of files: their encoding, and their lines; and files of other types, by their signature."""

import codecs
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

from robustaudit.core.display import short_repr
from robustaudit.core.errors import UserError
from robustaudit.core.spelling import option
from robustaudit.datasets.table import DAMAGED, InvalidRow, read_error_message

_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (rb"PK\x03\x04", "a zip archive, as files of Excel (.xlsx) are: save it as CSV"),
    (rb"\xd0\xcf\x11\xe0", "a file of an old Excel or Word: save it as CSV"),
    (rb"\x1f\x8b", "compressed by gzip: its name must end in .gz"),
    (rb"BZh[1-9]1AY&SY", "compressed by bzip2: its name must end in .bz2"),
    (rb"\xfd7zXZ\x00", "compressed by xz: its name must end in .xz"),
    (rb"\x28\xb5\x2f\xfd", "compressed by zstd: its name must end in .zst"),
    (rb"SQLite format 3\x00", "a database of SQLite: export a table as CSV"),
    (rb"%PDF-", "a PDF"),
    (rb"\x80[\x02-\x05]", "a pickle of Python, which could run any code: save it as Parquet or CSV"),
    (rb"version https://git-lfs", "not the file but a pointer of Git LFS: git lfs pull fetches it"),
    (rb"\s*<(?i:!doctype html|html)", "a web page, perhaps one that asks to sign in: fetch the file itself"),
)


def check_file_type(head: bytes) -> None:
    """Refuse a file that begins as one of another type.

    Raises:
        InvalidRow: it does; the message says which type.
    """
    formats = (
        (rb"PAR1", f"Parquet: give {option('data_format', 'parquet')}"),
        (rb"ARROW1", f"an Arrow or Feather file: give {option('data_format', 'arrow')}"),
    )
    for beginning, what in (*_BEGINNINGS, *formats):
        if re.match(beginning, head):
            raise InvalidRow("its beginning", f"it is {what}", broken=True)


_HEAD = 64  # bytes to look for a signature in
_ASCII = 16  # bytes of UTF-16 that encode only ASCII: `text,lab`, `{"text":`
LONGEST_LINE = 2**24  # characters; longer ones are not lines

_MARKS = (  # that of UTF-32 begins with that of UTF-16
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ESCAPED = range(0xDC80, 0xDD00)  # what `surrogateescape` makes of the bytes 0x80 to 0xFF


def check_encoding(name: str) -> str:
    """Return Python's name of a text encoding.

    Raises:
        UserError: it is unknown.
    """
    try:
        "".encode(name)
        known = codecs.lookup(name).name
    except (LookupError, ValueError, TypeError) as error:
        raise UserError(f"unknown encoding {short_repr(name)}: known are utf-8, utf-16, cp1252, …") from error
    return known


@dataclass(frozen=True, slots=True)
class DecodedText:
    """A stream of decoded text, with line ends unchanged."""

    stream: io.TextIOBase
    encoding: str


def text_of(stream: BinaryIO, given: str | None) -> DecodedText:
    """Decode a stream by the given encoding, or by its byte order mark.

    Bytes that cannot be decoded become lone surrogates, to be refused with their position: a guess at another
    encoding would read `naïve` as `naďve`, and nobody would notice.
    """
    head = stream.read(_HEAD)
    check_file_type(head)
    encoding = _encoding(head, given)
    whole = io.BufferedReader(_Rejoined(head, stream))
    text = io.TextIOWrapper(whole, encoding=encoding, errors="surrogateescape", newline="")
    return DecodedText(text, encoding)


def lines_of(text: io.TextIOBase, *, before: int = 0) -> Iterator[str]:
    """The lines of a text, with their ends; too long ones are refused, to bound the memory."""
    number = before
    try:
        for number, line in enumerate(iter(partial(text.readline, LONGEST_LINE), ""), start=before + 1):
            if len(line) == LONGEST_LINE:
                raise InvalidRow(f"line {number}", f"more than {LONGEST_LINE:,} characters", broken=True)
            yield line
    except DAMAGED as error:
        raise InvalidRow(f"line {number + 1}", read_error_message(error), broken=True) from error


def decoding_error(text: str, encoding: str) -> str | None:
    """What is wrong with a decoded text: bytes of another encoding, or zero bytes; None if nothing."""
    if "\0" in text:
        another = option("encoding", "utf-16")
        return f"has a zero byte: the file is damaged, or in another encoding: give it, such as {another}"
    if text.isascii():
        return None
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        code = ord(text[error.start])
        if code in _ESCAPED:
            return (
                f"byte 0x{code - 0xDC00:02X} is not {encoding.removesuffix('-sig').upper()}: "
                f"save the file as UTF-8, or give its encoding, such as {option('encoding', 'cp1252')}"
            )
        return f"has the lone surrogate U+{code:04X}"
    return None


def _encoding(head: bytes, given: str | None) -> str:
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    if given is not None:
        known = check_encoding(given)
        if marked and not (marked.startswith(known) or known.startswith(marked)):
            name = marked.removesuffix("-sig")
            what = f"the file begins with the byte order mark of {name}, so that it is no {known}"
            what += f": leave out {option('encoding')}"
            raise InvalidRow("its beginning", what, broken=True)
        return marked or known
    return marked or _by_zeros(head) or "utf-8"


def _by_zeros(head: bytes) -> str | None:
    """UTF-16 without a byte order mark: in ASCII text every other byte is zero."""
    even, odd = head[:_ASCII:2], head[1:_ASCII:2]
    if all(even) and odd and not any(odd):
        return "utf-16-le"
    if all(odd) and odd and not any(even):
        return "utf-16-be"
    return None


class _Rejoined(io.RawIOBase):
    """A stream with the bytes that were read ahead put back."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = memoryview(head)
        # `read1` still returns what precedes the damage of a file, so that its line is known.
        self._read: Callable[[int], bytes] = getattr(rest, "read1", rest.read)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        part: memoryview | bytes
        if self._head:
            part, self._head = self._head[: len(buffer)], self._head[len(buffer) :]
        else:
            part = self._read(len(buffer))
        buffer[: len(part)] = part
        return len(part)
