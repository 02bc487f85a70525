"""The trials that tell most against a rule."""

import shlex
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from robustaudit.core.records import Edit
from robustaudit.gate.rules import Rule
from robustaudit.gate.verdict import Counterexample
from robustaudit.runs.result import Row
from robustaudit.runs.slices import trials_in_slice
from robustaudit.statistics.outcomes import changed_trials, confidence_of

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


@dataclass(frozen=True, slots=True)
class ReplayCommand:
    """What the command that redoes a trial must know: the run's folder and that of its models."""

    run: str
    models_dir: str | None = None

    def command(self, trial: int, model: str, attack: str) -> str:
        words = ["robustaudit", "replay", self.run, str(trial), "--model", model, "--attack", attack]
        return shlex.join([*words, *(["--models-dir", self.models_dir] if self.models_dir else [])])


def find_counterexamples(
    trials: pa.Table,
    rule: Rule,
    row: Row,
    *,
    replay: ReplayCommand,
    members: pa.Table,
    groups: Collection[str] | None = None,
) -> tuple[Counterexample, ...]:
    """Of different examples those that were right before and confidently wrong after, with the fewest edits.

    Those of `groups` alone, where some are given; `members` says which example has what in the columns that
    the run is cut by.
    """
    cell = changed_trials(trials, row.model, row.attack)
    if groups is not None:
        cell = cell.filter(pc.is_in(cell["group"], value_set=pa.array(groups, pa.string())))
    if row.slice is not None:
        cell = trials_in_slice(cell, row.slice, members)
    return tuple(_breaking(each, replay) for each in _first(cell, rule)) if len(cell) else ()


def _first(cell: pa.Table, rule: Rule) -> Iterator[dict[str, Any]]:
    """The first trials of different examples in the order of `Counterexample.rank`, but noise comes last."""
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
    again = pc.fill_null(cell["clean_repeat_prediction"], cell["clean_prediction"]).to_numpy()
    unsure = again != before
    keys = (cell["trial"].to_numpy(), edits, -np.round(confidence, 1), before != label, unsure, ~against)
    seen: set[str] = set()
    for place in np.lexsort(keys)[: int(against.sum())].tolist():
        row = cell.slice(place, 1).to_pylist()[0]
        if row["example"] not in seen:
            seen.add(row["example"])
            yield row | {"confidence": float(confidence[place])}
        if len(seen) == NUMBER:
            return


def _breaking(row: dict[str, Any], replay: ReplayCommand) -> Counterexample:
    return Counterexample(
        edits=tuple(Edit(**edit) for edit in row["edits"]),
        confidence=row["confidence"] or None,
        replay=replay.command(row["trial"], row["model"], row["attack"]),
        **{name: row[name] for name in _KEPT},
    )
