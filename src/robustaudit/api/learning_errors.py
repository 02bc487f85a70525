"""Learning an error channel from files of misspellings, for `robustaudit learn-errors` and Python."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import chain
from pathlib import Path
from typing import Any

from robustaudit.core.documents import read_bounded
from robustaudit.core.errors import UserError
from robustaudit.core.files import write_to
from robustaudit.perturbations.error_channel import (
    ErrorChannel,
    Misspelling,
    as_json,
    channel_text,
    checksum_of,
    learn,
)

_LARGEST = 64_000_000  # bytes of a file of misspellings
_SEPARATORS = ("->", "||", "\t")


@dataclass(frozen=True, slots=True)
class LearntErrors:
    """An error channel in a file, and the attack that uses it."""

    channel: ErrorChannel
    output: Path
    attack: str

    def as_json(self) -> dict[str, Any]:
        """What was learnt, for programs."""
        return {"attack": self.attack, "output": str(self.output), **as_json(self.channel)}


def learn_errors(
    corpora: Iterable[str | Path],
    *,
    output: str | Path,
    source: str | None = None,
    licence: str = "not stated",
) -> LearntErrors:
    """Fit an error channel to files of misspellings and save it.

    A line is a misspelling and its word (`wrong->right`, `wrong||right`, or with a tab between them; in a
    .csv file with a comma), or a sentence as it was written and as it should be, of which words are paired.

    Raises:
        UserError: a file cannot be read, or has no misspelling that is one edit away from its word.
    """
    paths = list(map(Path, corpora))
    path = Path(output)
    if path.suffix != ".toml":
        raise UserError(f"the channel's file {str(path)!r} must end in .toml")
    pairs = chain.from_iterable(map(pairs_in, paths))
    channel = learn(pairs, source=source or ", ".join(each.name for each in paths), licence=licence)
    content = channel_text(channel)
    write_to(path, content)
    return LearntErrors(channel, path, f'human(channel="{path}", checksum="{checksum_of(content)}")')


def pairs_in(path: Path) -> Iterator[Misspelling]:
    """The misspellings of a file, in order."""
    content = read_bounded(path, "list of misspellings", most=_LARGEST)
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise UserError(f"list of misspellings {str(path)!r} must be in UTF-8") from error
    rows = csv.reader(lines) if path.suffix == ".csv" else map(_split, lines)
    for row in rows:
        if len(row) == 2:  # noqa: PLR2004
            yield from _aligned(row[0].split(), row[1].split())


def _split(line: str) -> Sequence[str]:
    """The two sides of a line; a list in which a misspelling may be several words does not say which."""
    found = next((separator for separator in _SEPARATORS if separator in line), None)
    sides = () if found is None or line.startswith("#") else line.split(found)
    return () if any("," in side for side in sides) and found != "\t" else sides


def _aligned(wrong: Sequence[str], right: Sequence[str]) -> Iterator[Misspelling]:
    """The words that differ, where as many were written as should be."""
    for kind, start, stop, begin, end in SequenceMatcher(None, wrong, right, autojunk=False).get_opcodes():
        if kind == "replace" and stop - start == end - begin:
            yield from map(Misspelling, wrong[start:stop], right[begin:end])
