"""The data sets that have a name, and whatever else data may be read from."""

import csv
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

from robustaudit.core import spelling
from robustaudit.core.errors import UserError
from robustaudit.core.files import exists, is_folder
from robustaudit.core.records import Example
from robustaudit.core.validation import check_known
from robustaudit.datasets.dataset import SENTIMENTS, Dataset, relabelled
from robustaudit.datasets.dataset_statistics import SampleSpec
from robustaudit.datasets.hub_datasets import SCHEME, load_folder, load_hub
from robustaudit.datasets.locations import STDIN, check_file, is_address
from robustaudit.datasets.read_options import USUAL, ReadOptions
from robustaudit.datasets.reviews import cache_file, load_reviews
from robustaudit.datasets.tabular import load_file


def load_tiny() -> Dataset:
    """All of `tiny`; no shipped model was trained on it, so that it needs no splits."""
    content = files(__package__).joinpath("data", "tiny.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(content.splitlines())
    examples = tuple(Example(row["id"], row["text"], int(row["label"]), row["id"]) for row in rows)
    return Dataset("tiny", examples, label_names=SENTIMENTS)


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A data set with a name."""

    name: str
    title: str
    source: str
    is_here: Callable[[], bool]


BUILT_IN: dict[str, BuiltIn] = {
    built_in.name: built_in
    for built_in in (
        BuiltIn(
            "reviews",
            "12,986 sentences of product and movie reviews, rated by people",
            "vaderSentiment 3.3.2 on the package index (MIT)",
            lambda: cache_file().exists(),
        ),
        BuiltIn(
            "tiny",
            "short reviews written for this project",
            "ships with robustaudit (Apache-2.0)",
            lambda: True,
        ),
    )
}


def load(
    name: str,
    reading: ReadOptions = USUAL,
    *,
    training: bool = False,
    sample: SampleSpec | None = None,
    offline: bool = False,
    announce: Callable[[str], None] = lambda _: None,
) -> Dataset:
    """Load a built-in data set, a file, a folder, an address, or a data set of the hub as `hf:NAME`.

    Of data with splits, those that training needs are read, or the one to audit. With a `sample`, only its
    examples are kept, except of built-in data.

    Raises:
        NetworkUnavailable: the data is not on this machine and could not be fetched.
        UserError: there is no such data, or it cannot be read.
    """
    if name in BUILT_IN:
        for field in [*replace(reading, label_map=()).fields(), *(["slices"] if reading.slices else [])]:
            raise UserError(f"{spelling.named(field)} is for data of your own, not for the data {name!r}")
        reviews = name == "reviews"
        found = load_reviews(offline=offline, announce=announce) if reviews else load_tiny()
        return relabelled(found, reading.label_map, announce=announce) if reading.label_map else found
    if name.startswith(SCHEME):
        return load_hub(name, reading, training=training, offline=offline, sample=sample, announce=announce)
    if name and is_folder(Path(name)):
        found = load_folder(name, reading, training=training, sample=sample, announce=announce)
        return replace(found, path=name)
    elsewhere = name == STDIN or is_address(name)
    if name and not elsewhere and exists(Path(name)):
        check_file(Path(name), f"data file {name!r}")
    elif not elsewhere and not Path(name).suffix:
        check_known("data", name, BUILT_IN)
    found = load_file(name, reading, sample=sample, offline=offline, announce=announce)
    return found if elsewhere else replace(found, path=name)
