"""Trials to look at: those of a model, of an attack, or those that flipped."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from robustaudit.core.records import Edit


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One trial as it is stored; docs/results-format.md explains each field."""

    model: str
    attack: str
    trial: int
    example: str
    draw: int
    label: int
    clean_text: str
    perturbed_text: str
    changed: bool
    edits: tuple[Edit, ...]
    clean_prediction: int | None
    perturbed_prediction: int | None
    clean_probability: float | None
    perturbed_probability: float | None
    clean_probabilities: tuple[float, ...] | None
    perturbed_probabilities: tuple[float, ...] | None
    error: str | None

    @property
    def flipped(self) -> bool:
        """Whether the model's prediction changed."""
        return self.error is None and self.clean_prediction != self.perturbed_prediction


COLUMNS = tuple(field.name for field in fields(Trial))


def trial_at(trials: pa.Table, place: int) -> Trial:
    """The trial in a row of a table of trials."""
    (row,) = trials.select(COLUMNS).slice(place, 1).to_pylist()
    row["edits"] = tuple(Edit(**edit) for edit in row["edits"])
    for name in ("clean_probabilities", "perturbed_probabilities"):
        row[name] = None if row[name] is None else tuple(row[name])
    return Trial(**row)


def query_trials(
    trials: pa.Table,
    *,
    models: Sequence[str] | None = None,
    attacks: Sequence[str] | None = None,
    flipped: bool | None = None,
    changed: bool | None = None,
) -> pa.Table:
    """The trials that are all of that; first those whose true label's probability fell most."""
    kept: Any = pa.array(np.ones(len(trials), dtype=bool))
    wanted: list[Any] = []
    for name, values in (("model", models), ("attack", attacks)):
        if values is not None:
            wanted.append(pc.is_in(trials[name], value_set=pa.array(values, pa.string())))
    if flipped is not None:
        flips = pc.not_equal(trials["clean_prediction"], trials["perturbed_prediction"])
        wanted.append(pc.equal(pc.fill_null(flips, pa.scalar(value=False)), pa.scalar(flipped)))
    if changed is not None:
        wanted.append(pc.equal(trials["changed"], pa.scalar(changed)))
    for each in wanted:
        kept = pc.and_(kept, each)
    return _by_fall(trials.filter(kept))


def _by_fall(trials: pa.Table) -> pa.Table:
    before, after = (_floats(trials[name]) for name in ("clean_probability", "perturbed_probability"))
    return trials.take(np.lexsort((trials["trial"].to_numpy(), np.nan_to_num(after - before))))


def _floats(column: "pa.ChunkedArray[Any]") -> NDArray[np.float64]:
    return column.to_numpy().astype(np.float64)
