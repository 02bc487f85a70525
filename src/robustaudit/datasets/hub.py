"""Data sets of the Hugging Face hub, and local folders in the same form, by way of the library `datasets`."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from robustaudit.core.errors import UserError
from robustaudit.core.extras import extra
from robustaudit.core.files import is_file, is_folder
from robustaudit.core.hub import SECONDS, explained, network, network_error, quiet_hub, tell
from robustaudit.core.records import Example
from robustaudit.core.validation import check_unicode
from robustaudit.datasets.dataset import Dataset, Split, check_unique, of_splits, part_validation
from robustaudit.datasets.reading import Reading, listed
from robustaudit.datasets.rows import Row, examples_of

if TYPE_CHECKING:
    from datasets import DatasetBuilder

SCHEME = "hf:"

_SPLITS: dict[str, Split] = {
    "train": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "test": "test",
}
_SMALL = 64 * 2**20  # bytes; what has more, or does not say, is streamed

_PATH = (".", "/", "~")

Table = Iterable[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Address:
    """What `hf:NAME@REVISION:CONFIG` names; the last two need not be there, and a folder has no revision."""

    name: str
    revision: str | None
    config: str | None

    @classmethod
    def parse(cls, given: str) -> "Address":
        place, _, config = check_unicode("the name of the data", given).removeprefix(SCHEME).partition(":")
        name, _, revision = (place, "", "") if place.startswith(_PATH) else place.partition("@")
        if not name:
            raise UserError(f"data of the hub is hf:NAME, hf:NAME:CONFIG or hf:NAME@REVISION, got {given!r}")
        return cls(name, revision or None, config or None)

    def folder(self) -> Path | None:
        """The folder that is meant, where the name is written as a path."""
        if not self.name.startswith(_PATH):
            return None
        folder = Path(self.name).expanduser()
        if not is_folder(folder):
            raise UserError(
                f"data folder {self.name!r} {'is a file' if is_file(folder) else 'does not exist'}"
            )
        return folder


def load_hub(
    name: str, reading: Reading, *, training: bool, offline: bool, announce: Callable[[str], None]
) -> Dataset:
    """The data set of that address, row by row: nothing is held but the examples that are taken.

    Raises:
        Unreachable: it is not on this machine and the hub did not answer, or must not be asked.
        UserError: there is no such data, or it cannot be used.
    """
    address, source = Address.parse(name), f"data {name!r}"
    with extra("hub"):
        import datasets  # noqa: F401, PLC0415  (quiet_hub quietens what is there)
    with network(allowed=not offline, announce=announce), quiet_hub():
        with explained(source):
            tables = _open(address)
        known = {_SPLITS[own]: (own, table) for own, table in tables.items() if own in _SPLITS}
        splits = _Splits(source, known)
        if not known:
            raise UserError(f"{source} has no split train, validation or test: it has {listed(tables)}")
        if training:
            return _for_training(name, splits, reading)
        return _for_audit(name, splits, reading, announce)


@dataclass(frozen=True, slots=True)
class _Splits:
    """The tables of a data set under our names for splits, with the name that each has at its own."""

    source: str
    tables: Mapping[Split, tuple[str, Table]]

    def read(self, which: Split, reading: Reading) -> tuple[Example, ...]:
        own_name, table = self.tables[which]
        rows = _rows(table, own_name, self.source)
        # An id must not depend on which splits are read.
        examples = tuple(examples_of(rows, reading, source=self.source, prefix=f"{which}-"))
        if not examples:
            raise UserError(f"{self.source} holds no {own_name} examples")
        return examples


def _for_audit(name: str, splits: _Splits, reading: Reading, announce: Callable[[str], None]) -> Dataset:
    which = _held_out(splits) or "train"
    if which != "test":
        announce(f"{splits.source} has no test split: its {which} split is audited")
    return of_splits(name, {which: splits.read(which, reading)}, audited=which, options=reading.options())


def _for_training(name: str, splits: _Splits, reading: Reading) -> Dataset:
    if "train" not in splits.tables:
        raise UserError(f"{splits.source} has no train split: it has {listed(splits.tables)}")
    train, test = splits.read("train", reading), _held_out(splits)
    if test is None:
        check_unique(train, name)
        return Dataset(name, train, options=reading.options())
    if test == "test" and "validation" in splits.tables:
        validation = splits.read("validation", reading)
    else:
        train, validation = part_validation(train)
    parts: dict[Split, tuple[Example, ...]] = {
        "train": train,
        "validation": validation,
        "test": splits.read(test, reading),
    }
    return of_splits(name, parts, audited="test", options=reading.options())


def _held_out(splits: _Splits) -> Split | None:
    """The split that nothing is learned from nor chosen by: it is audited, and a training tested on it."""
    held_out: tuple[Split, ...] = ("test", "validation")
    return next((which for which in held_out if which in splits.tables), None)


def _open(address: Address) -> Mapping[str, Table]:
    """The tables of each split, as yet unread."""
    folder = address.folder()
    if folder is not None:
        return _stream(_builder(str(folder), address))
    unreachable = _unreachable(address)
    if unreachable is None:
        tell(f"reading data '{SCHEME}{address.name}' from the Hugging Face hub")
    with network(allowed=unreachable is None), quiet_hub():
        try:
            tables = _tables(_builder(f"hf://datasets/{address.name}", address))
        except OSError as error:
            if unreachable is None:
                raise
            raise unreachable from error
    if unreachable is not None:
        tell(f"the Hugging Face hub did not answer: data '{SCHEME}{address.name}' is read from its cache")
    return tables


def _unreachable(address: Address) -> Exception | None:
    """Why the hub cannot be asked, found by one question: the library itself asks again for half a minute."""
    from huggingface_hub import HfApi  # noqa: PLC0415

    try:
        HfApi().dataset_info(address.name, revision=address.revision, timeout=SECONDS)
    except Exception as error:
        if network_error(error) is None:
            raise
        return error
    return None


def _builder(path: str, address: Address) -> "DatasetBuilder":
    from datasets import load_dataset_builder  # noqa: PLC0415

    return load_dataset_builder(path, address.config, revision=address.revision)


def _tables(builder: "DatasetBuilder") -> Mapping[str, Table]:
    """What is large is streamed; what is small is fetched once, and read without a network from then on."""
    size = builder.info.download_size
    if size is None or size > _SMALL:
        return _stream(builder)
    builder.download_and_prepare()
    tables: Mapping[str, Table] = builder.as_dataset()
    return tables


def _stream(builder: "DatasetBuilder") -> Mapping[str, Table]:
    tables: Mapping[str, Table] = builder.as_streaming_dataset()
    return tables


def _rows(table: Table, name: str, source: str) -> Iterator[Row]:
    with explained(source):
        for number, row in enumerate(table, start=1):
            yield f"{name} row {number}", row
