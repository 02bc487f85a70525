"""Where data lies: compressed files, standard input, addresses."""

import bz2
import gzip
import io
import lzma
import sys
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from robustaudit.core.errors import MissingExtra, NetworkUnavailable, UserError
from robustaudit.datasets import ReadOptions, load
from robustaudit.datasets.locations import Location

CONTENT = 'text,label\n"I loved it, truly 👍",1\nBad.,0\n'
TEXTS = ["I loved it, truly 👍", "Bad."]


def zstandard(content: bytes) -> bytes:
    with pa.BufferOutputStream() as sink:
        with pa.CompressedOutputStream(sink, "zstd") as stream:
            stream.write(content)
        return sink.getvalue().to_pybytes()


COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard,
}


def texts(name: str, **options: str) -> list[str]:
    return [example.text for example in load(name, ReadOptions.given(**options)).examples]  # type: ignore[arg-type]


def parquet() -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({"text": TEXTS, "label": [1, 0]}), sink)
    return sink.getvalue()


@pytest.mark.parametrize("ending", COMPRESSORS)
def test_compressed_files_are_read(ending: str) -> None:
    Path(f"my.csv.{ending}").write_bytes(COMPRESSORS[ending](CONTENT.encode()))
    assert texts(f"my.csv.{ending}") == TEXTS
    Path(f"my.parquet.{ending}").write_bytes(COMPRESSORS[ending](parquet()))
    assert texts(f"my.parquet.{ending}") == TEXTS


@pytest.mark.parametrize("ending", COMPRESSORS)
def test_a_compressed_file_that_is_cut_short_is_never_read_as_a_shorter_one(ending: str) -> None:
    lines = "".join(f"Number {number * number}.,{number % 2}\n" for number in range(2000))
    whole = COMPRESSORS[ending](b"text,label\n" + lines.encode())
    for cut in (len(whole) // 2, len(whole) - 1):
        Path(f"my.csv.{ending}").write_bytes(whole[:cut])
        with pytest.raises(UserError, match="cut short"):
            load(f"my.csv.{ending}", ReadOptions.given(on_bad_row="skip"))


@pytest.mark.parametrize(("form", "content"), [("csv", CONTENT.encode()), ("parquet", parquet())])
def test_standard_input_is_read(form: str, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    dataset = load("-", ReadOptions.given(data_format=form))
    assert [example.text for example in dataset.examples] == TEXTS
    assert dataset.name == "stdin"


def test_standard_input_needs_a_format() -> None:
    with pytest.raises(UserError, match="standard input has no ending: give --data-format, one of csv, tsv,"):
        load("-")


def test_a_format_may_be_said_where_the_name_says_none() -> None:
    Path("mine.txt").write_text("text\tlabel\nFine, really\t1\n")
    assert texts("mine.txt", data_format="tsv") == ["Fine, really"]


def test_what_fsspec_knows_is_read() -> None:
    with fsspec.open("memory://folder/my.csv", "wb") as stream:
        stream.write(CONTENT.encode())
    assert texts("memory://folder/my.csv") == TEXTS
    assert load("memory://folder/my.csv").name == "my.csv"
    with pytest.raises(UserError, match=r"data file 'memory://gone\.csv' does not exist"):
        load("memory://gone.csv")


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A server of files, which says nothing."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    (tmp_path / "served").mkdir()
    (tmp_path / "served/my.csv.gz").write_bytes(gzip.compress(CONTENT.encode()))
    (tmp_path / "served/my.parquet").write_bytes(parquet())
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "served")))
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("name", ["my.csv.gz", "my.parquet"])
def test_files_are_read_over_http(address: str, name: str) -> None:
    said: list[str] = []
    dataset = load(f"{address}/{name}?token=secret", announce=said.append)
    assert [example.text for example in dataset.examples] == TEXTS
    assert said == [f"reading '{address}/{name}'"]
    assert dataset.name == name


def test_what_a_server_does_not_have_does_not_exist(address: str) -> None:
    with pytest.raises(UserError) as caught:
        load(f"{address}/gone.csv?token=secret")
    assert str(caught.value) == f"data file '{address}/gone.csv' does not exist"


def test_a_server_that_does_not_answer_is_unreachable_and_no_secret_is_told() -> None:
    with pytest.raises(NetworkUnavailable) as caught:
        load("http://someone:secret@127.0.0.1:1/my.csv?token=secret")
    assert str(caught.value) == (
        "data file 'http://127.0.0.1:1/my.csv' cannot be fetched: ClientConnectorError"
    )


def test_no_part_of_a_chained_address_tells_a_secret() -> None:
    with pytest.raises(UserError) as caught:
        load("zip://a.cvs::http://someone:secret@127.0.0.1:1/a.zip?token=secret")
    assert str(caught.value).startswith("data file 'zip://a.cvs::http://127.0.0.1:1/a.zip' must end in .csv")


@pytest.mark.parametrize("given", ["https://[bad/my.csv", "https://host/my.csv"])
def test_an_address_is_named_as_it_is(given: str) -> None:
    assert Location.parse(given, None).name == "my.csv"


def test_a_closed_standard_input_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(UserError, match="standard input is closed"):
        load("-", ReadOptions(form="csv"))


def test_offline_no_address_is_asked(address: str) -> None:
    with pytest.raises(NetworkUnavailable, match="and the network is not to be used"):
        load(f"{address}/my.csv.gz", offline=True)


def test_a_protocol_that_nobody_knows_is_named() -> None:
    with pytest.raises(UserError, match=r"data file 'nosuch://a/b\.csv': unknown protocol 'nosuch'"):
        load("nosuch://a/b.csv")


@pytest.mark.parametrize("package", ["fsspec", "aiohttp"])
def test_without_the_packages_the_extra_is_named(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules, "fsspec.implementations.http", raising=False)
    with pytest.raises(MissingExtra, match=rf"{package} is not installed: .*robustaudit\[remote\]"):
        load("https://127.0.0.1:1/my.csv")
