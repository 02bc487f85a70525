"""Data with perturbed copies of its texts, to train on."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa

from robustaudit.api.progress import Announce
from robustaudit.api.request import FIELDS, AnAttack, Data, chosen_attacks
from robustaudit.attacks import unreached_lines
from robustaudit.core import defaults, spelling
from robustaudit.core.errors import UserError
from robustaudit.core.extras import check_installed
from robustaudit.core.files import expand_home, save
from robustaudit.core.records import Example
from robustaudit.core.typed_values import field_parser
from robustaudit.core.validation import check_at_least, check_known
from robustaudit.datasets import READERS, Dataset, ReadOptions, in_memory_dataset, load
from robustaudit.datasets.dataset import Split
from robustaudit.datasets.writing import WRITERS, format_of
from robustaudit.perturbations import find_segmenter
from robustaudit.reports.text import count
from robustaudit.training.augmentation import Augmentation, CopyCount, TrainingRow, add_copies

if TYPE_CHECKING:
    import pandas as pd

_FIELDS: Mapping[str, Callable[[str, Any], Any]] = {
    **READERS,
    **{name: FIELDS[name] for name in ("attacks", "rate", "severities", "seed", "segmentation", "offline")},
    "copies": field_parser(int),
    "share": field_parser(float),
    "originals": field_parser(bool),
    "keep_repeats": field_parser(bool),
    "split": field_parser(Split),
}


class AugmentedData:
    """Examples and their perturbed copies: a data frame, as pandas, polars, pyarrow and `audit` take one.

    The columns are those of the data that were read, and for copies `augmented_from`, the id of the original,
    and `augmented_by`, the attack. A copy has the group of its original.
    """

    def __init__(
        self, table: pa.Table, lines: Sequence[str], *, held_out: "AugmentedData | None" = None
    ) -> None:
        self._table = table
        self._lines = tuple(lines)
        self._held_out = held_out

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)  # type: ignore[no-untyped-call]

    @property
    def notes(self) -> tuple[str, ...]:
        """How many texts were copied, and how many an attack is not applicable to."""
        return self._lines

    @property
    def held_out(self) -> "AugmentedData | None":
        """The other splits, as they are in the data, to test on; None if all examples were copied.

        No group of theirs, and no text, is in the split that was copied.
        """
        return self._held_out

    def to_pandas(self) -> "pd.DataFrame":
        """A row per example and copy."""
        check_installed("notebook", ["pandas"])
        return self._table.to_pandas()

    def save(self, path: str | Path, *, form: str | None = None, force: bool = False) -> None:
        """Write a file: `"csv"`, `"tsv"`, `"jsonl"` or `"parquet"`, by default what its name ends in.

        Raises:
            UserError: it exists and `force` is false, or it cannot be written.
        """
        path = expand_home(path)
        save(path, self.as_bytes(form or format_of(path)), force=force)

    def as_bytes(self, form: str) -> bytes:
        """The content of a file of that format."""
        return WRITERS[check_known("format", form, WRITERS)](self._table)

    def __repr__(self) -> str:
        return "\n".join(self._lines)


def augment(
    data: Data,
    attacks: AnAttack | Sequence[AnAttack],
    *,
    copies: int = 1,
    share: float = 1.0,
    seed: int = defaults.SEED,
    rate: float | None = None,
    severities: Sequence[int] | None = None,
    segmentation: str = defaults.SEGMENTATION,
    originals: bool = True,
    keep_repeats: bool = False,
    split: Split | None = None,
    text_column: str | None = None,
    label_column: str | None = None,
    id_column: str | None = None,
    group_column: str | None = None,
    label_map: Mapping[Any, int | str] | str | None = None,
    max_examples: int | None = None,
    on_bad_row: Literal["stop", "skip"] = "stop",
    data_format: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    no_quotes: bool = False,
    escaped: bool = False,
    columns: str | Sequence[str] | None = None,
    records: str | None = None,
    max_data_mb: int | None = None,
    slices: str | Sequence[str] = (),
    offline: bool = False,
) -> AugmentedData:
    """Add perturbed copies of a share of the texts, to train a model that bears such texts.

    Each attack makes `copies` draws of each text that it chooses. Copies that repeat their original or
    another copy of it are left out, unless `keep_repeats`. With the same seed, an example always has the same
    copies, whatever else the data holds; an audit never draws them. `data` is what `audit` takes; of data
    with splits, the training split is read. `slices` are columns to keep. The other parameters mean the same
    as those of `audit`.

    Raises:
        UserError: a value cannot be used; the message is one line.
    """
    fields = {name: value for name, value in locals().items() if name != "data"}
    return augment_with(data, fields)


def augment_with(
    data: Data, fields: Mapping[str, Any], *, announce: Announce = lambda _: None
) -> AugmentedData:
    """`augment`, with its parameters as fields; None means not given."""
    given = {
        name: _FIELDS[name](spelling.named(name), value)
        for name, value in fields.items()
        if value is not None
    }
    if not given.get("attacks"):
        raise UserError(f"{spelling.named('attacks')} must be one or more, got none")
    chosen = chosen_attacks(given["attacks"], rate=given.get("rate"), severities=given.get("severities"))
    for line in unreached_lines(unreached for each in chosen for unreached in each.unreached):
        announce(line)
    segmenter = find_segmenter(given.get("segmentation", defaults.SEGMENTATION))
    numbers = {name: given[name] for name in ("share", "seed") if name in given}
    augmentations = [Augmentation(attack=each, segmenter=segmenter, **numbers) for each in chosen]
    copies = check_at_least(spelling.named("copies"), given.get("copies", 1), 1)
    reading = ReadOptions.parse(**{name: given[name] for name in READERS if name in given})
    offline = given.get("offline", False)
    dataset = load_training_data(data, reading, offline=offline, announce=announce)
    label = dataset.columns.get("label")
    if _is_mapped(dataset) and label and data != "-" and not isinstance(data, Iterator):
        # Read again with the values of the user's column, not only the classes that they stand for.
        reading = replace(reading, slices=tuple(dict.fromkeys((*reading.slices, label))))
        dataset = load_training_data(data, reading, offline=offline, announce=lambda _: None)
    part, examples = _training_examples(dataset, given.get("split"), announce=announce)
    rows, counts = add_copies(
        examples,
        augmentations,
        copies=copies,
        **{name: given[name] for name in ("originals", "keep_repeats") if name in given},
    )
    lines = _lines(f"{dataset.name}{part}", examples, counts)
    return AugmentedData(
        _table(rows, dataset, reading), lines, held_out=_held_out(dataset, reading, examples)
    )


def _held_out(dataset: Dataset, reading: ReadOptions, examples: Sequence[Example]) -> AugmentedData | None:
    """The examples with another group and another text than these, if any."""
    groups, texts = ({getattr(each, name) for each in examples} for name in ("group", "text"))
    rest = [each for each in dataset.examples if each.group not in groups and each.text not in texts]
    if not rest:
        return None
    table = _table([TrainingRow(example=each) for each in rest], dataset, reading)
    return AugmentedData(table.drop_columns(["augmented_from", "augmented_by"]), [count(len(rest), "text")])


def load_training_data(data: Data, reading: ReadOptions, *, offline: bool, announce: Announce) -> Dataset:
    """All splits of the data, to train with.

    Raises:
        UserError: there is no such data, or it cannot be read.
    """
    if not isinstance(data, str | Path):
        return in_memory_dataset(data, reading, announce=announce)
    name = data if isinstance(data, str) else str(expand_home(data))
    return load(name, reading, training=True, offline=offline, announce=announce)


def _training_examples(
    dataset: Dataset, split: Split | None, *, announce: Announce
) -> tuple[str, tuple[Example, ...]]:
    """The examples to copy, and their split if it is not all of the data.

    Raises:
        UserError: there is no such split, or it is empty.
    """
    if split is None and dataset.audited_split is None:
        part = spelling.option("split", "train")
        announce(
            f"{dataset.name} has no splits, so all its texts are copied: test what you train on other data; "
            f"{part} copies 80% of them, the same in every call; {spelling.named('held_out')} has the others"
        )
        return "", dataset.examples
    which = split or "train"
    if which == "test":
        announce("these are test examples: a model that learns from them cannot be tested on them")
    if not (examples := dataset.split(which)):
        raise UserError(f"data {dataset.name!r} has no {which} examples")
    return f", {which} split", examples


def _table(rows: Sequence[TrainingRow], dataset: Dataset, reading: ReadOptions) -> pa.Table:
    """The rows under the names that their columns have in the data; several text columns are one, `text`.

    Labels that a label map made of others are in a column of another name, where the others are not at hand.

    Raises:
        UserError: two columns would have the same name.
    """
    called = {**{role: role for role in ("id", "group", "text", "label")}, **dataset.columns}
    if len(reading.text_column) > 1:
        called["text"] = "text"
    examples = [row.example for row in rows]
    labels: list[Any] = [_label(example, dataset) for example in examples]
    beside = [name for name in reading.slices if not (_is_mapped(dataset) and name == called["label"])]
    if len(beside) < len(reading.slices):
        labels = _numbers_if_all([example.columns[called["label"]] for example in examples])
    elif _is_mapped(dataset):
        called["label"] += "_class"
    named: list[tuple[str, Any]] = [
        (called["id"], [example.id for example in examples]),
        (called["group"], [example.group for example in examples]),
        (called["text"], [example.text for example in examples]),
        (called["label"], labels),
        *((name, [example.columns.get(name) for example in examples]) for name in beside),
        ("augmented_from", pa.array([row.augmented_from for row in rows], pa.string())),
        ("augmented_by", pa.array([row.augmented_by for row in rows], pa.string())),
    ]
    names = [name for name, _ in named]
    if twice := next((name for name in names if names.count(name) > 1), None):
        ours = twice in ("augmented_from", "augmented_by") or twice not in reading.slices
        remedy = "rename it in the data" if ours else f"drop {spelling.option('slices', twice)}"
        raise UserError(f"column {twice!r} would be there twice: {remedy}")
    return pa.Table.from_pydict(dict(named))


def _label(example: Example, dataset: Dataset) -> int | str:
    """The label as it is in the data, or as the label map has it."""
    return example.label if dataset.numbered else dataset.label_names[example.label]


def _is_mapped(dataset: Dataset) -> bool:
    """Whether a label map made other labels of those in the data."""
    return bool(dataset.values)


def _numbers_if_all(values: list[str]) -> list[Any]:
    """Values as whole numbers, if all are written as such."""
    try:
        numbers = [int(value) for value in values]
    except ValueError:
        return values
    return numbers if list(map(str, numbers)) == values else values


def _lines(data: str, examples: Sequence[Example], counts: Sequence[CopyCount]) -> list[str]:
    """What was copied, and what was left out."""
    lines = [f"{data}: {count(len(examples), 'text')}"]
    for each in counts:
        which = "the one drawn is " if "|" in each.attack else ""
        beside = [
            *([f"{which}not applicable to {each.not_applicable:,} of them"] if each.not_applicable else []),
            *([f"{_copies(each.repeats)} left out as repeated"] if each.repeats else []),
        ]
        made = f"{each.attack}: {_copies(each.copies)} of {count(each.texts, 'text')}"
        lines.append("; ".join([made, *beside]))
    return lines


def _copies(number: int) -> str:
    return f"{number:,} cop" + ("y" if number == 1 else "ies")
