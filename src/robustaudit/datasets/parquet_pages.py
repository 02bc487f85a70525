"""How many rows of a Parquet file to unpack at once, told by the pages that are before them."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from robustaudit.datasets.budget import MEGABYTE, Budget

_MOST_ROWS = 4096
_AT_ONCE = 64 * MEGABYTE
_HEADER = 16  # bytes that hold the first numbers of a page's header
_NUMBER = b"\x15"  # what stands before a number that is the next field (Thrift's compact protocol)
_DATA, _DICTIONARY = (0, 3), 2  # types of pages


def batches(
    file: pq.ParquetFile, stream: BinaryIO, columns: Collection[str], budget: Budget
) -> Iterator[pa.RecordBatch]:
    """The rows of a file in batches that memory holds, though each row were the longest of a dictionary.

    Raises:
        BadRow: its pages alone hold more than the budget allows.
    """
    groups = range(file.num_row_groups)
    replace(budget).spend(sum(file.metadata.row_group(group).total_byte_size for group in groups))
    for group in groups:
        # pyarrow ends the process where it is asked for the numbers of a chunk that are damaged; as it reads
        # a row of it, it looks at the same numbers and raises an error.
        if next(file.iter_batches(1, [group], list(columns)), None) is not None:
            at_once = rows_at_once(stream, file.metadata, group, columns)
            yield from file.iter_batches(at_once, [group], list(columns))


def rows_at_once(stream: BinaryIO, metadata: pq.FileMetaData, group: int, columns: Collection[str]) -> int:
    """How many rows of a group can be unpacked at once, where each may be the longest of a dictionary."""
    chunks = [metadata.row_group(group).column(place) for place in _places(metadata, columns)]
    return max(1, min(_MOST_ROWS, _AT_ONCE // max([1, *(_longest(stream, chunk) for chunk in chunks)])))


def _places(metadata: pq.FileMetaData, columns: Collection[str]) -> list[int]:
    """The numbers of the leaves that columns of those names have."""
    paths = [metadata.schema.column(place).path for place in range(metadata.num_columns)]
    within = tuple(f"{name}." for name in columns)
    return [place for place, path in enumerate(paths) if path in columns or path.startswith(within)]


def _longest(stream: BinaryIO, chunk: pq.ColumnChunkMetaData) -> int:
    """Bytes that no value of a chunk is longer than that is not written out for itself."""
    if any(encoding.startswith("DELTA") for encoding in chunk.encodings):
        return chunk.total_uncompressed_size
    begins = [place for place in (chunk.dictionary_page_offset, chunk.data_page_offset) if place]
    stream.seek(min(begins, default=0))
    kind, size = _numbers(stream.read(_HEADER))
    if kind in _DATA:
        return 0
    return size if kind == _DICTIONARY else chunk.total_uncompressed_size


def _numbers(header: bytes) -> tuple[int | None, int]:
    """The type and the unpacked size with which the header of a page begins; None where it does not."""
    found: list[int] = []
    place = 0
    while len(found) < 2 and header[place : place + 1] == _NUMBER:  # noqa: PLR2004
        number = shift = 0
        place += 1
        while place < len(header):
            byte = header[place]
            number, shift, place = number | (byte & 0x7F) << shift, shift + 7, place + 1
            if byte < 0x80:  # noqa: PLR2004  (the last of a number)
                found.append(number >> 1 ^ -(number & 1))
                break
    return (found[0], found[1]) if len(found) == 2 and found[1] >= 0 else (None, 0)  # noqa: PLR2004
