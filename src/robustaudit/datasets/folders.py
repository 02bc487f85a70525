"""A folder of the user's: what `save_to_disk` of the library `datasets` made, or Parquet files."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from robustaudit.core.errors import UserError
from robustaudit.datasets.arrow import parquet_files, saved, saved_splits
from robustaudit.datasets.census import Sample
from robustaudit.datasets.dataset import Dataset
from robustaudit.datasets.reading import Reading
from robustaudit.datasets.splits import SPLITS, Splits
from robustaudit.datasets.table import Table
from robustaudit.datasets.tabular import legible

_SPLIT = re.compile(rf"({'|'.join(SPLITS)})(?![a-z0-9])", re.IGNORECASE)  # as in test-00000-of-00001.parquet


def load_folder(
    name: str,
    reading: Reading,
    *,
    training: bool,
    sample: Sample | None,
    announce: Callable[[str], None],
) -> Dataset:
    """The data set that a folder holds; no code of its own is run, and no library needed.

    Raises:
        UserError: it holds no data set, or one that cannot be used.
    """
    folder, source = Path(name), f"data folder {name!r}"
    called = folder.resolve().name
    with legible(source):
        splits = _splits(folder, reading, source)
        if training:
            return splits.for_training(called, reading, announce=announce)
        return splits.for_audit(called, reading, sample=sample, announce=announce)


def _splits(folder: Path, reading: Reading, source: str) -> Splits:
    def wanted(names: Sequence[str]) -> list[str]:
        return reading.wanted(names, source)

    known = saved_splits(folder)
    if known:
        return Splits.known(source, known, lambda own: saved(known[own], wanted))
    files: dict[str, list[Path]] = {}
    for file in sorted(folder.glob("*.parquet")):
        match = _SPLIT.match(file.name)
        files.setdefault(match[1].lower() if match else "", []).append(file)
    if not files:
        raise UserError(f"{source} holds neither a saved data set nor .parquet files: name a file")
    if "" in files:  # not all are named by splits: they are one table
        files = {"train": [file for part in files.values() for file in part]}

    def opened(own: str) -> Table:
        return parquet_files(files[own], wanted, reading.most)

    return Splits.known(source, files, opened)
