"""A data set: named examples, their splits, labels and digest."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Literal

from robustaudit.core.errors import UserError
from robustaudit.core.randomness import hash_fraction
from robustaudit.core.records import Example
from robustaudit.core.validation import check_unicode
from robustaudit.datasets.dataset_statistics import (
    DatasetStatistics,
    Label,
    content_id,
    encoded,
    split_encoded,
    statistics_of,
)
from robustaudit.datasets.label_reader import (
    InvalidLabel,
    LabelLeftOut,
    LabelMap,
    LabelReader,
    format_label_map,
    number_of_label,
)

Split = Literal["train", "validation", "test"]

SENTIMENTS = ("negative", "positive")
"""The classes of the built-in data sets."""

_MOST_CLASSES = 1000  # labels with a wider range are not numbered classes

_TRAIN, _TRAIN_AND_VALIDATION = 0.8, 0.9  # shares of the groups


@dataclass(frozen=True, slots=True, kw_only=True)
class DataLabel:
    """A label that occurs in the data."""

    number: int  # `Example.label`
    text: str  # as in the rows, or in the label map
    values: tuple[str, ...]  # in the rows, that the label map turned into this label
    name: str | None  # of a numbered class, if the data has it
    spelled_number: int | None  # the number that it is or spells
    first: str  # position of its first example


@dataclass(frozen=True)
class Dataset:
    """Named examples; data that models are trained on is audited on its test split.

    A data set may come with splits of its own, which then hold all of its examples. `options` are those that
    the command line needs to read it again. Names of labels are numbered in their order; if the data
    itself has numbers (`numbered`), the names only say what these mean.

    `values` are those that a label map turned into each label.

    One that was read for an audit holds the examples of a sample, and the counts of all (`counted`).
    `path` is where it was read from, `columns` which of them hold text, label, id and group.
    """

    name: str
    examples: tuple[Example, ...]
    audited_split: Split | None = None
    own_splits: Mapping[Split, tuple[Example, ...]] = field(default_factory=dict)
    reading: Mapping[str, str | int | bool] = field(default_factory=dict)
    label_names: tuple[str, ...] = ()
    numbered: bool = True
    counted: DatasetStatistics | None = None
    path: str | None = None
    values: Mapping[Label, tuple[str, ...]] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)

    def split(self, which: Split) -> tuple[Example, ...]:
        """A split: its own, or 80%, 10% or 10% of the examples by a hash of the group; no group is in two."""
        if self.own_splits:
            return self.own_splits.get(which, ())
        return tuple(example for example in self.examples if _split_of(example.group) == which)

    @cached_property
    def audited(self) -> tuple[Example, ...]:
        """The examples to audit."""
        return self.split(self.audited_split) if self.audited_split else self.examples

    @property
    def title(self) -> str:
        """The name, with the audited split and the number of examples."""
        part = f"{self.audited_split} split, " if self.audited_split else ""
        return f"{self.name}, {part}{self.size:,} example" + "s" * (self.size != 1)

    @property
    def size(self) -> int:
        """The number of examples to audit, of which `audited` may hold only a sample."""
        return self.counted.examples if self.counted else len(self.audited)

    @cached_property
    def statistics(self) -> DatasetStatistics:
        """Statistics of the examples to audit."""
        return self.counted or statistics_of(self.audited)

    @cached_property
    def labels(self) -> tuple[DataLabel, ...]:
        """The labels of the examples to audit, by number."""
        return tuple(sorted(map(self._label, self.statistics.labels), key=lambda label: label.number))

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes, for a model without labels: names, or all numbers from lowest to highest."""
        if self.label_names:
            return self.label_names
        numbers = [label.number for label in self.labels] or [0]
        low, high = (0 if len(numbers) == 1 else numbers[0]), max(numbers[-1], 1)
        if numbers[0] < 0 or high - low > _MOST_CLASSES:
            return tuple(map(str, numbers))
        return tuple(map(str, range(low, high + 1)))

    def _label(self, counted: Label) -> DataLabel:
        number = counted if isinstance(counted, int) else self.label_names.index(counted)
        name = self.label_names[number] if 0 <= number < len(self.label_names) else None
        written = name if name is not None and not self.numbered else str(number)
        return DataLabel(
            number=number,
            text=written,
            values=self.values.get(counted, ()),
            name=name if self.numbered else None,
            spelled_number=number if self.numbered else number_of_label(written),
            first=self.statistics.labels[counted].first,
        )

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all examples, in order, and of own splits."""
        if self.counted:
            return self.counted.digest
        digest = hashlib.sha256()
        for example in self.examples:
            label = example.label if self.numbered else self.label_names[example.label]
            digest.update(encoded(example, label))
        for name, examples in self.own_splits.items():
            digest.update(split_encoded(name, len(examples)))
        return digest.hexdigest()


def single(text: str, label: str, classes: LabelMap = ()) -> Dataset:
    """The data set of one text with its label."""
    if not text.strip():
        raise UserError("text must not be empty: give a review to audit")
    check_unicode("text", text)
    labels = LabelReader(classes)
    try:
        number = labels.read(check_unicode("label", label))
    except InvalidLabel as error:
        raise UserError(f"label {error}") from error
    example = Example(content_id(text), text, number, "text")
    reading = {"label_map": format_label_map(classes)} if classes else {}
    return with_label_names(Dataset("text", (example,), reading=reading), labels)


def with_label_names(dataset: Dataset, labels: LabelReader) -> Dataset:
    """The data set with the names of the labels that were read."""
    return replace(dataset, label_names=labels.names, numbered=not labels.words, values=labels.values)


def relabelled(
    dataset: Dataset, classes: LabelMap, *, announce: Callable[[str], None] = lambda _: None
) -> Dataset:
    """Apply a label map to a data set that was not read from a table.

    Raises:
        UserError: a label is not in the map.
    """
    labels = LabelReader(classes)
    labels.named(dataset.label_names if dataset.numbered else ())
    mapped: dict[int, int] = {}
    for label in sorted({example.label for example in dataset.examples}):
        named = 0 <= label < len(dataset.label_names)
        written = dataset.label_names[label] if named and not dataset.numbered else label
        try:
            mapped[label] = labels.read(written)
        except LabelLeftOut:
            continue
        except InvalidLabel as error:
            raise UserError(f"label {error}") from error
    for note in labels.notes:
        announce(f"data {dataset.name!r}: {note}")

    def settled(examples: Sequence[Example]) -> tuple[Example, ...]:
        return labels.resolve(
            replace(each, label=mapped[each.label]) for each in examples if each.label in mapped
        )

    made = replace(
        dataset,
        examples=settled(dataset.examples),
        own_splits={name: settled(examples) for name, examples in dataset.own_splits.items()},
        reading={**dataset.reading, "label_map": format_label_map(classes)},
    )
    return with_label_names(made, labels)


def from_splits(name: str, splits: Mapping[Split, tuple[Example, ...]], *, audited: Split) -> Dataset:
    """A data set with splits of its own."""
    examples = tuple(example for part in splits.values() for example in part)
    check_unique(examples, name)
    return Dataset(name, examples, audited_split=audited, own_splits=splits)


def part_validation(examples: Sequence[Example]) -> tuple[tuple[Example, ...], tuple[Example, ...]]:
    """Divide training examples into training and validation, about 9 to 1, by a hash of the group."""
    stays = tuple(example for example in examples if _place(example.group) < _TRAIN_AND_VALIDATION)
    return stays, tuple(example for example in examples if _place(example.group) >= _TRAIN_AND_VALIDATION)


def check_unique(examples: Sequence[Example], name: str) -> None:
    """Refuse repeated ids: they identify trials."""
    seen: set[str] = set()
    for example in examples:
        if example.id in seen:
            raise UserError(f"data {name!r} has two examples with the id {example.id!r}: ids must differ")
        seen.add(example.id)


@lru_cache(maxsize=1024)  # examples of one group lie together
def _split_of(group: str) -> Split:
    place = _place(group)
    if place < _TRAIN:
        return "train"
    return "validation" if place < _TRAIN_AND_VALIDATION else "test"


def _place(group: str) -> float:
    return hash_fraction("split", group)
