"""Statistics of the rows, collected in one pass, which also keeps the examples of a sample."""

import hashlib
import heapq
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from json.encoder import encode_basestring_ascii as _quoted
from typing import Any

from robustaudit.core.display import short_repr
from robustaudit.core.randomness import order_key
from robustaudit.core.records import Example
from robustaudit.datasets.hash_table import HashTable

_SEVERAL = 0  # in place of the number of a label
_TOLD = 20  # messages of invalid rows that are kept
_EMPTY_TOLD = 5  # positions of empty texts that are kept

Label = int | str


@dataclass(frozen=True, slots=True)
class SampleSpec:
    """The first `number` examples in the random order of a seed."""

    number: int
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelCount:
    """The number of examples with a label, and the position of the first."""

    count: int
    first: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetStatistics:
    """Statistics of all rows of a table."""

    examples: int
    groups: int
    skipped: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)  # rows by the value that a label map leaves out
    duplicates: int = 0  # examples that repeat the text of an earlier one
    conflicting_labels: int = 0  # texts with several labels
    empty: int = 0  # texts of only white space
    empty_rows: tuple[str, ...] = ()  # positions of the first of them
    longest: int = 0  # characters of the longest text
    labels: Mapping[Label, LabelCount] = field(default_factory=dict)
    invalid_rows: tuple[str, ...] = ()  # messages of the first that were skipped
    digest: str = ""
    format: str = ""  # the format of the data
    columns: Mapping[str, str] = field(default_factory=dict)  # of text, label, id and group
    notes: tuple[str, ...] = ()  # on guesses and limits, as read

    @property
    def rows(self) -> int:
        return self.examples + self.skipped + sum(self.left_out.values())

    def as_json(self) -> dict[str, Any]:
        """The counts and notes for the plan of a run."""
        names = ("rows", "examples", "skipped", "duplicates", "conflicting_labels")
        counts = {name: getattr(self, name) for name in names}
        return {**counts, "notes": (*self.notes, *self.summary_lines())}

    def summary_lines(self) -> Iterator[str]:
        """Lines on skipped rows, repeated and empty texts, and a single label."""
        if self.skipped:
            first = "; ".join(self.invalid_rows[:3]) + ("; …" if self.skipped > 3 else "")  # noqa: PLR2004
            yield f"{self.skipped:,} of {self.rows:,} rows skipped: {first}"
        if self.left_out:
            values = ", ".join(short_repr(value) for value in self.left_out)
            number = sum(self.left_out.values())
            yield f"{number:,} of {self.rows:,} rows left out, as the label map says: {values}"
        counts = (
            (self.duplicates, "examples with a repeated text"),
            (self.conflicting_labels, "texts with conflicting labels"),
        )
        found = [f"{what}: {number:,}" for number, what in counts if number]
        if self.empty:
            more = ", …" * (self.empty > len(self.empty_rows))
            found.append(f"empty texts: {self.empty:,}, in {', '.join(self.empty_rows)}{more}")
        if found:
            yield "; ".join(found)
        if len(self.labels) == 1 < self.examples:
            yield f"all examples have the same label, {short_repr(next(iter(self.labels)))}"


