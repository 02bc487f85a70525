"""How large the values of a Parquet file can be, told before they are unpacked."""

from collections.abc import Collection
from dataclasses import replace
from typing import BinaryIO

import pyarrow.parquet as pq

from robustaudit.datasets.budget import MEGABYTE, Budget

_MOST_ROWS = 4096
_AT_ONCE = 64 * MEGABYTE
_HEADER = 16  # bytes that hold the first numbers of a page's header
_NUMBER = b"\x15"  # what stands before a number that is the next field (Thrift's compact protocol)
_DATA, _DICTIONARY = (0, 3), 2  # types of pages


def rows_at_once(
    stream: BinaryIO, metadata: pq.FileMetaData, columns: Collection[str], budget: Budget
) -> int:
    """How many rows can be unpacked at once, where each may be the longest value that a dictionary has.

    Raises:
        BadRow: the pages alone hold more than the budget allows.
    """
    chunks = [
        metadata.row_group(group).column(place)
        for place in _places(metadata, columns)
        for group in range(metadata.num_row_groups)
    ]
    longest = [_longest(stream, chunk) for chunk in chunks]
    needed = sum(
        max(chunk.total_uncompressed_size, least) for chunk, least in zip(chunks, longest, strict=True)
    )
    replace(budget).spend(needed)
    return max(1, min(_MOST_ROWS, _AT_ONCE // max([1, *longest])))


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
