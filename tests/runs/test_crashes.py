"""From each state in which a crash may leave files, the same command comes to the same end."""

from dataclasses import replace
from pathlib import Path

import pytest

from crash_states import Disk, crash_states, recorded
from crashes import CASES, Interrupted, crashed
from robustaudit.core import files
from robustaudit.core.files import remove_unfinished
from robustaudit.runs.manifest import NAME, read_manifest

AUDIT, REPLACED = CASES[0], CASES[10]


def half(size: int) -> list[int]:
    return [size // 2]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_whatever_a_crash_leaves_the_same_command_ends_alike(case: Interrupted, tmp_path: Path) -> None:
    found = crashed(case, tmp_path, half)
    assert found.wrong == []
    assert found.states > 1


def test_a_line_that_is_cut_at_any_byte_is_as_if_it_was_not_begun(tmp_path: Path) -> None:
    AUDIT.work(tmp_path, lambda _: None)
    lines = (tmp_path / "run" / NAME).read_bytes().splitlines(keepends=True)
    for number, line in enumerate(lines[1:], 1):
        before = b"".join(lines[:number])
        sound = replace(read_manifest(before), damage="is cut short at its last line", torn=True)
        torn = [line[:size] for size in range(1, len(line))]
        zeros = [bytes(size) + line[size:] for size in range(1, len(line) + 1)]
        assert all(read_manifest(before + rest) == sound for rest in (*torn, *zeros))


def test_shards_whose_folder_is_not_flushed_are_found_to_be_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "sync_folder", lambda _: None)
    assert any("0 of 510 were kept" in wrong for wrong in crashed(AUDIT, tmp_path, half).wrong)


def test_a_file_that_is_not_flushed_before_it_is_renamed_is_found_to_be_half_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_sync", lambda stream: stream.flush())
    with pytest.raises(AssertionError, match="half of a file can be read"):
        crashed(REPLACED, tmp_path, half)


def states_of(disk: Disk) -> set[tuple[tuple[str, bytes | None], ...]]:
    return {tuple(sorted(state.tree.items())) for state in crash_states(disk, cuts=half)}


def test_the_states_of_a_file_that_is_written_and_renamed_without_a_flush(tmp_path: Path) -> None:
    with recorded(tmp_path) as disk:
        (tmp_path / "a").write_bytes(b"1234")
        (tmp_path / "a").replace(tmp_path / "b")
    torn = (b"", b"12", b"\0\0\0\0", b"\0\x0034", b"1234")
    either = {(("a", data),) for data in torn} | {(("b", data),) for data in torn}
    both = {(("a", data), ("b", data)) for data in torn}  # one file under two names
    assert states_of(disk) == {(), *either, *both}


def test_the_states_of_a_file_that_is_flushed_with_its_folder(tmp_path: Path) -> None:
    with recorded(tmp_path) as disk:
        files.write_atomically(tmp_path / "a", b"1234")
        disk.settle()
        files.write_atomically(tmp_path / "a", b"5678")
    assert states_of(disk) == {(("a", b"1234"),), (("a", b"5678"),)}


def test_what_a_killed_writer_left_is_removed_where_the_run_goes_on(tmp_path: Path) -> None:
    AUDIT.work(tmp_path, lambda _: None)
    run = tmp_path / "run"
    left = [run / ".result.json.abc.part", run / "trials" / ".fake-000000-000000.parquet.abc.part"]
    others = [run / ".report.html.abc.part", run / "mine.part"]
    for path in (*left, *others):
        path.write_bytes(b"half")
    AUDIT.work(tmp_path, lambda _: None)
    assert [path.exists() for path in (*left, *others)] == [False, False, True, True]
    remove_unfinished(run)
    assert [path.exists() for path in others] == [False, True]
