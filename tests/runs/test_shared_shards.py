"""Finished units lie at another address too, from where a start on another machine goes on."""

from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from fakes import FakeSource, LetterCounter
from robustaudit.attacks import parse_attack
from robustaudit.core.errors import UserError
from robustaudit.datasets import load
from robustaudit.runs.execution import execute_plan
from robustaudit.runs.plan import Plan, make_plan
from robustaudit.runs.shared_shards import SharedShards, check_shards
from robustaudit.runs.work_units import InProcess, WorkerProcesses

MEMORY = "memory://bucket/audits"


@pytest.fixture(autouse=True)
def _empty() -> Iterator[None]:
    yield
    fsspec.filesystem("memory").store.clear()


def plan(source: FakeSource | None = None, *, seed: int = 0) -> Plan:
    sources = [source or FakeSource()]
    return make_plan(load("tiny"), sources, [parse_attack("qwerty")], trials=2000, seed=seed)


def run(folder: Path, address: str, *, seed: int = 0) -> tuple[dict[str, bytes], list[str], list[str]]:
    """The shards of a run, the texts that its model was queried with, and what was reported."""
    told: list[str] = []
    source = FakeSource()
    made = plan(source, seed=seed)
    execute_plan(made, folder, executor=SharedShards(InProcess(), address, made, tell=told.append))
    models = [model for model in source.loaded if isinstance(model, LetterCounter)]
    asked = [text for model in models for batch in model.asked for text in batch]
    return {path.name: path.read_bytes() for path in (folder / "trials").iterdir()}, asked, told


@pytest.mark.parametrize("kind", ["memory", "folder"])
def test_a_run_whose_machine_is_lost_goes_on_elsewhere_with_nothing_asked_twice(
    tmp_path: Path, kind: str
) -> None:
    address = MEMORY if kind == "memory" else str(tmp_path / "shared")
    first, asked, told = run(tmp_path / "a", address)
    assert asked
    assert told == []
    second, asked, told = run(tmp_path / "b", address)
    assert second == first
    assert asked == []
    assert told == [f"{len(first)} units of this plan were there already, in {address!r}"]


def test_shards_of_another_plan_are_none_of_this_one(tmp_path: Path) -> None:
    run(tmp_path / "a", MEMORY)
    _, asked, told = run(tmp_path / "b", MEMORY, seed=1)
    assert asked
    assert told == []


@pytest.mark.parametrize("damage", ["cut short", "changed", "of another unit"])
def test_a_damaged_shard_is_done_again(tmp_path: Path, damage: str) -> None:
    shared = tmp_path / "shared"
    first, _, _ = run(tmp_path / "a", str(shared))
    one, other = sorted(shared.rglob("*.parquet"))[:2]
    data = one.read_bytes()
    if damage == "cut short":
        one.write_bytes(data[: len(data) // 2])
    elif damage == "changed":
        one.write_bytes(data[:100] + bytes([data[100] ^ 1]) + data[101:])
    else:
        other.rename(one.with_name(one.name.partition(".")[0] + "." + other.name.partition(".")[2]))
        one.unlink()
    second, asked, told = run(tmp_path / "b", str(shared))
    assert second == first
    assert asked
    reason = (
        "is a shard of another plan or unit" if damage == "of another unit" else "has a checksum mismatch"
    )
    assert any(line.endswith(f"{reason}: done again") for line in told)


def test_worker_processes_write_shards_too(tmp_path: Path) -> None:
    made = plan()
    shared = tmp_path / "shared"
    execute_plan(made, tmp_path / "a", executor=SharedShards(WorkerProcesses(2), str(shared), made))
    assert len(list(shared.rglob("*.parquet"))) == len(made.units())


@pytest.mark.parametrize(
    ("address", "line"),
    [
        ("nowhere://bucket", "--shards 'nowhere://bucket' cannot be used: Protocol not known: nowhere"),
        ("memory://a", "--shards 'memory://a' is not on this machine, and network access is off"),
    ],
)
def test_an_address_that_cannot_be_used_is_one_clear_line(address: str, line: str) -> None:
    with pytest.raises(UserError) as caught:
        check_shards(address, offline=True)
    assert str(caught.value) == line


def test_a_folder_that_cannot_be_written_to_ends_the_run(tmp_path: Path) -> None:
    (tmp_path / "shared").write_text("a file", encoding="utf-8")
    with pytest.raises(UserError, match=r"^--shards '.*shared' cannot be used: |^cannot write '"):
        run(tmp_path / "a", str(tmp_path / "shared"))
