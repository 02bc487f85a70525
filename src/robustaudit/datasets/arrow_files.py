"""Files of Arrow: Feather, and the stream form that libraries also write."""

import struct
from collections.abc import Iterator
from io import IOBase
from typing import BinaryIO, cast

import pyarrow as pa

from robustaudit.core.spelling import option
from robustaudit.datasets.arrow import Wanted, rows_of_batches, schema_classes, schema_names
from robustaudit.datasets.encodings import check_file_type
from robustaudit.datasets.table import InvalidRow, SizeLimit, Table

_FILE = b"ARROW1"  # begins and ends a file, whose stream begins after two more bytes
_STREAM = (b"\xff\xff\xff\xff", b"\x10\x00\x00\x00")  # the latter before Arrow 0.15
_FIRST_FEATHER = b"FEA1"
_HEAD = 64  # bytes that show what a file is

# Indices of fields of Arrow's tables in a message: https://arrow.apache.org/docs/format/Columnar.html
_HEADER_KIND, _HEADER = 1, 2
_DICTIONARY, _BATCH = 2, 3  # kinds of headers
_BUFFERS, _COMPRESSION = 2, 3  # of a record batch
_DATA = 1  # of a dictionary


def arrow_file(stream: BinaryIO, wanted: Wanted, most: int | None = None) -> Table:
    """The table of Arrow messages of at most `most` unpacked bytes; only `wanted` columns are read."""
    begin = _begin(stream)
    size = stream.seek(0, 2)
    stream.seek(begin)
    try:
        _check_size(stream, SizeLimit(most, size))
        stream.seek(begin)
        reader = pa.ipc.open_stream(cast("IOBase", stream))
    except (pa.ArrowException, struct.error, IndexError, MemoryError) as error:  # of a length that is wrong
        raise InvalidRow("its content", "Arrow that is damaged: write it again", broken=True) from error
    names = schema_names(reader.schema)
    rows = rows_of_batches(_checked(reader, wanted(names)))
    return Table(rows=rows, names=tuple(names), format="Arrow", classes=schema_classes(reader.schema))


def _begin(stream: BinaryIO) -> int:
    """Where the messages begin; refuses other files."""
    stream.seek(0)
    head = stream.read(_HEAD)
    if head.startswith(_FILE):
        return len(_FILE) + 2
    if head.startswith(_STREAM):
        return 0
    if head.startswith(_FIRST_FEATHER):
        raise InvalidRow("its beginning", "Feather of version 1: write it as version 2", broken=True)
    check_file_type(head)
    what = f"not Arrow or Feather, but {head[:6]!r}: give {option('data_format')}"
    raise InvalidRow("byte 1", what, broken=True)


def _check_size(stream: BinaryIO, limit: SizeLimit) -> None:
    """Refuse data that is too large unpacked, by what is written before each packed buffer."""
    for message in pa.ipc.MessageReader.open_stream(cast("IOBase", stream)):
        limit.spend(_unpacked(message))


def _unpacked(message: "pa.Message") -> int:
    """The bytes that the body of a message takes once it is unpacked."""
    content = message.metadata.to_pybytes()
    body = message.body
    root = struct.unpack_from("<I", content)[0]
    kind = _place(content, root, _HEADER_KIND)
    header = _reference(content, root, _HEADER)
    if body is None or kind is None or header is None:
        return 0
    batch = _reference(content, header, _DATA) if content[kind] == _DICTIONARY else header
    if content[kind] not in (_DICTIONARY, _BATCH) or batch is None:
        return body.size
    if _place(content, batch, _COMPRESSION) is None:
        return body.size
    return sum(_lengths(content, batch, body))


def _lengths(content: bytes, batch: int, body: pa.Buffer) -> Iterator[int]:
    """The unpacked length of each buffer; -1 before one means that it is not packed."""
    vector = _reference(content, batch, _BUFFERS)
    number = 0 if vector is None else struct.unpack_from("<I", content, vector)[0]
    for index in range(number):
        offset, length = struct.unpack_from("<qq", content, (vector or 0) + 4 + 16 * index)
        if length > 0:
            unpacked = struct.unpack("<q", body.slice(offset, 8).to_pybytes())[0]
            yield length if unpacked < 0 else unpacked


def _place(content: bytes, table: int, index: int) -> int | None:
    """Where a field of a table of FlatBuffers is; None if it has its default."""
    names = table - struct.unpack_from("<i", content, table)[0]
    if 4 + 2 * index >= struct.unpack_from("<H", content, names)[0]:
        return None
    offset = struct.unpack_from("<H", content, names + 4 + 2 * index)[0]
    return table + offset if offset else None


def _reference(content: bytes, table: int, index: int) -> int | None:
    """Where the table or vector begins that a field refers to."""
    place = _place(content, table, index)
    return None if place is None else place + int(struct.unpack_from("<I", content, place)[0])


def _checked(reader: "pa.RecordBatchReader", columns: list[str]) -> Iterator[pa.RecordBatch]:
    """The batches, each checked before it is used: offsets of a damaged file may point anywhere."""
    for whole in reader:
        part = whole.select(columns)
        part.validate(full=True)
        yield part
