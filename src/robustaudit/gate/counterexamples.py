"""Counterexamples: the trials that speak most against a rule."""

from collections.abc import Collection, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from robustaudit.gate.rules import Rule
from robustaudit.runs.result import Row
from robustaudit.runs.slices import trials_in_slice
from robustaudit.runs.trial import Trial, trial_at
from robustaudit.statistics.outcomes import changed_trials, confidence_of

NUMBER = 3
"""Counterexamples per check."""

_OF_DROPS = ("max_drop", "max_relative_drop")


def find_counterexamples(
    trials: pa.Table,
    rule: Rule,
    row: Row,
    *,
    members: pa.Table,
    groups: Collection[str] | None = None,
) -> tuple[Trial, ...]:
    """Trials of different examples that were correct before and confidently wrong after few edits.

    If `groups` are given, trials are taken from these alone; `members` has the values of each example in the
    columns of slices.
    """
    cell = changed_trials(trials, row.model, row.attack)
    if groups is not None:
        cell = cell.filter(pc.is_in(cell["group"], value_set=pa.array(groups, pa.string())))
    if row.slice is not None:
        cell = trials_in_slice(cell, row.slice, members)
    if len(cell) == 0:
        return ()
    return tuple(_first(cell, rule))


def counterexample_rank(trial: Trial) -> tuple[bool, float, int, int]:
    """Sorts stronger counterexamples first: confidence in tenths, so that edits count too."""
    correct_before = trial.clean_prediction == trial.label
    return not correct_before, -round(trial.confidence or 0.0, 1), len(trial.edits), trial.trial


def _first(cell: pa.Table, rule: Rule) -> Iterator[Trial]:
    """The first trials of different examples in the order of `counterexample_rank`, but noise comes last."""
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
        trial = trial_at(cell, place)
        if trial.example not in seen:
            seen.add(trial.example)
            yield trial
        if len(seen) == NUMBER:
            return
