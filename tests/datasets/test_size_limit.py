"""Small files that hold very much: what may be unpacked is bounded, and memory before that."""

import gzip
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from robustaudit.core.errors import UserError
from robustaudit.datasets import ReadOptions, load
from robustaudit.datasets.arrow import rows_at_once
from robustaudit.datasets.table import MEGABYTE, SizeLimit

LONG = "It works as it should. " * 50_000  # 1.15 MB
TWO = ReadOptions.parse(max_data_mb=2)


def often(number: int) -> pa.Table:
    """A table in whose memory the long text of all rows stands once."""
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * number, pa.int32()), [LONG])
    return pa.table({"text": texts, "label": [0] * number})


def write_often(name: str, number: int, *, strings: bool = True, **options: Any) -> None:
    """A Parquet file in which that text stands as often, and which tells Arrow that it has strings."""
    pq.write_table(often(number), name, compression="zstd", store_schema=not strings, **options)


@pytest.fixture
def peak() -> Iterator[Callable[[], int | None]]:
    """The most bytes that Arrow held."""
    usual = pa.default_memory_pool()
    pool = pa.proxy_memory_pool(usual)
    pa.set_memory_pool(pool)
    yield pool.max_memory
    pa.set_memory_pool(usual)


def at_once(name: str, columns: tuple[str, ...] = ("text", "label")) -> int:
    with Path(name).open("rb") as stream:
        metadata = pq.ParquetFile(io.BytesIO(Path(name).read_bytes())).metadata
        return rows_at_once(stream, metadata, 0, columns)


def test_data_may_hold_what_is_given_or_256_megabytes_or_100_times_its_size() -> None:
    assert SizeLimit(7, size=10**9).most == 7
    assert SizeLimit(size=5).most == 256 * MEGABYTE
    assert SizeLimit(size=10 * MEGABYTE).most == 1000 * MEGABYTE


@pytest.mark.parametrize("ending", ["csv", "jsonl", "json"])
def test_packed_text_that_holds_more_is_refused(ending: str) -> None:
    rows = [json.dumps({"text": "It works. " * 100 + str(number), "label": 1}) for number in range(3000)]
    text = {
        "csv": "text,label\n" + f"{'It works. ' * 100},1\n" * 3000,
        "jsonl": "\n".join(rows),
        "json": f"[{','.join(rows)}]",
    }[ending]
    Path(f"my.{ending}").write_text(text, encoding="utf-8")
    Path(f"my.{ending}.gz").write_bytes(gzip.compress(text.encode("utf-8")))
    with pytest.raises(
        UserError, match=r"its content: .* bytes hold more than 2 MB unpacked: give --max-data"
    ):
        load(f"my.{ending}.gz", TWO)
    assert load(f"my.{ending}.gz").size == load(f"my.{ending}", TWO).size == 3000


def test_packed_parquet_that_holds_more_is_refused_on_the_way_to_a_copy() -> None:
    write_often("plain.parquet", 3, use_dictionary=False)
    pq.write_table(pq.read_table("plain.parquet"), "my.parquet", use_dictionary=False, compression="none")
    Path("my.parquet.gz").write_bytes(gzip.compress(Path("my.parquet").read_bytes()))
    with pytest.raises(UserError, match="hold more than 2 MB unpacked"):
        load("my.parquet.gz", TWO)


@pytest.mark.parametrize("strings", [True, False], ids=["strings in Arrow", "a dictionary in Arrow"])
def test_parquet_whose_rows_hold_more_than_its_pages_is_refused(
    peak: Callable[[], int | None], *, strings: bool
) -> None:
    write_often("my.parquet", 200, strings=strings)
    assert Path("my.parquet").stat().st_size < 1000
    with pytest.raises(UserError, match="bytes hold more than 100 MB unpacked"):
        load("my.parquet", ReadOptions.parse(max_data_mb=100))
    assert load("my.parquet", ReadOptions.parse(max_examples=2)).statistics.longest == len(LONG)
    assert peak() < 180 * MEGABYTE  # all rows at once are 230


def test_parquet_whose_pages_hold_more_is_refused_before_they_are_unpacked() -> None:
    write_often("my.parquet", 3, use_dictionary=False)
    size = Path("my.parquet").stat().st_size
    with pytest.raises(UserError, match=f"its content: {size:,} bytes hold more than 2 MB unpacked"):
        load("my.parquet", TWO)


def test_so_many_rows_are_unpacked_at_once_as_memory_is_meant_to_hold() -> None:
    write_often("dictionary.parquet", 2)
    assert at_once("dictionary.parquet") == 64 * MEGABYTE // (len(LONG) + 4)
    assert at_once("dictionary.parquet", ("label",)) == 4096
    write_often("plain.parquet", 2, use_dictionary=False)
    assert at_once("plain.parquet") == 4096
    write_often("delta.parquet", 2, use_dictionary=False, column_encoding={"text": "DELTA_BYTE_ARRAY"})
    assert at_once("delta.parquet") < 60


def test_a_page_whose_header_cannot_be_read_may_hold_what_all_pages_do() -> None:
    write_often("my.parquet", 2)
    metadata = pq.ParquetFile("my.parquet").metadata
    total = metadata.row_group(0).column(0).total_uncompressed_size
    for header in (b"", b"\x15", b"\x15\x04\x16", b"\x15\x80\x80\x80", b"\x15\x04\x15\x01"):
        stream = io.BytesIO(bytes(4) + header)
        assert rows_at_once(stream, metadata, 0, ("text",)) == 64 * MEGABYTE // total


def test_the_columns_of_a_name_are_those_within_it_and_no_others() -> None:
    table = pa.table({"a": [{"b": LONG}] * 9, "ab": [1] * 9, "a.b": ["x"] * 9})
    pq.write_table(table, "my.parquet", compression="zstd")
    assert at_once("my.parquet", ("ab",)) == 4096
    assert at_once("my.parquet", ("a",)) < 60


def test_one_object_of_json_is_taken_in_up_to_a_length() -> None:
    content = {"text": ["It works. " * 200_000], "label": [1]}
    Path("my.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(UserError, match="a JSON object of more than 1,000,000 characters"):
        load("my.json", ReadOptions.parse(max_data_mb=1))
    assert load("my.json").size == 1


def test_of_saved_values_that_stand_often_memory_holds_few_at_once(peak: Callable[[], int | None]) -> None:
    table = often(200)
    Path("mine").mkdir()
    with pa.OSFile("mine/data.arrow", "wb") as sink, pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    Path("mine/state.json").write_text('{"_data_files": [{"filename": "data.arrow"}]}', encoding="utf-8")
    assert load("mine", ReadOptions.parse(max_examples=100)).size == 100
    assert peak() < 180 * MEGABYTE


def test_numbers_of_parquet_that_are_damaged_never_end_the_process() -> None:
    table = pa.table({"text": pa.array(["Fine.", "Bad."]).dictionary_encode(), "label": [1, 0]})
    sink = io.BytesIO()
    pq.write_table(table, sink, store_schema=False)
    content = sink.getvalue()
    footer = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    told = 0
    for place in range(footer, len(content)):
        Path("my.parquet").write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        try:
            load("my.parquet")
        except UserError as error:
            told += str(error).startswith("data file 'my.parquet'")
    assert told > 50
