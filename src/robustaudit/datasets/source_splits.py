"""Data with splits of its own: which of them an audit reads, and which training."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from robustaudit.core.errors import UserError
from robustaudit.core.records import Example
from robustaudit.datasets.dataset import (
    Dataset,
    Split,
    check_unique,
    from_splits,
    part_validation,
    with_label_names,
)
from robustaudit.datasets.dataset_statistics import SampleSpec
from robustaudit.datasets.label_reader import LabelReader
from robustaudit.datasets.read_options import ReadOptions
from robustaudit.datasets.rows import ReadExamples, read_examples
from robustaudit.datasets.table import Table, listed

SPLITS: dict[str, Split] = {
    "train": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "test": "test",
}


@dataclass(frozen=True, slots=True)
class SourceSplits:
    """The splits of a data set, with the name that each has in the source."""

    source: str
    own_names: Mapping[Split, str]
    open: Callable[[str], Table]

    @classmethod
    def known(cls, source: str, names: Iterable[str], open_: Callable[[str], Table]) -> "SourceSplits":
        """The splits with known names; `open_` takes the name in the source."""
        names = list(names)
        own_names = {SPLITS[own]: own for own in names if own in SPLITS}
        if not own_names:
            raise UserError(f"{source} has no split train, validation or test: it has {listed(names)}")
        return cls(source, own_names, open_)

    def for_audit(
        self, name: str, reading: ReadOptions, *, sample: SampleSpec | None, announce: Callable[[str], None]
    ) -> Dataset:
        """Read the held-out split, or else the training split."""
        which = self._held_out() or "train"
        said = () if which == "test" else (f"has no test split: its {which} split is audited",)
        for note in said:
            announce(f"{self.source} {note}")
        labels = LabelReader(reading.label_map)
        taken = self._take(which, reading, labels, sample=sample, announce=announce)
        made = from_splits(name, {which: labels.resolve(taken.examples)}, audited=which)
        return replace(
            _described(made, reading, labels),
            counted=replace(taken.statistics, notes=(*said, *taken.statistics.notes)),
        )

    def for_training(self, name: str, reading: ReadOptions, *, announce: Callable[[str], None]) -> Dataset:
        """Read the splits for training, validation and test."""
        if "train" not in self.own_names:
            raise UserError(f"{self.source} has no train split: it has {listed(self.own_names)}")
        held_out, labels = self._held_out(), LabelReader(reading.label_map)
        with_validation = held_out == "test" and "validation" in self.own_names
        wanted: tuple[Split, ...] = ("train", "validation") if with_validation else ("train",)
        if held_out is not None:
            wanted = (*wanted, held_out)
        taken = {which: self._take(which, reading, labels, announce=announce) for which in wanted}
        parts = {which: labels.resolve(each.examples) for which, each in taken.items()}
        columns = taken["train"].statistics.columns
        if held_out is None:
            check_unique(parts["train"], name)
            return _described(Dataset(name, parts["train"], columns=columns), reading, labels)
        train, validation = parts["train"], parts.get("validation", ())
        if not with_validation:
            train, validation = part_validation(train)
        whole: dict[Split, tuple[Example, ...]] = {
            "train": train,
            "validation": validation,
            "test": parts[held_out],
        }
        made = from_splits(name, whole, audited="test")
        return _described(replace(made, columns=columns), reading, labels)

    def _held_out(self) -> Split | None:
        """The split that is audited, and that trained models are tested on."""
        held_out: tuple[Split, ...] = ("test", "validation")
        return next((which for which in held_out if which in self.own_names), None)

    def _take(
        self,
        which: Split,
        reading: ReadOptions,
        labels: LabelReader,
        *,
        sample: SampleSpec | None = None,
        announce: Callable[[str], None],
    ) -> ReadExamples:
        own_name = self.own_names[which]
        taken = read_examples(
            self.open(own_name),
            reading,
            labels,
            source=self.source,
            prefix=f"{which}-",  # an id must not depend on which splits are read
            split=which,
            sample=sample,
            announce=announce,
        )
        if not taken.statistics.examples:
            raise UserError(f"{self.source} holds no {own_name} examples")
        return taken


def _described(dataset: Dataset, reading: ReadOptions, labels: LabelReader) -> Dataset:
    return with_label_names(replace(dataset, reading=reading.fields()), labels)
