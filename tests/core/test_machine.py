"""What a process may use of the machine."""

from pathlib import Path

import pytest

from robustaudit.core import machine
from robustaudit.core.machine import free_memory, threads_of_children, threads_wanted, usable_cores


def test_children_get_threads_unless_the_user_set_some(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in machine._THREADS:
        monkeypatch.delenv(name, raising=False)
    with threads_of_children(3):
        assert threads_wanted() == 3
    assert threads_wanted() is None
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    with threads_of_children(3):
        assert threads_wanted() == 5


@pytest.mark.parametrize("version", [1, 2])
def test_a_container_has_the_cores_and_memory_of_its_limits(
    version: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        1: {
            "cpu/box/cpu.cfs_quota_us": "150000\n",
            "cpu/box/cpu.cfs_period_us": "100000\n",
            "memory/box/memory.limit_in_bytes": "1000000\n",
            "memory/box/memory.usage_in_bytes": "900000\n",
            "memory/box/memory.stat": "cache 1\ninactive_file 300000\n",
        },
        2: {
            "cpu.max": "max 100000\n",
            "box/cpu.max": "150000 100000\n",
            "box/memory.max": "1000000\n",
            "box/memory.current": "900000\n",
            "box/memory.stat": "anon 1\ninactive_file 300000\n",
        },
    }[version]
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="ascii")
    groups = tmp_path / "groups"
    groups.write_text("0::/box\n" if version > 1 else "2:cpuacct,cpu:/box\n1:memory:/box\n", encoding="ascii")
    monkeypatch.setattr(machine, "_CGROUPS", tmp_path)
    monkeypatch.setattr(machine, "_OWN_GROUPS", groups)
    monkeypatch.setattr(machine.os, "sched_getaffinity", lambda _: range(8), raising=False)
    assert usable_cores() == 1
    assert free_memory() == 400_000
    groups.write_text("", encoding="ascii")
    assert usable_cores() == 8
