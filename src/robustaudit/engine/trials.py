"""Trials as a table: the columns of a shard."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from robustaudit.attacks import Drawn
from robustaudit.core.codes import Integers
from robustaudit.core.edit_columns import EditColumns
from robustaudit.core.records import Example
from robustaudit.perturbations import Batch

_EDIT = pa.struct([("start", pa.int32()), ("stop", pa.int32()), ("replacement", pa.string())])

_COLUMNS: dict[str, pa.DataType] = {
    "model": pa.string(),
    "attack": pa.string(),
    "trial": pa.int64(),
    "example": pa.string(),
    "group": pa.string(),
    "draw": pa.int64(),
    "label": pa.int64(),
    "clean_text": pa.string(),
    "perturbed_text": pa.string(),
    "changed": pa.bool_(),
    "edits": pa.list_(_EDIT),
    "rounds": pa.list_(pa.list_(_EDIT)),
    "edit_share": pa.float64(),
    "clean_prediction": pa.int64(),
    "perturbed_prediction": pa.int64(),
    "clean_probability": pa.float64(),
    "perturbed_probability": pa.float64(),
    "clean_probabilities": pa.list_(pa.float64()),
    "perturbed_probabilities": pa.list_(pa.float64()),
}
TRIALS = pa.schema(_COLUMNS)
"""docs/results-format.md says what each column means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trials:
    """Draws of one attack on the examples of a unit, before a model is asked.

    Trial `numbers[i]` is draw `drawn[i]`, of the example and with the draw number that `places[i]` names.
    """

    attack: str
    numbers: Sequence[int]
    places: Sequence[tuple[int, int]]
    drawn: Drawn


def tabulate(
    model: str,
    examples: Sequence[Example],
    batch: Batch,
    trials: Sequence[Trials],
    *,
    clean: NDArray[np.float64],
    perturbed: NDArray[np.float64],
) -> pa.Table:
    """A row for each trial, with the probabilities before and after, both of shape (n_trials, n_classes)."""
    size = len(clean) // len(trials)
    parts = [slice(start, start + size) for start in range(0, len(clean), size)]
    return pa.concat_tables(
        _tabulate(model, examples, batch, each, clean=clean[part], perturbed=perturbed[part])
        for each, part in zip(trials, parts, strict=True)
    ).combine_chunks()


def _tabulate(
    model: str,
    examples: Sequence[Example],
    batch: Batch,
    trials: Trials,
    *,
    clean: NDArray[np.float64],
    perturbed: NDArray[np.float64],
) -> pa.Table:
    drawn, number = trials.drawn, len(trials.places)
    rows = np.array([row for row, _ in trials.places], dtype=np.int64)
    taken = [examples[row] for row, _ in trials.places]
    labels = np.array([example.label for example in taken], dtype=np.int64)
    each = np.arange(number)
    columns = {
        "model": [model] * number,
        "attack": [trials.attack] * number,
        "trial": trials.numbers,
        "example": [example.id for example in taken],
        "group": [example.group for example in taken],
        "draw": [draw for _, draw in trials.places],
        "label": labels,
        "clean_text": drawn.originals,
        "perturbed_text": drawn.texts,
        "changed": drawn.changed,
        "edits": _edit_lists(drawn.edits),
        "rounds": _lists(drawn.bounds, _edit_lists(drawn.rounds)),
        "edit_share": share_touched(batch, rows, drawn.edits),
        "clean_prediction": clean.argmax(axis=1),
        "perturbed_prediction": perturbed.argmax(axis=1),
        "clean_probability": clean[each, labels],
        "perturbed_probability": perturbed[each, labels],
        "clean_probabilities": _rows(clean),
        "perturbed_probabilities": _rows(perturbed),
    }
    return pa.table(columns, schema=TRIALS)


def share_touched(batch: Batch, rows: Integers, edits: EditColumns) -> NDArray[np.float64]:
    """For each draw the share of its text's words that its edits touch, an insertion at their edge too."""
    words, draw = batch.words, edits.draw
    offset = batch.codes.start[rows[draw]]
    start, stop = edits.start + offset, edits.stop + offset
    inserts = start == stop
    first = np.searchsorted(words.end, start + ~inserts)
    last = np.searchsorted(words.begin, stop + inserts)
    last[inserts] = np.minimum(last, first + 1)[inserts]  # where two words touch, it is of one of them
    # A word that the edit before has touched is not counted again.
    again = draw[1:] == draw[:-1]
    first[1:][again] = np.maximum(first[1:], last[:-1])[again]
    touched = np.bincount(draw, np.maximum(last - first, 0), minlength=len(rows))
    return touched / np.maximum(batch.word_counts[rows], 1)


def _edit_lists(edits: EditColumns) -> "pa.Array[Any]":
    columns: list[pa.Array[Any]] = [
        pa.array(edits.start, pa.int32()),
        pa.array(edits.stop, pa.int32()),
        pa.array(edits.replacement.strings(), pa.string()),
    ]
    return _lists(edits.bounds, pa.StructArray.from_arrays(columns, fields=list(_EDIT)))


def _lists(bounds: Integers, values: "pa.Array[Any]") -> "pa.Array[Any]":
    return pa.ListArray.from_arrays(pa.array(bounds, pa.int32()), values)


def _rows(matrix: NDArray[np.float64]) -> "pa.Array[Any]":
    bounds = np.arange(len(matrix) + 1) * matrix.shape[1]
    return _lists(bounds, pa.array(matrix.ravel(), pa.float64()))
