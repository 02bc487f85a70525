"""TrialBatch as a table, and the Parquet shard that holds those of one unit."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from io import BytesIO
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from robustaudit.attacks import DrawnTexts
from robustaudit.core.arrays import Integers
from robustaudit.core.documents import to_canonical_json
from robustaudit.core.edits import EditColumns, share_of_characters
from robustaudit.core.errors import UserError
from robustaudit.core.records import Example
from robustaudit.perturbations import TextBatch
from robustaudit.runs.named_classes import NamedClasses
from robustaudit.runs.plan_record import Layout, WorkUnit
from robustaudit.runs.predictions import Predictions
from robustaudit.runs.trial import EDIT, OPTIONAL, TRIALS

_PREDICTION_FIELDS: dict[str, pa.DataType] = {
    "example": pa.string(),
    "draw": pa.int64(),
    "prediction": pa.int64(),
}
PREDICTION_COLUMNS = pa.schema(_PREDICTION_FIELDS)
"""The second predictions of clean texts, by example and draw."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialBatch:
    """Draws of one attack on the examples of a unit, before a model is queried.

    Trial `numbers[i]` is draw `drawn[i]`, of the example and with the draw number that `places[i]` names.
    """

    attack: str
    numbers: Sequence[int]
    places: Sequence[tuple[int, int]]
    drawn: DrawnTexts


def trials_table(
    model: str,
    examples: Sequence[Example],
    batch: TextBatch,
    trials: Sequence[TrialBatch],
    *,
    clean: Predictions,
    perturbed: Predictions,
    classes: NamedClasses,
) -> pa.Table:
    """A row for each trial, with the predictions of its text before and after, and the names of `classes`."""
    size = len(trials[0].places)
    parts = [slice(start, start + size) for start in range(0, size * len(trials), size)]
    return pa.concat_tables(
        _tabulate(
            model,
            examples,
            batch,
            each,
            clean=clean.take(part),
            perturbed=perturbed.take(part),
            classes=classes,
        )
        for each, part in zip(trials, parts, strict=True)
    ).combine_chunks()


def with_repeated_predictions(trials: pa.Table, again: Mapping[Any, int | None]) -> pa.Table:
    """The trials with the second prediction of the clean text of each example and draw."""
    draws = zip(trials["example"].to_pylist(), trials["draw"].to_pylist(), strict=True)
    column = pa.array([again.get(draw) for draw in draws], pa.int64())
    name = "clean_repeat_prediction"
    return trials.set_column(trials.column_names.index(name), TRIALS.field(name), column)


def _tabulate(
    model: str,
    examples: Sequence[Example],
    batch: TextBatch,
    trials: TrialBatch,
    *,
    clean: Predictions,
    perturbed: Predictions,
    classes: NamedClasses,
) -> pa.Table:
    drawn, number = trials.drawn, len(trials.places)
    rows = np.array([row for row, _ in trials.places], dtype=np.int64)
    taken = [examples[row] for row, _ in trials.places]
    labels = np.array([example.label for example in taken], dtype=np.int64)
    columns = {
        "model": [model] * number,
        "attack": [trials.attack] * number,
        "trial": trials.numbers,
        "example": [example.id for example in taken],
        "group": [example.group for example in taken],
        "draw": [draw for _, draw in trials.places],
        "label": labels,
        "label_name": list(map(classes.name, labels.tolist())),
        "clean_text": drawn.originals,
        "perturbed_text": drawn.texts,
        "changed": drawn.changed,
        "edits": _edit_lists(drawn.edits),
        "edits_by_step": _lists(drawn.bounds, _edit_lists(drawn.edits_by_step)),
        "smallest_edits": pa.nulls(number, pa.list_(EDIT)),
        "edit_share": share_of_words_edited(batch, rows, drawn.edits),
        "character_share": share_of_characters(batch.codes, rows, drawn.edits),
        "clean_prediction": _predictions(clean),
        "perturbed_prediction": _predictions(perturbed),
        "smallest_prediction": pa.nulls(number, pa.int64()),
        "clean_prediction_name": _names(clean, classes),
        "perturbed_prediction_name": _names(perturbed, classes),
        "smallest_prediction_name": pa.nulls(number, pa.string()),
        "clean_repeat_prediction": pa.nulls(number, pa.int64()),
        "clean_probability": _of_labels(clean, labels),
        "perturbed_probability": _of_labels(perturbed, labels),
        "clean_probabilities": _rows(clean.probabilities),
        "perturbed_probabilities": _rows(perturbed.probabilities),
        "error": _of_either(clean, perturbed, "errors"),
        "outcome": _of_either(clean, perturbed, "outcomes"),
    }
    return pa.table(columns, schema=TRIALS)


def share_of_words_edited(batch: TextBatch, rows: Integers, edits: EditColumns) -> NDArray[np.float64]:
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
    return _lists(edits.bounds, pa.StructArray.from_arrays(columns, fields=list(EDIT)))


def _lists(bounds: Integers, values: "pa.Array[Any]") -> "pa.Array[Any]":
    return pa.ListArray.from_arrays(pa.array(bounds, pa.int32()), values)


