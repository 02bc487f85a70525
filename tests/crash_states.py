"""Every state in which a crash may leave the files below a folder, after ALICE (Pillai et al. 2014, "All File
Systems Are Not Created Equal", OSDI) and B3 (Mohan et al. 2018, "Finding Crash-Consistency Bugs with Bounded
Black-Box Crash Testing", OSDI).

The disk promises no more than POSIX. What a file held when it was flushed (`fsync`) is there; of each later
write there may be nothing, all, a part, or zeros of its length. What a folder held when it was flushed is
there; of later changes (a file made, renamed, linked, removed) each entry may have made any or none, whatever
the others did: a renamed file may be found under its old name, its new one, both or neither.
"""

import builtins
import io
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any, TypeAlias
from unittest.mock import patch

Tree: TypeAlias = dict[str, bytes | None]
"""Files by their path below the folder, with what they hold; None for a folder."""

_ROOT = 0
_NO_MATTER = (".part", ".lock", ".holder.json")  # what a writer or a lock leaves: other tests damage them
_MOST = 1_000_000  # states at one moment: more would mean that nothing is flushed


@dataclass(frozen=True)
class Entry:
    """A name of a folder gets a file or folder, or loses what it has."""

    folder: int
    name: str
    node: int | None


@dataclass(frozen=True)
class Written:
    """Bytes of a file."""

    node: int
    start: int
    data: bytes


@dataclass(frozen=True)
class Truncated:
    node: int
    size: int


@dataclass(frozen=True)
class Flushed:
    """A file or folder, by `fsync`."""

    node: int


@dataclass(frozen=True)
class Promised:
    """Not of the disk: the program said that some work is finished."""

    work: int


Change: TypeAlias = Entry | Written | Truncated | Flushed | Promised


@dataclass
class Disk:
    """The changes below a folder, in the order in which a program made them."""

    root: Path
    changes: list[Change] = field(default_factory=list)
    folders: set[int] = field(default_factory=lambda: {_ROOT})
    start: int = 0
    _nodes: int = 1
    _entries: dict[tuple[int, str], int] = field(default_factory=dict)
    _open: dict[int, tuple[int, os.stat_result]] = field(default_factory=dict)

    def promise(self, work: int) -> None:
        """Note how much work is finished from now on, whatever happens."""
        self.changes.append(Promised(work))

    def settle(self) -> None:
        """All that was done so far is on the disk; only crashes after it count."""
        self.changes += [Flushed(node) for node in range(self._nodes)]
        self.start = len(self.changes)

    def node(self, path: Any) -> int | None:
        """The file or folder of a path; None where it lies elsewhere, or was not made while this looked."""
        place = self._place(path)
        if place is None:
            return None
        node = _ROOT
        for name in place.parts:
            found = self._entries.get((node, name))
            if found is None:
                return None
            node = found
        return node

    def enter(self, path: Any, node: int | None = None) -> int:
        """Give a path a file or folder, a new one unless it is given."""
        if node is None:
            node, self._nodes = self._nodes, self._nodes + 1
        self._set(path, node)
        return node

    def leave(self, path: Any) -> None:
        self._set(path, None)

    def opened(self, number: int, node: int) -> None:
        self._open[number] = node, os.fstat(number)

    def node_of(self, number: int) -> int | None:
        """The file or folder that was opened under a number, if it still is that one's."""
        node, stat = self._open.get(number, (None, None))
        return node if stat and os.path.samestat(stat, os.fstat(number)) else None

    def _set(self, path: Any, node: int | None) -> None:
        folder = self.node(Path(path).parent)
        assert folder is not None, f"{path} lies in no folder that was seen"
        if node is None:
            del self._entries[folder, Path(path).name]
        else:
            self._entries[folder, Path(path).name] = node
        self.changes.append(Entry(folder, Path(path).name, node))

    def _place(self, path: Any) -> Path | None:
        if isinstance(path, int):
            return None
        try:
            whole = os.path.abspath(os.fsdecode(path))  # noqa: PTH100  (links stay)
            return Path(whole).relative_to(self.root)
        except ValueError:
            return None


