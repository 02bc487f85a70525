"""Files that are none, that change while they are read, or that are something else than their names say."""

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from robustaudit.core.errors import UserError
from robustaudit.datasets import ReadOptions, load


def complaint(name: str, **options: str) -> str:
    with pytest.raises(UserError) as caught:
        load(name, ReadOptions.given(**options))  # type: ignore[arg-type]
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

    with pytest.raises(UserError, match=r"^data file 'my\.csv' changed while it was read: read it again"):
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
        (b"\x1f\x8b\x08\x00", "packed by gzip: let its name end in .gz"),
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
    assert "its beginning: the file begins with the mark of utf-" in complaint("my.csv", encoding=given)
