"""Ways in which the files of a run come to harm: by disks, by tools, and by hand."""

import json
import os
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

Random = random.Random


@dataclass(frozen=True)
class Damage:
    """What was done to which files of a run's folder."""

    kind: str
    files: tuple[str, ...]
    number: int

    @property
    def file(self) -> str:
        return self.files[0]

    def named_in(self, text: str) -> bool:
        """Whether a message names one of them; of a manifest, what does not agree with it will do."""
        named = any(file in text for file in self.files)
        return named or ("manifest.jsonl" in self.files and "damaged" in text)

    def __str__(self) -> str:
        return f"{self.number}: {self.kind} of {', '.join(self.files)}"


def bit(data: bytes, rng: Random) -> bytes:
    place = rng.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << rng.randrange(8)]) + data[place + 1 :]


def byte(data: bytes, rng: Random) -> bytes:
    place = rng.randrange(len(data))
    return data[:place] + rng.randbytes(1) + data[place + 1 :]


def zeros(data: bytes, rng: Random) -> bytes:
    """As a sector that was never written."""
    place = rng.randrange(len(data))
    length = min(512, len(data) - place)
    return data[:place] + bytes(length) + data[place + length :]


def cut(data: bytes, rng: Random) -> bytes:
    return data[: rng.randrange(len(data))]


def beheaded(data: bytes, rng: Random) -> bytes:
    return data[rng.randrange(1, len(data)) :]


def lost(data: bytes, rng: Random) -> bytes:
    start, stop = sorted(rng.sample(range(len(data) + 1), 2))
    return data[:start] + data[stop:]


def doubled(data: bytes, rng: Random) -> bytes:
    start, stop = sorted(rng.sample(range(len(data) + 1), 2))
    return data[:stop] + data[start:]


def halves(data: bytes, _: Random) -> bytes:
    middle = len(data) // 2
    return data[middle:] + data[:middle]


def line_lost(data: bytes, rng: Random) -> bytes:
    lines = data.splitlines(keepends=True)
    place = rng.randrange(len(lines))
    return b"".join(lines[:place] + lines[place + 1 :])


def lines_swapped(data: bytes, rng: Random) -> bytes:
    lines = data.splitlines(keepends=True)
    first, second = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[first], lines[second] = lines[second], lines[first]
    return b"".join(lines)


def digit(data: bytes, rng: Random) -> bytes:
    """As by hand: one digit of a text is another."""
    places = [place for place, value in enumerate(data) if chr(value).isdigit()]
    place = rng.choice(places or [0])
    return data[:place] + str(rng.randrange(10)).encode() + data[place + 1 :]


def brackets(data: bytes, rng: Random) -> bytes:
    place = rng.randrange(len(data))
    return data[:place] + b"[" * 100_000 + data[place:]


def emptied(_: bytes, __: Random) -> bytes:
    return b""


def edited(data: bytes, rng: Random) -> bytes:
    """As by somebody who knows the format: another value, in a file that is in order."""
    if data.startswith(b"PAR1"):
        return _edited_table(data, rng)
    lines = data.decode().splitlines()
    documents = (
        [json.loads(line) for line in lines] if len(lines) > 1 and lines[0] != "{" else [json.loads(data)]
    )
    *way, last = rng.choice(list(_places(rng.choice(documents))))
    for document in documents:
        inner = document
        try:
            for key in way:
                inner = inner[key]
            inner[last] = rng.choice([0, 0.5, -1, 10**30, "", "1", None, True, [], {}, [inner[last]]])
            break
        except (KeyError, IndexError, TypeError):
            continue
    indent = None if len(documents) > 1 else 2
    return "".join(
        json.dumps(document, indent=indent, ensure_ascii=False) + "\n" for document in documents
    ).encode()


def _places(value: object) -> Iterator[tuple[str | int, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (key,)
        yield from ((key, *rest) for rest in _places(inner))


def _edited_table(data: bytes, rng: Random) -> bytes:
    table = pq.read_table(BytesIO(data))
    rows = table.to_pylist()
    row, name = rng.choice(rows), rng.choice(table.column_names)
    row[name] = rng.choice(rows)[name]
    if rng.random() < 0.5:
        rows.remove(row)
    buffer = BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), buffer, compression="zstd")
    return buffer.getvalue()


BYTES = (
    bit,
    byte,
    zeros,
    cut,
    beheaded,
    lost,
    doubled,
    halves,
    line_lost,
    lines_swapped,
    digit,
    brackets,
    emptied,
    edited,
)


@dataclass(frozen=True)
class Place:
    """A file that is to come to harm, others of its run that may stand for it, and one of another run."""

    file: Path
    alike: list[Path]
    elsewhere: list[Path]


def deleted(at: Place, _: Random) -> list[Path]:
    at.file.unlink()
    return [at.file]


def copied_over(at: Place, rng: Random) -> list[Path]:
    shutil.copyfile(rng.choice(at.alike), at.file)
    return [at.file]


def swapped(at: Place, rng: Random) -> list[Path]:
    second = rng.choice(at.alike)
    first_data, second_data = at.file.read_bytes(), second.read_bytes()
    at.file.write_bytes(second_data)
    second.write_bytes(first_data)
    return [at.file, second]


def added(at: Place, rng: Random) -> list[Path]:
    """A shard beside the others, as a tool copies it, or as if it were the next."""
    name = rng.choice(["copy of a", "a-000000-000512", "b-000170-000003"])
    extra = at.file.parents[at.file.parent.name == "trials"] / "trials" / f"{name}.parquet"
    shutil.copyfile(at.file, extra)
    return [extra]


def foreign(at: Place, rng: Random) -> list[Path]:
    """A file of another run, or of an older one."""
    shutil.copyfile(rng.choice(at.elsewhere), at.file)
    return [at.file]


def no_file(at: Place, rng: Random) -> list[Path]:
    at.file.unlink()
    ways = [
        at.file.mkdir,
        lambda: os.mkfifo(at.file),
        lambda: at.file.symlink_to("/dev/zero"),
        lambda: at.file.symlink_to("gone"),
    ]
    rng.choice(ways)()
    return [at.file]


WAYS = (deleted, copied_over, swapped, added, foreign, no_file)


def damage(folder: Path, other: Path, kind: int, number: int) -> Damage:
    """Do the harm of that number to a run's folder; `other` holds a run of another plan, of the same data."""
    rng = random.Random(number)
    before = _contents(folder)
    while True:
        shards = sorted(name for name in before if name.startswith("trials/"))
        file = rng.choice([*sorted(before.keys() - shards), *[rng.choice(shards)] * 3])
        if kind < len(BYTES):
            of_bytes = BYTES[kind]
            (folder / file).write_bytes(of_bytes((folder / file).read_bytes(), rng))
            name = of_bytes.__name__
            harmed: tuple[str, ...] = (file,)
        else:
            of_files = WAYS[kind - len(BYTES)]
            alike = [folder / name for name in (shards if file in shards else before) if name != file]
            elsewhere = sorted((other / "trials").iterdir()) if file in shards else [other / file]
            name = of_files.__name__
            paths = of_files(Place(folder / file, alike, elsewhere), rng)
            harmed = tuple(str(path.relative_to(folder)) for path in paths)
        if _contents(folder) != before:
            return Damage(name, harmed, number)


def _contents(folder: Path) -> dict[str, bytes | None]:
    """What lies there; of what is no file, that it is none."""
    paths = [path for path in folder.rglob("*") if path.name not in (".lock", "trials")]
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() and not path.is_symlink() else None
        for path in paths
    }
