"""Where data lies: compressed files, standard input, addresses."""

import bz2
import gzip
import io
import lzma
import os
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
    return [example.text for example in load(name, ReadOptions.parse(**options)).examples]  # type: ignore[arg-type]


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
        with pytest.raises(UserError, match="truncated"):
            load(f"my.csv.{ending}", ReadOptions.parse(on_bad_row="skip"))


@pytest.mark.parametrize(("form", "content"), [("csv", CONTENT.encode()), ("parquet", parquet())])
def test_standard_input_is_read(form: str, content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    dataset = load("-", ReadOptions.parse(data_format=form))
    assert [example.text for example in dataset.examples] == TEXTS
    assert dataset.name == "stdin"


def test_standard_input_needs_a_format() -> None:
    with pytest.raises(
        UserError, match="standard input has no file extension: give --data-format, one of csv, tsv,"
    ):
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
        load("-", ReadOptions(data_format="csv"))


def test_offline_no_address_is_asked(address: str) -> None:
    with pytest.raises(NetworkUnavailable, match="and network access is off"):
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


def complaint(name: str, **options: str) -> str:
    with pytest.raises(UserError) as caught:
        load(name, ReadOptions.parse(**options))  # type: ignore[arg-type]
    return str(caught.value)


@pytest.mark.parametrize("name", ["my.csv", "my.parquet", "mine"])
def test_a_pipe_is_not_waited_for(name: str) -> None:
    os.mkfifo(name)
    assert complaint(name) == (
        f"data file {name!r} is a pipe or a device: give it as standard input, --data - with --data-format"
    )


def test_a_device_is_not_read() -> None:
    assert complaint("/dev/zero", data_format="csv").startswith("data file '/dev/zero' is a pipe or a device")


@pytest.mark.parametrize("file", ["a.parquet", "state.json", "data.arrow"])
def test_a_pipe_in_a_folder_is_not_waited_for(file: str) -> None:
    Path("mine").mkdir()
    if file == "data.arrow":
        Path("mine/state.json").write_text('{"_data_files": [{"filename": "data.arrow"}]}', encoding="utf-8")
    os.mkfifo(f"mine/{file}")
    assert "is a pipe or a device" in complaint("mine") or "holds neither" in complaint("mine")


@pytest.mark.parametrize("end", ["more,1\n", "more\n"], ids=["whole", "broken"])
def test_a_file_that_changes_while_it_is_read_is_refused(end: str) -> None:
    Path("my.csv").write_text("review,label\nFine.,1\n", encoding="utf-8")

    def change(_: str) -> None:
        with Path("my.csv").open("a", encoding="utf-8") as stream:
            stream.write(end)

    with pytest.raises(UserError, match=r"^data file 'my\.csv' changed while it was being read: try again"):
        load("my.csv", announce=change)  # is told which columns are read before it is read


def test_a_file_of_a_folder_that_vanishes_is_one_line() -> None:
    Path("mine").mkdir()
    table = pa.table({"review": ["Fine."], "label": [1]})
    for name in ("a", "b"):
        pq.write_table(table, f"mine/{name}.parquet")
    with pytest.raises(UserError, match=r"^file 'mine/b\.parquet' does not exist$"):
        load("mine", announce=lambda _: Path("mine/b.parquet").unlink(missing_ok=True))


def test_a_file_that_may_not_be_read_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    Path("my.csv").write_text("text,label\nFine.,1\n", encoding="utf-8")
    monkeypatch.setattr(Path, "open", refused)
    assert complaint("my.csv") == "data file 'my.csv': 'my.csv' cannot be read: Permission denied"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"PK\x03\x04\x14\x00\x06\x00", "a zip archive, as files of Excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a file of an old Excel"),
        (b"\x1f\x8b\x08\x00", "compressed by gzip: its name must end in .gz"),
        (b"PAR1\x15\x04", "Parquet: give --data-format parquet"),
        (b"\x80\x04\x95\x0a", "a pickle of Python"),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
            "a pointer of Git LFS",
        ),
        (b"\n<!DOCTYPE html>\n<html>", "a web page"),
        (b"<html lang='en'>", "a web page"),
    ],
)
@pytest.mark.parametrize("name", ["my.csv", "my.jsonl", "my.parquet"])
def test_a_file_that_is_of_another_kind_is_told_which(content: bytes, what: str, name: str) -> None:
    if name == "my.parquet" and content.startswith(b"PAR1"):
        return
    Path(name).write_bytes(content)
    assert complaint(name).startswith(f"data file {name!r}, its beginning: it is ")
    assert what in complaint(name)


@pytest.mark.parametrize(
    ("mark", "given"), [(b"\xef\xbb\xbf", "cp1252"), (b"\xff\xfe", "utf-8"), (b"\xff\xfe", "latin-1")]
)
def test_an_encoding_that_the_files_mark_gainsays_is_refused(mark: bytes, given: str) -> None:
    Path("my.csv").write_bytes(mark + b"text,label\nFine.,1\n")
    assert "its beginning: the file begins with the byte order mark of utf-" in complaint(
        "my.csv", encoding=given
    )
