"""Parts of the examples: by their true label, their length, or a column of the data."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from robustaudit.core.errors import UserError
from robustaudit.core.records import Example
from robustaudit.core.validation import check_known
from robustaudit.runs.named_classes import NamedClasses
from robustaudit.runs.result import Slice

TRUE_LABEL = "true label"
WORDS, CHARACTERS = TEXT_LENGTHS = ("words", "characters")
"""The length of a text, in words, or in characters where scripts have no spaces."""

MEMBERSHIPS = pa.schema([("example", pa.string()), ("column", pa.string()), ("value", pa.string())])

_QUANTILES = (0.25, 0.5, 0.75)
_LONGEST_WORD = 15  # the mean length of words: what is longer is written without spaces
_MOST_VALUES = 50  # of a column: beyond that it is an id or a text


@dataclass(frozen=True, slots=True)
class SliceMembers:
    """A slice, and for each example whether it is in."""

    slice: Slice
    members: NDArray[np.bool_]


def check_slices(columns: Sequence[str], examples: Sequence[Example]) -> tuple[str, ...]:
    """The columns, each once, where the examples have them and they have few values."""
    known = {name for example in examples for name in example.columns}
    for column in columns:
        check_known("slice column", column, known)
        values = len({example.columns.get(column, "") for example in examples})
        if values > _MOST_VALUES:
            raise UserError(f"slice column {column!r} must have at most {_MOST_VALUES} values, got {values}")
    return tuple(dict.fromkeys(columns))


def slices_of(
    examples: Sequence[Example],
    columns: Sequence[str],
    declared: Collection[str],
    classes: NamedClasses,
) -> Iterator[SliceMembers]:
    """The slices of a run, declared columns first; of a column that has one value there are none.

    Slices by true label have the names of `classes`, in the order of their numbers.
    """
    for column in columns:
        values = [example.columns.get(column, "") for example in examples]
        yield from _parts(column, values, sorted(set(values)), declared=column in declared)
    labels = [example.label for example in examples]
    in_order = list(map(classes.name, sorted(set(labels))))
    yield from _parts(TRUE_LABEL, list(map(classes.name, labels)), in_order)
    yield from _lengths([example.text for example in examples])


def memberships(examples: Sequence[Example], columns: Sequence[str]) -> pa.Table:
    """The value of each example in each of the columns, as a run stores it."""
    rows = [(each, column) for column in columns for each in examples]
    return pa.table(
        {
            "example": [each.id for each, _ in rows],
            "column": [column for _, column in rows],
            "value": [each.columns.get(column, "") for each, column in rows],
        },
        schema=MEMBERSHIPS,
    )


def in_slice(trials: pa.Table, part: Slice, members: pa.Table) -> NDArray[np.bool_]:
    """Which trials, or examples, are in a slice; what is not known of a column of the data has none."""
    known = members.filter(pc.equal(members["column"], pa.scalar(part.column)))
    if len(known) == 0 and part.column == TRUE_LABEL:
        return np.asarray(pc.equal(trials["label_name"], pa.scalar(part.value)))
    if len(known) == 0 and part.column in TEXT_LENGTHS:
        least, most = map(int, part.value.split("–"))
        texts = trials["clean_text"].combine_chunks().dictionary_encode()
        within = [least <= _length(str(text), part.column) <= most for text in texts.dictionary.to_pylist()]
        return np.asarray(pa.array(within, pa.bool_()).take(texts.indices))
    examples = known.filter(pc.equal(known["value"], pa.scalar(part.value)))["example"]
    return np.asarray(pc.is_in(trials["example"], value_set=examples.combine_chunks()))


def _length(text: str, unit: str) -> int:
    """The length of a text in words between spaces, or in characters."""
    return len(text.split()) if unit == WORDS else len(text)


def _lengths(texts: Sequence[str]) -> Iterator[SliceMembers]:
    """Quarters of the examples by the length of their text."""
    words, characters = (sum(_length(text, unit) for text in texts) for unit in TEXT_LENGTHS)
    unit = WORDS if characters <= _LONGEST_WORD * words else CHARACTERS
    lengths = [_length(text, unit) for text in texts]
    edges = sorted(set(np.quantile(lengths, _QUANTILES, method="inverted_cdf").tolist()))
    bins = np.searchsorted(edges, lengths).tolist()
    names = {}
    for number in sorted(set(bins)):
        lengths_inside = [length for length, place in zip(lengths, bins, strict=True) if place == number]
        names[number] = f"{min(lengths_inside)}–{max(lengths_inside)}"
    yield from _parts(unit, [names[number] for number in bins], list(names.values()))


def _parts(
    column: str, values: Sequence[str], order: Sequence[str], *, declared: bool = False
) -> Iterator[SliceMembers]:
    column_values = np.array(values, dtype=object)
    for value in order if len(order) > 1 else ():
        yield SliceMembers(Slice(column, value, declared), column_values == value)
