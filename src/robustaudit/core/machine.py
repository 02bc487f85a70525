"""What this process may use of the machine: cores, memory, and the threads of numerical libraries."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")
_OWN_GROUPS = Path("/proc/self/cgroup")
_MEMORY = Path("/proc/meminfo")
_THREADS = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "RAYON_NUM_THREADS",
)


def usable_cores() -> int:
    """The cores that this process may use: those it may run on, and no more than its container's share."""
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    quotas = [int(quota) / int(period) for quota, period in _cpu_limits() if quota.isdigit()]
    return max(1, min(cores, *(int(quota) for quota in quotas))) if quotas else cores


def free_memory() -> int | None:
    """The bytes that may be taken before memory runs out, here or in a container, where that is known."""
    known = [limit - used for limit, used in _memory_limits()]
    with suppress(OSError, AttributeError):
        available = re.search(r"^MemAvailable:\s+(\d+) kB", _MEMORY.read_text("ascii"), re.MULTILINE)
        known += [int(available[1]) * 1024] if available else []
    return max(0, min(known)) if known else None


def memory_taken() -> int | None:
    """The most bytes of memory that this process has held, where that is known."""
    if sys.platform == "win32":
        return None
    import resource  # noqa: PLC0415  (Windows has none)

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def threads_wanted() -> int | None:
    """The number of threads that the user set for numerical libraries: `OMP_NUM_THREADS` and its kin."""
    given = (os.environ.get(name, "") for name in _THREADS)
    return next((int(number) for number in given if number.isdigit() and int(number)), None)


@contextmanager
def threads_of_children(number: int) -> Iterator[None]:
    """Processes started inside give numerical libraries that many threads, unless the user set a number."""
    if threads_wanted() is not None:
        yield
        return
    ours = {name: str(number) for name in _THREADS if name not in os.environ}
    os.environ.update(ours)
    try:
        yield
    finally:
        for name in ours:
            os.environ.pop(name, None)


def _cpu_limits() -> Iterator[list[str]]:
    """Quota and period of each container around this process, in microseconds of a core."""
    for folder in _groups(""):
        yield from _numbers(folder, "cpu.max")
    for folder in _groups("cpu"):
        for quota in _numbers(folder, "cpu.cfs_quota_us"):
            yield from ([*quota, *period] for period in _numbers(folder, "cpu.cfs_period_us"))


def _memory_limits() -> Iterator[tuple[int, int]]:
    """The limit of each container around this process, and what is taken of it, in bytes."""
    kinds = (
        ("", "memory.max", "memory.current"),
        ("memory", "memory.limit_in_bytes", "memory.usage_in_bytes"),
    )
    for controller, limit, used in kinds:
        for folder in _groups(controller):
            for (most,) in _numbers(folder, limit):
                for (now,) in _numbers(folder, used) if most.isdigit() else ():
                    yield int(most), int(now) - _cached_files(folder)


def _cached_files(folder: Path) -> int:
    """Bytes of cached files that make room when it is needed."""
    lines = [*_numbers(folder, "memory.stat")]
    counts = dict(zip(*[iter(lines[0])] * 2, strict=False)) if lines else {}
    return int(counts.get("inactive_file", 0))


def _groups(controller: str) -> Iterator[Path]:
    """The folders of this process's control group and those around it; of version 2 without a controller."""
    with suppress(OSError):
        for line in _OWN_GROUPS.read_text("utf-8").splitlines():
            _, controllers, path = line.split(":", 2)
            if controller in controllers.split(","):
                # In a container the path may be the one outside, where only the root can be seen here.
                inside = Path(path.lstrip("/"))
                yield from {_CGROUPS / controller / each for each in (inside, *inside.parents)}


def _numbers(folder: Path, name: str) -> Iterator[list[str]]:
    with suppress(OSError):
        yield (folder / name).read_text("ascii").split()