@contextmanager
def recorded(root: Path) -> Iterator[Disk]:
    """Record what Python code of this process changes below a folder, which is empty."""
    assert not list(root.iterdir())
    disk = Disk(root)
    with ExitStack() as patches:
        for module, name, stands_in in _stand_ins(disk):
            patches.enter_context(patch.object(module, name, stands_in))
        patches.enter_context(patch.object(shutil, "_USE_CP_SENDFILE", new=False, create=True))
        yield disk


def _stand_ins(  # noqa: C901, PLR0915  (a function for each call)
    disk: Disk,
) -> Iterator[tuple[Any, str, Callable[..., Any]]]:
    """Functions that change files, each of which does so and is recorded."""
    really = {name: getattr(os, name) for name in ("open", "replace", "rename", "link", "unlink", "mkdir")}
    fsync, open_ = os.fsync, io.open

    def opened(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        number: int = really["open"](path, flags, mode, dir_fd=dir_fd)
        temporary = hasattr(os, "O_TMPFILE") and flags & os.O_TMPFILE == os.O_TMPFILE
        node = disk.node(path)
        if disk._place(path) is not None and not temporary:
            if node is None and flags & os.O_CREAT:
                node = disk.enter(path)
            elif node is not None and flags & os.O_TRUNC:
                disk.changes.append(Truncated(node, 0))
            if node is not None:
                disk.opened(number, node)
        return number

    def stream(file: Any, mode: str = "r", buffering: int = -1, *more: Any, **options: Any) -> Any:
        ours = disk.node_of(file) is not None if isinstance(file, int) else disk._place(file) is not None
        if not ours or not set(mode) & set("wax+"):
            return open_(file, mode, buffering, *more, **options)
        opener = options.get("opener") or (lambda path, flags: opened(path, flags, 0o666))
        raw = _Stream(disk, file, mode.replace("b", "").replace("t", ""), opener)
        if not buffering:
            return raw
        buffered = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        return buffered if "b" in mode else io.TextIOWrapper(buffered, options.get("encoding"))  # type: ignore[type-var]

    def flush(number: int) -> None:
        fsync(number)
        if (node := disk.node_of(number)) is not None:
            disk.changes.append(Flushed(node))

    def renamed(name: str) -> Callable[..., None]:
        def rename(old: Any, new: Any, **options: Any) -> None:
            node = disk.node(old)
            really[name](old, new, **options)
            if node is not None:
                disk.enter(new, node)
                disk.leave(old)

        return rename

    def link(old: Any, new: Any, **options: Any) -> None:
        really["link"](old, new, **options)
        if (node := disk.node(old)) is not None:
            disk.enter(new, node)

    def unlink(path: Any, **options: Any) -> None:
        there = disk.node(path) is not None
        really["unlink"](path, **options)
        if there:
            disk.leave(path)

    def mkdir(path: Any, *more: Any, **options: Any) -> None:
        really["mkdir"](path, *more, **options)
        if disk._place(path) is not None:
            disk.folders.add(disk.enter(path))

    yield os, "open", opened
    yield os, "fsync", flush
    yield os, "replace", renamed("replace")
    yield os, "rename", renamed("rename")
    yield os, "link", link
    yield os, "unlink", unlink
    yield os, "remove", unlink
    yield os, "mkdir", mkdir
    yield io, "open", stream
    yield builtins, "open", stream


class _Stream(io.FileIO):
    """A file whose writes are recorded."""

    def __init__(self, disk: Disk, file: Any, mode: str, opener: Callable[[Any, int], int]) -> None:
        super().__init__(file, mode, opener=None if isinstance(file, int) else opener)
        self._disk = disk
        self._node = disk.node_of(self.fileno())  # none of a file without a name

    def write(self, data: Any) -> int:
        start = self.tell()
        number = super().write(data)
        if self._node is not None:
            self._disk.changes.append(Written(self._node, start, bytes(data[:number])))
        return number

    def truncate(self, size: int | None = None) -> int:
        size = super().truncate(size)
        if self._node is not None:
            self._disk.changes.append(Truncated(self._node, size))
        return size


Cuts: TypeAlias = Callable[[int], list[int]]
"""The lengths to which a write of some bytes may have reached the disk."""


def few_cuts(size: int) -> list[int]:
    """One byte, the half, all but one."""
    return sorted({1, size // 2, size - 1} & set(range(1, size)))


def many_cuts(size: int) -> list[int]:
    """One byte, every 32 bytes, all but one; of more than a line, some thirty parts."""
    step = max(32, size // 32)
    return sorted({1, *range(step, size, step), size - 1} & set(range(1, size)))


@dataclass(frozen=True)
class State:
    """Files as a crash left them, and the work that the program had called finished before."""

    tree: Tree
    promised: int


def crash_states(disk: Disk, *, cuts: Cuts = few_cuts) -> list[State]:
    """All states that differ, except in files that make no difference to anybody."""
    found: dict[tuple[tuple[str, bytes | None], ...], State] = {}
    for moment in range(disk.start, len(disk.changes) + 1):
        promised = max((each.work for each in disk.changes[:moment] if isinstance(each, Promised)), default=0)
        for tree in _trees(disk.changes[:moment], disk.folders, cuts):
            key = tuple(sorted(tree.items()))
            before = found.get(key)
            if before is None or before.promised < promised:
                found[key] = State(tree, promised)
    return list(found.values())


def _trees(changes: list[Change], folders: set[int], cuts: Cuts) -> Iterator[Tree]:
    """The trees that a crash after these changes may leave."""
    entries, contents = _entries(changes), _contents(changes, cuts)
    size = 1
    for each in entries.values():
        size *= len(each)
    assert size <= _MOST, f"{size} states at once"
    for values in product(*entries.values()):
        chosen = {key: node for key, node in zip(entries, values, strict=True) if node is not None}
        places = _places(chosen, folders)
        files = sorted(set(places.values()) - folders)
        for held in product(*(contents.get(node, [b""]) for node in files)):
            data = dict(zip(files, held, strict=True))
            yield {path: data.get(node) if node in data else None for path, node in places.items()}


def _entries(changes: list[Change]) -> dict[tuple[int, str], list[int | None]]:
    """What each name of each folder may be found to be."""
    entries: dict[tuple[int, str], list[int | None]] = {}
    for each in changes:
        if isinstance(each, Entry) and not each.name.endswith(_NO_MATTER):
            known = entries.setdefault((each.folder, each.name), [None])
            known.append(each.node)
        elif isinstance(each, Flushed):
            for key, known in entries.items():
                if key[0] == each.node:
                    del known[:-1]
    return {key: list(dict.fromkeys(known)) for key, known in entries.items()}


def _contents(changes: list[Change], cuts: Cuts) -> dict[int, list[bytes]]:
    """What each file may be found to hold."""
    contents: dict[int, list[bytes]] = {}
    latest: dict[int, bytes] = {}
    for each in changes:
        if isinstance(each, Flushed) and each.node in latest:
            contents[each.node] = [latest[each.node]]
        elif isinstance(each, Written | Truncated):
            before = contents.setdefault(each.node, [b""])
            after = [_after(each, held, cuts) for held in before]
            latest[each.node] = _whole(each, latest.get(each.node, b""))
            contents[each.node] = list(dict.fromkeys([*before, *(one for some in after for one in some)]))
    return contents


def _whole(change: Written | Truncated, held: bytes) -> bytes:
    if isinstance(change, Truncated):
        return held[: change.size].ljust(change.size, b"\0")
    start, data = change.start, change.data
    return held[:start].ljust(start, b"\0") + data + held[start + len(data) :]


def _after(change: Written | Truncated, held: bytes, cuts: Cuts) -> Iterator[bytes]:
    yield _whole(change, held)
    if isinstance(change, Truncated):
        return
    size = len(change.data)
    torn = [change.data[:cut] for cut in cuts(size)]
    torn += [bytes(size), bytes(size // 2) + change.data[size // 2 :]]
    yield from (_whole(Written(change.node, change.start, data), held) for data in torn)


def _places(chosen: dict[tuple[int, str], int], folders: set[int]) -> dict[str, int]:
    """The path of each file and folder that is found."""
    places: dict[str, int] = {}
    waiting = [("", _ROOT)]
    while waiting:
        path, folder = waiting.pop()
        for (at, name), node in chosen.items():
            if at == folder:
                places[f"{path}{name}"] = node
                if node in folders:
                    waiting.append((f"{path}{name}/", node))
    return places


def lay_out(tree: Tree, root: Path) -> None:
    """Make the files of a state."""
    root.mkdir()
    for path, data in sorted(tree.items()):
        if data is None:
            (root / path).mkdir(parents=True, exist_ok=True)
        else:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(data)
