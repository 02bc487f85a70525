"""What a sweep proves: which examples no edit can make fail, and the shares of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from robustaudit.core.arrays import Floats
from robustaudit.core.records import Edit
from robustaudit.runs.repeat_check import combine_repeat_checks, repeat_check_of
from robustaudit.runs.result import RepeatCheck
from robustaudit.statistics.bounds import mean_between
from robustaudit.statistics.estimates import UnresolvedEstimate, with_intervals
from robustaudit.statistics.intervals import grouped
from robustaudit.statistics.measures import Estimate
from robustaudit.worst_case.stored_sweep import EditEffects, Sweep


@dataclass(frozen=True, slots=True, kw_only=True)
class FailingEdit:
    """An example, and the single edit that makes its prediction another one most clearly.

    `margin` is the log-odds of the class that was predicted before, below 0; None if the model gives classes
    alone.
    """

    example: str
    label: int
    clean_text: str
    edit: Edit
    clean_prediction: int
    prediction: int
    margin: float | None

    @property
    def was_correct(self) -> bool:
        """Whether the clean text was predicted as its label says."""
        return self.clean_prediction == self.label


@dataclass(frozen=True, slots=True, kw_only=True)
class CertifiedRow:
    """What a model withstands of an attack: certified accuracy, the share of stable examples, and rho.

    `texts` were queried, each different text of an example once, of which `failing` changed the prediction;
    `without_edits` counts the examples that the attack cannot change, and `unpredicted` the texts, clean or
    edited, that have no prediction: their examples are not stable. `rho` is None if not every edit was
    queried. `failures` has one failing edit of each example that has any, those that were correct first.
    """

    model: str
    attack: str
    examples: int
    without_edits: int
    texts: int
    failing: int
    unpredicted: int
    clean_accuracy: Estimate
    certified_accuracy: Estimate
    stable: Estimate
    rho: float | None
    failures: tuple[FailingEdit, ...]


@dataclass(frozen=True, slots=True)
class Certification:
    """The rows of a sweep, model by model, and the repeat check of each model."""

    rows: tuple[CertifiedRow, ...]
    repeat_checks: tuple[RepeatCheck, ...]


def certify(sweep: Sweep) -> Certification:
    """What each model withstands of each attack, and whether models predict texts alike again."""
    rows = [_row(sweep, sweep.of(model, attack)) for model in sweep.models for attack in sweep.attacks]
    checks = [
        combine_repeat_checks(model, map(repeat_check_of, sweep.tables(model))) for model in sweep.models
    ]
    return Certification(tuple(with_intervals(rows)), tuple(checks))


def stable_examples(effects: EditEffects) -> NDArray[np.bool_]:
    """Which examples have a prediction that no edit changes; every text has one."""
    stable: NDArray[np.bool_] = effects.clean_prediction >= 0
    stable[effects.example[effects.fails | ~effects.known]] = False
    return stable


def _row(sweep: Sweep, effects: EditEffects) -> CertifiedRow:
    fails, known = effects.fails, effects.known
    stable, correct = stable_examples(effects), effects.clean_prediction == effects.label
    silent = int((effects.clean_prediction < 0).sum())
    return CertifiedRow(
        model=effects.model,
        attack=effects.attack,
        examples=len(stable),
        without_edits=len(stable) - len(np.unique(effects.example)) - silent,
        texts=len(effects),
        failing=int(fails.sum()),
        unpredicted=int((~known).sum()) + silent,
        clean_accuracy=_share(sweep, correct),
        certified_accuracy=_share(sweep, stable & correct),
        stable=_share(sweep, stable),
        rho=float(1 - fails[known].mean()) if sweep.record.all_edits and known.any() else None,
        failures=tuple(_failures(sweep, effects)),
    )


def _share(sweep: Sweep, those: NDArray[np.bool_]) -> UnresolvedEstimate:
    """The share of examples, to be bounded over groups where there are several."""
    numbers: dict[str, int] = {}
    group = np.array([numbers.setdefault(each.group, len(numbers)) for each in sweep.examples])
    values: Floats = those.astype(np.float64)
    part = grouped(values, group)
    return UnresolvedEstimate(part.mean, bounds=mean_between(part, 0.0, 1.0) if part.groups > 1 else None)


def _failures(sweep: Sweep, effects: EditEffects) -> Sequence[FailingEdit]:
    rows = np.flatnonzero(effects.fails)
    rows = rows[np.lexsort((np.nan_to_num(effects.margin[rows]), effects.example[rows]))]
    _, first = np.unique(effects.example[rows], return_index=True)
    found = []
    for row in rows[first].tolist():
        example, place = sweep.examples[effects.example[row]], effects.example[row]
        margin = float(effects.margin[row])
        found.append(
            FailingEdit(
                example=example.id,
                label=example.label,
                clean_text=example.text,
                edit=effects.edit(row),
                clean_prediction=int(effects.clean_prediction[place]),
                prediction=int(effects.prediction[row]),
                margin=None if np.isnan(margin) else margin,
            )
        )
    return sorted(found, key=lambda each: (not each.was_correct, each.margin or 0.0))