class StatisticsCollector:
    """Collects statistics example by example; keeps the examples of the sample, or all."""

    def __init__(self, sample: SampleSpec | None = None) -> None:
        self._sample = sample
        self._hash = hashlib.sha256()
        self._texts = HashTable()  # the number of the label of each text; `_SEVERAL`: of several
        self._label_numbers: dict[Label, int] = {}
        self._again: Counter[int] = Counter()
        self._given_ids, self._groups = HashTable(), HashTable()
        self._alone = 0  # examples that are a group of their own
        self._kept: list[tuple[int, int, Example]] = []
        self._counts: Counter[Label] = Counter()
        self._first: dict[Label, str] = {}
        self._invalid: list[str] = []
        self._empty_rows: list[str] = []
        self._left_out: Counter[str] = Counter()
        self._number = self._skipped = self._empty = self._longest = self._conflicting = 0

    def name(self, text: str) -> str:
        """An id from a hash of the text, with a number if the text is repeated."""
        identity = content_id(text)
        key = int(identity, 16)
        if key not in self._texts:
            return identity
        self._again[key] += 1
        return f"{identity}-{self._again[key] + 1}"

    def has(self, identity: str) -> bool:
        """Whether an earlier example has this id in the data."""
        return _short(identity) in self._given_ids

    def keep(self, identity: str) -> None:
        """Remember an id of the data."""
        self._given_ids.setdefault(_short(identity), 0)

    def add(self, example: Example, label: Label, where: str, *, alone: bool = False) -> None:
        """Count an example; `label` is its label as written in the data, `alone` that it names no group."""
        self._number += 1
        self._hash.update(encoded(example, label))
        self._look_at(example.text, label)
        if not example.text.strip():
            self._count_empty(where)
        if alone:
            self._alone += 1
        else:
            self._groups.setdefault(_short(example.group), 0)
        self._counts[label] += 1
        self._first.setdefault(label, where)
        self._keep(example)

    def _count_empty(self, where: str) -> None:
        self._empty += 1
        if len(self._empty_rows) < _EMPTY_TOLD:
            self._empty_rows.append(where)

    def skip(self, what: str) -> None:
        """Count an invalid row, with its message."""
        self._skipped += 1
        if len(self._invalid) < _TOLD:
            self._invalid.append(what)

    def leave_out(self, value: str) -> None:
        """Count a row whose value the label map leaves out."""
        self._left_out[value] += 1

    def kept(self) -> list[Example]:
        """The kept examples, in the order of the data."""
        return [example for _, _, example in sorted(self._kept, key=lambda kept: -kept[1])]

    def statistics(self, *, split: str | None = None) -> DatasetStatistics:
        """The statistics; the digest is that of a data set with this one split, or without own splits."""
        digest, examples = self._hash.copy(), self._number
        if split is not None:
            digest.update(split_encoded(split, examples))
        return DatasetStatistics(
            examples=examples,
            groups=self._alone + len(self._groups),
            skipped=self._skipped,
            left_out=dict(self._left_out),
            duplicates=examples - len(self._texts),
            conflicting_labels=self._conflicting,
            empty=self._empty,
            empty_rows=tuple(self._empty_rows),
            longest=self._longest,
            labels={
                label: LabelCount(count=self._counts[label], first=self._first[label])
                for label in sorted(self._counts, key=lambda label: (str(type(label)), label))
            },
            invalid_rows=tuple(self._invalid),
            digest=digest.hexdigest(),
        )

    def _look_at(self, text: str, label: Label) -> None:
        key = int(content_id(text), 16)
        number = self._label_numbers.setdefault(label, len(self._label_numbers) + 1)
        before = self._texts.setdefault(key, number)
        if before not in (_SEVERAL, number):
            self._texts[key] = _SEVERAL
            self._conflicting += 1
        self._longest = max(self._longest, len(text))

    def _keep(self, example: Example) -> None:
        """Keep the example in a heap, whose top is the last one in the order of the seed."""
        count = -self._number
        if self._sample is None:
            self._kept.append((0, count, example))
            return
        item = (-order_key(self._sample.seed, example.id), count, example)
        if len(self._kept) < self._sample.number:
            heapq.heappush(self._kept, item)
        else:
            heapq.heappushpop(self._kept, item)


def content_id(text: str) -> str:
    """The id of an example without one in the data: a hash of its text."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def _short(identity: str) -> int:
    return int.from_bytes(hashlib.blake2b(identity.encode("utf-8"), digest_size=8).digest(), "big")


def encoded(example: Example, label: Label) -> bytes:
    """An example encoded for the digest of the data set."""
    written = _quoted(label) if isinstance(label, str) else json.dumps(label)
    row = [_quoted(example.id), _quoted(example.text), written, _quoted(example.group)]
    if example.columns:
        row.append(json.dumps(dict(example.columns), ensure_ascii=True))
    return f"[{', '.join(row)}]".encode("ascii")


def split_encoded(name: str, examples: int) -> bytes:
    """A split encoded for the digest of the data set."""
    return json.dumps([name, examples]).encode("ascii")


def statistics_of(examples: Iterable[Example]) -> DatasetStatistics:
    """Statistics of examples in memory."""
    counting = StatisticsCollector()
    for number, example in enumerate(examples, start=1):
        counting.add(example, example.label, f"example {number}")
    return counting.statistics()