def _predictions(answers: Predictions) -> "pa.Array[Any]":
    return pa.array(answers.predictions, pa.int64(), mask=answers.failed)


def _names(answers: Predictions, classes: NamedClasses) -> "pa.Array[Any]":
    return pa.array(map(classes.name, answers.predictions.tolist()), pa.string(), mask=answers.failed)


def _of_labels(answers: Predictions, labels: Integers) -> "pa.Array[Any]":
    """The probability of each true label, null where it is not known."""
    found = answers.probabilities[np.arange(len(labels)), labels]
    return pa.array(found, pa.float64(), mask=np.isnan(found))


def _rows(matrix: NDArray[np.float64]) -> "pa.Array[Any]":
    """A list for each row, null for a row of NaN."""
    unknown = np.isnan(matrix[:, 0])
    sizes = np.where(unknown, 0, matrix.shape[1])
    bounds = pa.array(np.concatenate([[0], np.cumsum(sizes)]), pa.int32())
    values = pa.array(matrix[~unknown].ravel(), pa.float64())
    return pa.ListArray.from_arrays(bounds, values, mask=pa.array(unknown))


def _of_either(clean: Predictions, perturbed: Predictions, what: str) -> "pa.Array[Any]":
    """Why a trial has no result, or its outcome: that of its clean text, else that of its perturbed one."""
    of_clean, of_perturbed = getattr(clean, what), getattr(perturbed, what)
    return pa.array(np.where(clean.failed, of_clean, of_perturbed), pa.string())


_PLAN, _UNIT = b"robustaudit.plan", b"robustaudit.unit"
_PREDICTIONS = ("clean_prediction", "perturbed_prediction")


def shard_of(trials: pa.Table, unit: WorkUnit, *, plan: str) -> bytes:
    """The trials of a unit of the plan with that digest."""
    said = trials.schema.metadata or {}
    return table_as_bytes(trials.replace_schema_metadata(said | _metadata_of(unit, plan)))


def table_as_bytes(table: pa.Table) -> bytes:
    """A table as Parquet whose pages carry checksums, for whoever reads it alone."""
    buffer = BytesIO()
    pq.write_table(table, buffer, compression="zstd", write_page_checksum=True)
    return buffer.getvalue()


def table_from(data: bytes, schema: pa.Schema, *, where: str) -> pa.Table:
    """A table of just those columns.

    Raises:
        UserError: it cannot be read, or has others.
    """
    try:
        file = pq.ParquetFile(pa.BufferReader(data), page_checksum_verification=True)
        table = file.read() if file.schema_arrow.equals(schema) else None
    except (OSError, pa.ArrowException) as error:
        raise UserError(f"{where} cannot be read: {error}") from error
    if table is None:
        raise UserError(f"{where} has other columns than this version writes")
    return table


def trials_of(data: bytes, unit: WorkUnit, layout: Layout, *, plan: str, where: str) -> pa.Table:
    """The trials of a shard.

    Raises:
        UserError: it cannot be read, is of another version, plan or unit, or lacks trials of its unit.
    """
    table = table_from(data, TRIALS, where=where)
    said = table.schema.metadata or {}
    if any(said.get(key) != value for key, value in _metadata_of(unit, plan).items()):
        raise UserError(f"{where} is a shard of another plan or unit")
    if wrong := _misfit(table, unit, layout):
        raise UserError(f"{where} does not hold the trials of its unit: column {wrong!r} has others")
    rest = {key: value for key, value in said.items() if key not in (_PLAN, _UNIT)}
    # Parquet's numbers of fields are left out, so that the table is as it was before it was stored.
    return pa.Table.from_arrays(table.columns, schema=TRIALS.with_metadata(rest))


def _metadata_of(unit: WorkUnit, plan: str) -> dict[bytes, bytes]:
    return {_PLAN: plan.encode(), _UNIT: to_canonical_json(asdict(unit))}


def _misfit(trials: pa.Table, unit: WorkUnit, layout: Layout) -> str | None:
    """The first column whose values the unit cannot have."""
    places = layout.places(unit)
    each = len(unit.attacks)
    expected = {
        "model": [unit.model] * len(places) * each,
        "attack": [attack for attack in unit.attacks for _ in places],
        "draw": [draw for _, draw in places] * each,
        "trial": [layout.trial(unit.start + row, draw) for row, draw in places] * each,
    }
    for name, values in expected.items():
        if trials[name].to_pylist() != values:
            return name
    for name in trials.column_names:
        if name not in OPTIONAL and trials[name].null_count:
            return name
        if _lacks_inside(trials[name]):
            return name
    without_reason = trials.filter(pc.is_null(trials["error"]))
    return next((name for name in _PREDICTIONS if without_reason[name].null_count), None)


def _lacks_inside(column: "pa.ChunkedArray[Any]") -> bool:
    """Whether a list in the column holds nothing where something has to be."""
    inner: Any = column.combine_chunks()
    while pa.types.is_list(inner.type):
        inner = inner.flatten()
        if inner.null_count:
            return True
    return pa.types.is_struct(inner.type) and any(part.null_count for part in inner.flatten())
