"""The examples a training learns from, chooses by, and reports on."""

from dataclasses import dataclass

from robustaudit.core.errors import UserError
from robustaudit.core.records import Example
from robustaudit.core.spelling import option
from robustaudit.datasets import SENTIMENTS, Dataset


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSplits:
    """Three disjoint sets of examples, and the names of their classes."""

    train: tuple[Example, ...]
    validation: tuple[Example, ...]
    test: tuple[Example, ...]
    labels: tuple[str, ...]


def split(dataset: Dataset) -> TrainingSplits:
    """The splits of a data set that a classifier can be trained on.

    Raises:
        UserError: an empty split, one class only, or a class without a training example.
    """
    parts = {name: dataset.split(name) for name in ("train", "validation", "test")}
    for name, examples in parts.items():
        if not examples:
            raise UserError(
                f"data {dataset.name!r} has no {name} examples: {len(dataset.examples)} are too few"
            )
    return TrainingSplits(**parts, labels=_labels(dataset, parts["train"]))


def _labels(dataset: Dataset, train: tuple[Example, ...]) -> tuple[str, ...]:
    found = {example.label for example in train}
    if len(found) == 1:
        raise UserError(
            f"data {dataset.name!r} has one class only, {found.pop()}: training needs two or more"
        )
    if min(found) < 0:
        raise UserError(
            f"label of data {dataset.name!r} must be at least 0 to train on, got {min(found)}: give "
            f"{option('label_map')}, such as {min(found)}=0,…"
        )
    classes = max(example.label for example in dataset.examples) + 1
    missing = sorted(set(range(classes)) - found)
    if missing:
        raise UserError(f"data {dataset.name!r} has no training example of class {missing[0]} of {classes}")
    if len(dataset.label_names) >= classes:
        return dataset.label_names[:classes]
    return SENTIMENTS if classes == len(SENTIMENTS) else tuple(str(label) for label in range(classes))
