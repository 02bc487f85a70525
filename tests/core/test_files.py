import errno
import hashlib
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Literal

import pytest

from robustaudit.core import files as resources
from robustaudit.core.errors import UserError
from robustaudit.core.files import (
    check_writable,
    is_file,
    is_folder,
    sha256_of,
    shipped,
    write_atomically,
    write_new,
    write_to,
)

posix = pytest.mark.skipif(os.name != "posix", reason="links, pipes and modes as POSIX has them")


def test_a_file_is_written_with_the_folders_it_needs(tmp_path: Path) -> None:
    path = tmp_path / "reports" / "run" / "result.json"
    write_atomically(path, b"{}")
    assert path.read_bytes() == b"{}"
    assert [found.name for found in path.parent.iterdir()] == ["result.json"]


def test_a_file_that_is_there_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_bytes(b"old and longer")
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("step", ["pathlib.Path.chmod", "pathlib.Path.replace"])
@pytest.mark.parametrize(
    ("failure", "told"),
    [(OSError("disk full"), UserError), (KeyboardInterrupt(), KeyboardInterrupt)],
    ids=["an error", "Ctrl-C"],
)
def test_a_writer_that_fails_leaves_the_old_file_and_nothing_else(
    step: str, failure: BaseException, told: type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "result.json"
    path.write_bytes(b"old")

    def fail(*_: object) -> None:
        raise failure

    with monkeypatch.context() as patched:
        patched.setattr(step, fail)
        with pytest.raises(told):
            write_atomically(path, b"new")

    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "result.json").mkdir()
    with pytest.raises(UserError, match=r"^cannot write '.*result\.json': Is a directory$"):
        write_atomically(tmp_path / "result.json", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["result.json"]


@posix
def test_a_file_is_as_readable_as_any_other_new_one(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    write_atomically(tmp_path / "atomic", b"")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert len(modes) == 1


def test_a_folder_that_can_be_made_is_writable_and_stays_empty(tmp_path: Path) -> None:
    check_writable(tmp_path / "a" / "b")
    assert list((tmp_path / "a" / "b").iterdir()) == []


@pytest.mark.parametrize("inside", [False, True], ids=["a file", "a folder in a file"])
def test_a_folder_that_cannot_be_made_is_named(inside: bool, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    folder = file / "within" if inside else file
    with pytest.raises(UserError) as caught:
        check_writable(folder)
    assert str(caught.value).startswith(f"output folder {str(folder)!r} is not writable: ")


def test_files_and_folders_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert is_file(tmp_path / "file")
    assert is_folder(tmp_path)
    assert not is_file(tmp_path)
    assert not is_folder(tmp_path / "file")


@pytest.mark.parametrize(
    "name", ["not there", "a\0zero", "long" * 1000], ids=["absent", "a zero byte", "too long"]
)
def test_whatever_a_user_types_is_asked_for_without_an_error(name: str) -> None:
    assert not is_file(Path(name))
    assert not is_folder(Path(name))


def test_the_hash_is_that_of_the_content(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"content")
    assert sha256_of(tmp_path / "data") == hashlib.sha256(b"content").hexdigest()


def no_links(*_: object) -> None:
    raise PermissionError(1, "Operation not permitted")


@pytest.mark.parametrize("links", [True, False])
def test_a_new_file_never_takes_the_place_of_one(
    links: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not links:
        monkeypatch.setattr(os, "link", no_links)
    path = tmp_path / "a.toml"
    write_new(path, b"first")
    with pytest.raises(UserError, match="already exists; nothing is overwritten"):
        write_new(path, b"second")
    assert path.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(UserError, match="cannot write"):
        write_new(tmp_path / "no" / "folder", b"")


@pytest.mark.parametrize("write", [write_atomically, write_to, write_new])
def test_content_is_on_the_disk_before_the_name_and_the_name_after_it(
    write: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[tuple[str, bool]] = []
    synced, path = os.fsync, tmp_path / "result.json"

    def sync(handle: int) -> None:
        steps.append(("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file", path.exists()))
        synced(handle)

    monkeypatch.setattr(os, "fsync", sync)
    write(path, b"{}")  # type: ignore[operator]
    assert steps == [("file", False), ("folder", True)]


def test_a_file_system_that_cannot_be_synced_is_written_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsupported(_: int) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(os, "fsync", unsupported)
    write_atomically(tmp_path / "result.json", b"{}")
    assert (tmp_path / "result.json").read_bytes() == b"{}"


@pytest.mark.parametrize("write", [write_atomically, write_to])
def test_a_disk_that_is_full_leaves_the_old_file_and_nothing_else(
    write: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "result.json"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UserError, match=r"^cannot write '.*result\.json': No space left on device$"):
        write(path, b"new")  # type: ignore[operator]
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("result.json", b"old")]


@posix
@pytest.mark.parametrize("write", [write_atomically, write_to])
def test_a_file_that_is_replaced_keeps_its_mode(write: object, tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.touch()
    path.chmod(0o640)
    write(path, b"new")  # type: ignore[operator]
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@posix
@pytest.mark.parametrize("there", [True, False], ids=["to a file", "to none yet"])
def test_a_link_that_the_user_names_is_followed(there: bool, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere" / "report.xml"
    target.parent.mkdir()
    if there:
        target.write_bytes(b"old")
    for name, points_to in (("second", target), ("first", tmp_path / "second")):
        (tmp_path / name).symlink_to(points_to)
    write_to(tmp_path / "first", b"new")
    assert (tmp_path / "first").is_symlink()
    assert target.read_bytes() == b"new"
    assert [path.name for path in target.parent.iterdir()] == ["report.xml"]


@posix
def test_a_link_in_a_folder_of_ours_leads_nowhere_else(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"old")
    (tmp_path / "gate.json").symlink_to("precious")
    write_atomically(tmp_path / "gate.json", b"new")
    assert (tmp_path / "precious").read_bytes() == b"old"
    assert (tmp_path / "gate.json").read_bytes() == b"new"


@posix
def test_links_in_a_circle_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(UserError, match=r"^cannot write '.*a': Too many levels of symbolic links$"):
        write_to(tmp_path / "a", b"new")


@posix
def test_a_pipe_is_written_into_and_stays_one(tmp_path: Path) -> None:
    pipe, got = tmp_path / "pipe", []
    os.mkfifo(pipe)
    (tmp_path / "link").symlink_to(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    write_to(tmp_path / "link", b"new")
    reader.join()
    assert got == [b"new"]
    assert pipe.is_fifo()
    assert len(list(tmp_path.iterdir())) == 2


@posix
def test_a_file_that_cannot_be_replaced_is_written_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one that is mounted by itself into a container."""

    def busy(*_: object) -> None:
        raise OSError(errno.EBUSY, "Device or resource busy")

    path = tmp_path / "report.xml"
    path.write_bytes(b"old and longer")
    monkeypatch.setattr(Path, "replace", busy)
    write_to(path, b"new")
    assert path.read_bytes() == b"new"
    with pytest.raises(UserError, match="resource busy"):
        write_to(tmp_path / "another.xml", b"new")
    assert list(tmp_path.iterdir()) == [path]


@posix
@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1"])
def test_standard_output_is_added_to_where_it_is_a_file(name: str, tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from robustaudit.core.files import write_to\n"
        f"print('before'); write_to(Path('{name}'), b'between\\n'); print('after')"
    )
    with (tmp_path / "output").open("wb") as stream:
        subprocess.run([sys.executable, "-c", code], stdout=stream, check=True)
    assert (tmp_path / "output").read_text().split() == ["before", "between", "after"]


def test_what_ships_is_found_in_the_repository() -> None:
    assert (shipped("attacks") / "report-mix.toml").is_file()
    assert shipped("trained_models").is_dir()


@pytest.mark.parametrize("name", ["attacks", "trained_models"])
def test_what_lies_in_the_package_comes_first(
    name: Literal["attacks", "trained_models"], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path / "site-packages" / "robustaudit"
    (installed / "shipped" / name).mkdir(parents=True)
    monkeypatch.setattr(resources, "_PACKAGE", installed)
    assert shipped(name) == installed / "shipped" / name
