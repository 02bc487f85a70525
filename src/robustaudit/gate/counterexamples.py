"""Counterexamples: the trials that speak most against a rule."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from robustaudit.gate.rules import Rule
from robustaudit.runs.result import Row
from robustaudit.runs.slices import in_slice
from robustaudit.runs.stored_run import Shards
from robustaudit.runs.trial import Trial, trial_at
from robustaudit.statistics.outcomes import changed_trials, confidence_of, with_predictions

NUMBER = 3
"""Counterexamples per check."""

_OF_DROPS = ("max_drop", "max_relative_drop")


@dataclass(frozen=True, slots=True)
class Against:
    """What counterexamples are looked for: of a rule in a row, where `groups` are given in these alone."""

    rule: Rule
    row: Row
    groups: Collection[str] | None = None


def find_counterexamples(
    shards: Shards, wanted: Sequence[Against], *, members: pa.Table
) -> list[tuple[Trial, ...]]:
    """Trials of different examples that were correct before and confidently wrong after few edits.

    `members` has the values of each example in the columns of slices.
    """
    found: list[list[_Ranked]] = [[] for _ in wanted]
    for shard in shards() if wanted else ():
        given = with_predictions(shard)
        for place, each in enumerate(wanted):
            cell = changed_trials(given, each.row.model, each.row.attack)
            if each.groups is not None:
                cell = cell.filter(pc.is_in(cell["group"], value_set=pa.array(each.groups, pa.string())))
            if each.row.slice is not None and len(cell):
                cell = cell.filter(pa.array(in_slice(cell, each.row.slice, members)))
            if len(cell):
                found[place] = list(_best([*found[place], *_ranked(cell, each.rule)]))
    return [tuple(trial for _, trial in each) for each in found]


def counterexample_rank(trial: Trial) -> tuple[bool, bool, float, int, int]:
    """Sorts stronger counterexamples first: confidence in tenths, so that edits count too.

    Those with a known smallest failure come before others.
    """
    correct_before, unknown = trial.clean_prediction == trial.label, trial.smallest_edits is None
    confidence = -round(trial.confidence or 0.0, 1)
    return not correct_before, unknown, confidence, len(trial.shown_edits), trial.trial


_Ranked = tuple[tuple[float, ...], Trial]


def _best(ranked: Iterable[_Ranked]) -> Iterator[_Ranked]:
    """The first trials of different examples."""
    seen: set[str] = set()
    for rank, trial in sorted(ranked, key=itemgetter(0)):
        if trial.example not in seen:
            seen.add(trial.example)
            yield rank, trial
        if len(seen) == NUMBER:
            return


def _ranked(cell: pa.Table, rule: Rule) -> Iterator[_Ranked]:
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
    unknown = pc.is_null(cell["smallest_edits"]).to_numpy()
    edits = pc.list_value_length(pc.coalesce(cell["smallest_edits"], cell["edits"])).to_numpy()
    again = pc.fill_null(cell["clean_repeat_prediction"], cell["clean_prediction"]).to_numpy()
    first = (again != before, before != label, unknown)
    keys = (*first, -np.round(confidence, 1), edits, cell["trial"].to_numpy())
    ranks = np.stack(keys, axis=1).astype(np.float64)
    places = np.flatnonzero(against)[np.lexsort(ranks[against].T[::-1])]
    yield from _best((tuple(ranks[place].tolist()), trial_at(cell, place)) for place in places.tolist())
