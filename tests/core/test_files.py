import hashlib
import os
import stat
from pathlib import Path

import pytest

from robustaudit.core.errors import UserError
from robustaudit.core.files import check_writable, is_file, is_folder, sha256_of, write_atomically, write_new


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


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
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
    with pytest.raises(UserError, match="is there already: nothing is overwritten"):
        write_new(path, b"second")
    assert path.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(UserError, match="cannot write"):
        write_new(tmp_path / "no" / "folder", b"")
