"""Feather and Arrow files are read like Parquet, whatever their compression, within the size limit."""

from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pytest

from robustaudit.core.errors import UserError
from robustaudit.datasets import ReadOptions, load

TABLE = pa.table({"text": ["Fine.", "Bad.", "Naïve."], "label": ["pos", "neg", "neg"], "more": [1, 2, 3]})
FOUND = [("Fine.", 1), ("Bad.", 0), ("Naïve.", 0)]


def write(name: str, table: pa.Table, *, stream: bool = False, compression: str | None = None) -> None:
    """Write a table as a file or a stream of Arrow."""
    options = pa.ipc.IpcWriteOptions(compression=compression)
    kind = pa.ipc.new_stream if stream else pa.ipc.new_file
    with Path(name).open("wb") as opened, kind(opened, table.schema, options=options) as written:
        written.write_table(table, max_chunksize=2)


@pytest.mark.parametrize("name", ["my.feather", "my.arrow", "my.ipc"])
@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("compression", [None, "lz4", "zstd"])
def test_a_file_and_a_stream_are_read(name: str, *, stream: bool, compression: str | None) -> None:
    write(name, TABLE, stream=stream, compression=compression)
    data = load(name)
    assert [(example.text, example.label) for example in data.examples] == FOUND
    assert data.label_names == ("neg", "pos")


def test_labels_may_be_a_dictionary() -> None:
    coded = TABLE.set_column(1, "label", TABLE["label"].dictionary_encode())
    write("my.arrow", coded, compression="lz4")
    assert [(example.text, example.label) for example in load("my.arrow").examples] == FOUND


@pytest.mark.parametrize("coded", [True, False])
def test_what_is_too_large_unpacked_is_refused_before_it_is_unpacked(*, coded: bool) -> None:
    texts = pa.array(["a" * 3_000_000, "b"])
    whole = pa.table({"text": texts.dictionary_encode() if coded else texts, "label": [1, 0]})
    write("my.feather", whole, compression="zstd")
    assert Path("my.feather").stat().st_size < 10_000
    with pytest.raises(UserError, match="bytes hold more than 2 MB unpacked: give --max-data-mb"):
        load("my.feather", ReadOptions.parse(max_data_mb=2))
    assert len(load("my.feather").examples) == 2


def test_no_damage_of_a_byte_ends_the_process() -> None:
    write("my.arrow", TABLE, compression="lz4")
    content = Path("my.arrow").read_bytes()
    for place in range(8, len(content), 7):
        Path("my.arrow").write_bytes(content[:place] + b"\xff" + content[place + 1 :])
        with suppress(UserError):
            load("my.arrow")
