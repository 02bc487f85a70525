"""Trials as a table: the columns of a shard."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from robustaudit.core.records import Edit, Example, Perturbed

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


@dataclass(frozen=True, slots=True)
class Trial:
    """One draw of one attack on one example, before a model is asked."""

    number: int
    attack: str
    example: Example
    draw: int
    perturbed: Perturbed
    edit_share: float


def tabulate(
    model: str, trials: Sequence[Trial], *, clean: NDArray[np.float64], perturbed: NDArray[np.float64]
) -> pa.Table:
    """A row for each trial, with the probabilities before and after, both of shape (n_trials, n_classes)."""
    labels = np.array([trial.example.label for trial in trials], dtype=np.int64)
    each = np.arange(len(trials))
    columns = {
        "model": [model] * len(trials),
        "attack": [trial.attack for trial in trials],
        "trial": [trial.number for trial in trials],
        "example": [trial.example.id for trial in trials],
        "group": [trial.example.group for trial in trials],
        "draw": [trial.draw for trial in trials],
        "label": labels,
        "clean_text": [trial.perturbed.original for trial in trials],
        "perturbed_text": [trial.perturbed.text for trial in trials],
        "changed": [trial.perturbed.changed for trial in trials],
        "edits": [_as_dicts(trial.perturbed.edits) for trial in trials],
        "rounds": [[_as_dicts(edits) for edits in trial.perturbed.rounds] for trial in trials],
        "edit_share": [trial.edit_share for trial in trials],
        "clean_prediction": clean.argmax(axis=1),
        "perturbed_prediction": perturbed.argmax(axis=1),
        "clean_probability": clean[each, labels],
        "perturbed_probability": perturbed[each, labels],
        "clean_probabilities": list(clean),
        "perturbed_probabilities": list(perturbed),
    }
    return pa.table(columns, schema=TRIALS)


def _as_dicts(edits: Sequence[Edit]) -> list[dict[str, object]]:
    # Not `asdict`, which copies each value deeply and took a quarter of a run.
    return [{"start": edit.start, "stop": edit.stop, "replacement": edit.replacement} for edit in edits]
