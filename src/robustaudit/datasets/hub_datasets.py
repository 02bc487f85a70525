"""Data sets of the Hugging Face hub, by the library `datasets`, and of local folders."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from robustaudit.core.errors import UserError
from robustaudit.core.extras import extra
from robustaudit.core.files import expand_home, is_file, is_folder
from robustaudit.core.hub import SECONDS, announce_fetch, explained, network_access, network_error, quiet_hub
from robustaudit.core.validation import check_unicode
from robustaudit.datasets.arrow import class_names, open_saved, parquet_files, saved_splits
from robustaudit.datasets.dataset import Dataset
from robustaudit.datasets.dataset_statistics import SampleSpec
from robustaudit.datasets.read_options import ReadOptions
from robustaudit.datasets.source_splits import SPLITS, SourceSplits
from robustaudit.datasets.table import Table, TableRow
from robustaudit.datasets.tabular import readable_errors

if TYPE_CHECKING:
    from datasets import DatasetBuilder

SCHEME = "hf:"

_SMALL = 64 * 2**20  # bytes; data of larger or unknown size is streamed

_PATH = (".", "/", "~")

HubRows = Iterable[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class HubAddress:
    """`hf:NAME@REVISION:CONFIG`; the last two are optional, and a folder has no revision."""

    name: str
    revision: str | None
    config: str | None

    @classmethod
    def parse(cls, given: str) -> "HubAddress":
        place, _, config = check_unicode("the name of the data", given).removeprefix(SCHEME).partition(":")
        name, _, revision = (place, "", "") if place.startswith(_PATH) else place.partition("@")
        if not name:
            raise UserError(f"data of the hub is hf:NAME, hf:NAME:CONFIG or hf:NAME@REVISION, got {given!r}")
        return cls(name, revision or None, config or None)

    def folder(self) -> Path | None:
        """The folder, if the name is a path."""
        if not self.name.startswith(_PATH):
            return None
        folder = expand_home(self.name)
        if not is_folder(folder):
            raise UserError(
                f"data folder {self.name!r} {'is a file' if is_file(folder) else 'does not exist'}"
            )
        return folder


def load_hub(
    name: str,
    reading: ReadOptions,
    *,
    training: bool,
    offline: bool,
    sample: SampleSpec | None = None,
    announce: Callable[[str], None],
) -> Dataset:
    """Read a data set of the hub row by row; only the examples of the sample are kept.

    Raises:
        NetworkUnavailable: it is not on this machine and the hub did not answer, or may not be queried.
        UserError: there is no such data, or it cannot be used.
    """
    address, source = HubAddress.parse(name), f"data {name!r}"
    with extra("hub"):
        import datasets  # noqa: F401, PLC0415  (quiet_hub quietens what is there)
    with network_access(allowed=not offline, announce=announce), quiet_hub():
        with explained(source):
            tables = _open(address)
        splits = SourceSplits.known(source, tables, lambda own: _table(tables[own], own, source))
        if training:
            return splits.for_training(name, reading, announce=announce)
        return splits.for_audit(name, reading, sample=sample, announce=announce)


def _open(address: HubAddress) -> Mapping[str, HubRows]:
    """The rows of each split, not read yet."""
    folder = address.folder()
    if folder is not None:
        return _stream(_builder(str(folder), address))
    unreachable = _network_problem(address)
    if unreachable is None:
        announce_fetch(f"reading data '{SCHEME}{address.name}' from the Hugging Face hub")
    with network_access(allowed=unreachable is None), quiet_hub():
        try:
            tables = _tables(_builder(f"hf://datasets/{address.name}", address))
        except OSError as error:
            if unreachable is None:
                raise
            raise unreachable from error
    if unreachable is not None:
        announce_fetch(
            f"the Hugging Face hub did not answer: data '{SCHEME}{address.name}' is read from its cache"
        )
    return tables


def _network_problem(address: HubAddress) -> Exception | None:
    """Why the hub cannot be reached, by one request: the library itself would retry for half a minute."""
    from huggingface_hub import HfApi  # noqa: PLC0415

    try:
        HfApi().dataset_info(address.name, revision=address.revision, timeout=SECONDS)
    except Exception as error:
        if network_error(error) is None:
            raise
        return error
    return None


def _builder(path: str, address: HubAddress) -> "DatasetBuilder":
    from datasets import load_dataset_builder  # noqa: PLC0415

    return load_dataset_builder(path, address.config, revision=address.revision)


def _tables(builder: "DatasetBuilder") -> Mapping[str, HubRows]:
    """Stream large data; fetch small data once, so that it can be read offline afterwards."""
    size = builder.info.download_size
    if size is None or size > _SMALL:
        return _stream(builder)
    builder.download_and_prepare()
    tables: Mapping[str, HubRows] = builder.as_dataset()
    return tables


def _stream(builder: "DatasetBuilder") -> Mapping[str, HubRows]:
    tables: Mapping[str, HubRows] = builder.as_streaming_dataset()
    return tables


def _table(rows: HubRows, name: str, source: str) -> Table:
    written, classes = "the Hugging Face hub's", class_names(rows)
    return Table(rows=_rows(rows, name, source), format=written, classes=classes)


def _rows(rows: HubRows, name: str, source: str) -> Iterator[TableRow]:
    with explained(source):
        for number, row in enumerate(rows, start=1):
            yield f"{name} row {number}", row


_SPLIT = re.compile(rf"({'|'.join(SPLITS)})(?![a-z0-9])", re.IGNORECASE)  # as in test-00000-of-00001.parquet


def load_folder(
    name: str,
    reading: ReadOptions,
    *,
    training: bool,
    sample: SampleSpec | None,
    announce: Callable[[str], None],
) -> Dataset:
    """Read a folder of `save_to_disk`, or of Parquet files; no code in it is run.

    Raises:
        UserError: it has no data set, or one that cannot be read.
    """
    folder, source = Path(name), f"data folder {name!r}"
    called = folder.resolve().name
    with readable_errors(source):
        splits = _splits(folder, reading, source)
        if training:
            return splits.for_training(called, reading, announce=announce)
        return splits.for_audit(called, reading, sample=sample, announce=announce)


def _splits(folder: Path, reading: ReadOptions, source: str) -> SourceSplits:
    def wanted(names: Sequence[str]) -> list[str]:
        return reading.wanted(names, source)

    known = saved_splits(folder)
    if known:
        return SourceSplits.known(source, known, lambda own: open_saved(known[own], wanted))
    files: dict[str, list[Path]] = {}
    for file in sorted(folder.glob("*.parquet")):
        match = _SPLIT.match(file.name)
        files.setdefault(match[1].lower() if match else "", []).append(file)
    if not files:
        raise UserError(f"{source} holds neither a saved data set nor .parquet files: name a file")
    if "" in files:  # not all are named by splits: they are one table
        files = {"train": [file for part in files.values() for file in part]}

    def opened(own: str) -> Table:
        return parquet_files(files[own], wanted, reading.max_bytes)

    return SourceSplits.known(source, files, opened)
