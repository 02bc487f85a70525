"""The trials that tell most against a rule."""

import shlex
from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from robustaudit.core.records import Edit
from robustaudit.engine.answers import confidence_of
from robustaudit.engine.gate.rules import Rule
from robustaudit.engine.gate.verdict import Breaking
from robustaudit.engine.result import Row
from robustaudit.engine.slices import TRUE_LABEL

NUMBER = 3
"""So many are shown."""

_OF_DROPS = ("max_drop", "max_relative_drop")
_KEPT = (
    "trial",
    "model",
    "attack",
    "example",
    "label",
    "clean_text",
    "perturbed_text",
    "clean_prediction",
    "perturbed_prediction",
)


def changed_trials(trials: pa.Table, model: str, attack: str) -> pa.Table:
    """The trials of a model under an attack whose text changed, in an order of their own."""
    chosen = pc.and_(pc.equal(trials["model"], pa.scalar(model)), trials["changed"])
    chosen = pc.and_(chosen, pc.equal(trials["attack"], pa.scalar(attack)))
    return trials.filter(chosen).sort_by([("example", "ascending"), ("draw", "ascending")])


def telling(
    trials: pa.Table, rule: Rule, row: Row, *, run: str, groups: Collection[str] | None = None
) -> tuple[Breaking, ...]:
    """Of different examples those that were right before and confidently wrong after, with the fewest edits.

    Those of `groups` alone, where some are given. Of slices by a column of the data there are none: a run
    does not keep these columns by trial.
    """
    cell = changed_trials(trials, row.model, row.attack)
    if groups is not None:
        cell = cell.filter(pc.is_in(cell["group"], value_set=pa.array(groups, pa.string())))
    if row.slice is not None:
        if row.slice.column != TRUE_LABEL:
            return ()
        cell = cell.filter(pc.equal(cell["label"], pa.scalar(int(row.slice.value))))
    return tuple(_breaking(each, run) for each in _first(cell, rule)) if len(cell) else ()


def _first(cell: pa.Table, rule: Rule) -> Iterator[dict[str, Any]]:
    """The first trials of different examples in the order of `Breaking.rank`."""
    label, before, after = (
        cell[name].to_numpy() for name in ("label", "clean_prediction", "perturbed_prediction")
    )
    lost = (before == label) & (after != label)
    if rule.measure == "max_flip_rate":
        against = before != after
    else:
        against = lost if rule.measure in _OF_DROPS else after != label
    confidence = np.nan_to_num(confidence_of(cell["perturbed_probabilities"], after))
    edits = pc.list_value_length(cell["edits"]).to_numpy()
    keys = (cell["trial"].to_numpy(), edits, -np.round(confidence, 1), before != label, ~against)
    seen: set[str] = set()
    for place in np.lexsort(keys)[: int(against.sum())].tolist():
        row = cell.slice(place, 1).to_pylist()[0]
        if row["example"] not in seen:
            seen.add(row["example"])
            yield row | {"confidence": float(confidence[place])}
        if len(seen) == NUMBER:
            return


def _breaking(row: dict[str, Any], run: str) -> Breaking:
    command = ["robustaudit", "replay", run, str(row["trial"])]
    return Breaking(
        edits=tuple(Edit(**edit) for edit in row["edits"]),
        confidence=row["confidence"] or None,
        replay=shlex.join([*command, "--model", row["model"], "--attack", row["attack"]]),
        **{name: row[name] for name in _KEPT},
    )
