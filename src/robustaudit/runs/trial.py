"""A trial as it is stored, and which trials to look at: of a model, of an attack, or those that flipped."""

import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from robustaudit.core.records import Edit


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One trial as it is stored: its fields are the columns of a shard; docs/results-format.md explains each.

    A trial without a prediction has an `error`. A trial whose smallest failure is not known has no
    `smallest_edits`, and none of what the model predicts after these.
    """

    model: str
    attack: str
    trial: int
    example: str
    group: str
    draw: int
    label: int
    label_name: str
    clean_text: str
    perturbed_text: str
    changed: bool
    edits: tuple[Edit, ...]
    edits_by_step: tuple[tuple[Edit, ...], ...]
    smallest_edits: tuple[Edit, ...] | None = None
    edit_share: float
    character_share: float
    clean_prediction: int | None
    perturbed_prediction: int | None
    smallest_prediction: int | None = None
    clean_prediction_name: str | None
    perturbed_prediction_name: str | None
    smallest_prediction_name: str | None = None
    clean_repeat_prediction: int | None
    clean_probability: float | None
    perturbed_probability: float | None
    clean_probabilities: tuple[float, ...] | None
    perturbed_probabilities: tuple[float, ...] | None
    error: str | None
    outcome: str

    @property
    def flipped(self) -> bool:
        """Whether the model's prediction changed."""
        return self.error is None and self.clean_prediction != self.perturbed_prediction

    @property
    def shown_edits(self) -> tuple[Edit, ...]:
        """The edits of the smallest failure, or all where that is not known."""
        return self.edits if self.smallest_edits is None else self.smallest_edits

    @property
    def is_reduced(self) -> bool:
        """Whether fewer edits than all are shown."""
        return len(self.shown_edits) < len(self.edits)

    @property
    def confidence(self) -> float | None:
        """The probability of the class predicted under attack; None if the model gives classes alone."""
        if self.perturbed_prediction is None or self.perturbed_probabilities is None:
            return None
        return self.perturbed_probabilities[self.perturbed_prediction]


EDIT = pa.struct([("start", pa.int32()), ("stop", pa.int32()), ("replacement", pa.string())])

_STORED_AS: dict[Any, pa.DataType] = {
    str: pa.string(),
    int: pa.int64(),
    bool: pa.bool_(),
    float: pa.float64(),
    tuple[float, ...]: pa.list_(pa.float64()),
    tuple[Edit, ...]: pa.list_(EDIT),
    tuple[tuple[Edit, ...], ...]: pa.list_(pa.list_(EDIT)),
}


def _stored_as(kind: Any) -> pa.DataType:  # noqa: ANN401  (types are values here)
    if get_origin(kind) in (Union, types.UnionType):
        kind = next(each for each in get_args(kind) if each is not type(None))
    return _STORED_AS[kind]


_KINDS = get_type_hints(Trial)

TRIALS = pa.schema([(name, _stored_as(kind)) for name, kind in _KINDS.items()])
"""The columns of a shard: the fields of a trial."""

OPTIONAL = frozenset(name for name, kind in _KINDS.items() if type(None) in get_args(kind))
"""The columns that may hold null."""


def trials_in(table: pa.Table) -> Iterator[Trial]:
    """The trials in the rows of a table."""
    for row in table.to_pylist():
        row["edits"] = _edits(row["edits"])
        row["edits_by_step"] = tuple(map(_edits, row["edits_by_step"]))
        if row["smallest_edits"] is not None:
            row["smallest_edits"] = _edits(row["smallest_edits"])
        for name in ("clean_probabilities", "perturbed_probabilities"):
            row[name] = None if row[name] is None else tuple(row[name])
        yield Trial(**row)


def trial_at(table: pa.Table, place: int) -> Trial:
    """The trial in one row of a table."""
    return next(trials_in(table.slice(place, 1)))


def _edits(rows: Sequence[Mapping[str, Any]]) -> tuple[Edit, ...]:
    return tuple(Edit(**edit) for edit in rows)


def query_trials(
    shards: Iterable[pa.Table],
    *,
    models: Sequence[str] | None = None,
    attacks: Sequence[str] | None = None,
    labels: Sequence[int] | None = None,
    predictions: Sequence[int] | None = None,
    flipped: bool | None = None,
    changed: bool | None = None,
) -> pa.Table:
    """The trials that are all of that; first those whose true label's probability fell most.

    `predictions` are classes that the perturbed text got.
    """
    chosen = {"model": models, "attack": attacks, "label": labels, "perturbed_prediction": predictions}
    found = [_those(shard, chosen, flipped=flipped, changed=changed) for shard in shards]
    return _by_fall(pa.concat_tables([TRIALS.empty_table(), *found]))


def _those(
    trials: pa.Table,
    chosen: Mapping[str, Sequence[Any] | None],
    *,
    flipped: bool | None,
    changed: bool | None,
) -> pa.Table:
    kept: Any = pa.array(np.ones(len(trials), dtype=bool))
    wanted: list[Any] = []
    for name, values in chosen.items():
        if values is not None:
            wanted.append(pc.is_in(trials[name], value_set=pa.array(values, trials[name].type)))
    if flipped is not None:
        flips = pc.not_equal(trials["clean_prediction"], trials["perturbed_prediction"])
        wanted.append(pc.equal(pc.fill_null(flips, pa.scalar(value=False)), pa.scalar(flipped)))
    if changed is not None:
        wanted.append(pc.equal(trials["changed"], pa.scalar(changed)))
    for each in wanted:
        kept = pc.and_(kept, each)
    return trials.filter(kept)


def _by_fall(trials: pa.Table) -> pa.Table:
    before, after = (_floats(trials[name]) for name in ("clean_probability", "perturbed_probability"))
    return trials.take(np.lexsort((trials["trial"].to_numpy(), np.nan_to_num(after - before))))


def _floats(column: "pa.ChunkedArray[Any]") -> NDArray[np.float64]:
    return column.to_numpy().astype(np.float64)
