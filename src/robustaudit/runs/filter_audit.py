"""A stored run read as that of a filter: which texts of the positive class get through, and false alarms."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from robustaudit.core.arrays import Floats, Integers
from robustaudit.core.errors import UserError
from robustaudit.core.spelling import named, option
from robustaudit.core.validation import check_between
from robustaudit.runs.stored_run import StoredRun
from robustaudit.statistics.filtering import (
    FilterFigures,
    FilterTrials,
    TextScores,
    filter_figures,
    threshold_of,
)
from robustaudit.statistics.outcomes import with_predictions

_COLUMNS = (
    "model",
    "attack",
    "example",
    "group",
    "label",
    "changed",
    "error",
    "clean_prediction",
    "perturbed_prediction",
    "clean_probabilities",
    "perturbed_probabilities",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterRow:
    """A filter under one attack, with the number of examples of each class of which a text changed.

    Without such texts of both classes it has no figures.
    """

    model: str
    attack: str
    positives: int
    negatives: int
    trials: int
    figures: FilterFigures | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterAudit:
    """What the models of a run catch of the positive class.

    `alarms` is the share of clean negatives that may be taken for positive, None where the models decide
    themselves; `thresholds` are those of each model, in probability of the positive class: a text above is
    caught. `without` are models and attacks that changed no text of one of both classes.
    """

    run: str
    positive: str
    alarms: float | None
    negatives: int
    thresholds: dict[str, float]
    rows: tuple[FilterRow, ...]
    without: tuple[tuple[str, str], ...]

    def as_json(self) -> dict[str, Any]:
        """The audit as JSON has it; a threshold that no text exceeds is null."""
        found = asdict(self)
        found["thresholds"] = {name: at if np.isfinite(at) else None for name, at in self.thresholds.items()}
        return found


def audit_filter(run: StoredRun, positive: str | int, alarms: float | None = None) -> FilterAudit:
    """The figures of each model and attack of a run as those of a filter for that class.

    Raises:
        UserError: there is no such class, a class has no text, or a share is asked of models without
            probabilities.
    """
    if alarms is not None:
        check_between(named("fpr"), alarms, 0, 1)
    classes = run.planned.classes
    asked = _Asked(classes.find(positive, kind="class"), alarms)
    parts = [asked.scored(with_predictions(each)) for each in run.shards(_COLUMNS)]
    if not parts:
        raise UserError(f"run {str(run.folder)!r} has no finished trials: run its command again to resume")
    trials = _Trials(pa.concat_tables(parts))
    models, attacks = ([str(each["name"]) for each in run.plan[of]] for of in ("models", "attacks"))
    negatives = {model: trials.clean_negatives(model, classes.name(asked.positive)) for model in models}
    rows = [trials.row(model, attack, negatives[model], alarms) for model in models for attack in attacks]
    return FilterAudit(
        run=str(run.folder),
        positive=classes.name(asked.positive),
        alarms=alarms,
        negatives=max(len(each.score) for each in negatives.values()),
        thresholds={}
        if alarms is None
        else {model: threshold_of(each, alarms) for model, each in negatives.items()},
        rows=tuple(row for row in rows if row.figures),
        without=tuple((row.model, row.attack) for row in rows if not row.figures),
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """The number of the positive class, and the share of false alarms; without it models decide."""

    positive: int
    alarms: float | None

    def scored(self, trials: pa.Table) -> pa.Table:
        """Of each trial whether it is of the positive class, and both scores."""
        made = trials.select(["model", "attack", "example", "group", "changed"])
        made = made.append_column("positive", pc.equal(trials["label"], pa.scalar(self.positive)))
        for when in ("clean", "perturbed"):
            made = made.append_column(when, pa.array(self._score(trials, when)))
        return made

    def _score(self, trials: pa.Table, when: str) -> Floats:
        if self.alarms is None:
            decided: Floats = (trials[f"{when}_prediction"].to_numpy() == self.positive).astype(np.float64)
            return decided
        given = trials[f"{when}_probabilities"]
        if given.null_count:
            silent = str(trials.filter(pc.is_null(given))["model"][0])
            raise UserError(
                f"model {silent!r} gives no probabilities: leave out {option('fpr')}, and it decides"
            )
        flat = np.asarray(pc.list_flatten(given), dtype=np.float64)
        scores: Floats = flat.reshape(len(trials), -1)[:, self.positive] if len(trials) else flat
        return scores


class _Trials:
    """The scored trials of a run."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table
        self._groups = pc.unique(table["group"])

    def clean_negatives(self, model: str, positive: str) -> TextScores:
        """The clean texts of the other classes, each once.

        Raises:
            UserError: there is none, or none of the positive class.
        """
        trials = self._table.filter(pc.equal(self._table["model"], pa.scalar(model)))
        _, first = np.unique(_codes(trials["example"]), return_index=True)
        positives, negatives = self._by_class(trials.take(first), "clean", np.ones(len(first)))
        for texts, missing in ((positives, ""), (negatives, "any class but ")):
            if not len(texts.score):
                raise UserError(
                    f"a filter needs texts of both classes: the data has none of {missing}{positive!r}"
                )
        return negatives

    def row(self, model: str, attack: str, calibrating: TextScores, alarms: float | None) -> FilterRow:
        """The figures of a model under an attack; none without changed texts of both classes."""
        cell = self._table.filter(self._table["changed"])
        for name, value in (("model", model), ("attack", attack)):
            cell = cell.filter(pc.equal(cell[name], pa.scalar(value)))
        codes = _codes(cell["example"])
        weight: Floats = 1 / np.bincount(codes)[codes] if len(codes) else np.empty(0)
        before, after = (self._by_class(cell, when, weight) for when in ("clean", "perturbed"))
        positives, negatives = (round(each.total) for each in before)
        trials = FilterTrials(before[0], after[0], before[1], after[1])
        return FilterRow(
            model=model,
            attack=attack,
            positives=positives,
            negatives=negatives,
            trials=len(cell),
            figures=filter_figures(trials, calibrating, alarms) if positives and negatives else None,
        )

    def _by_class(self, trials: pa.Table, column: str, weight: Floats) -> tuple[TextScores, TextScores]:
        """The texts of the positive class, and the others."""
        positive = trials["positive"].to_numpy()
        group = np.asarray(pc.index_in(trials["group"], value_set=self._groups), dtype=np.int64)
        score = trials[column].to_numpy()
        of, other = (TextScores(score[some], group[some], weight[some]) for some in (positive, ~positive))
        return of, other


def _codes(column: "pa.ChunkedArray[Any]") -> Integers:
    return np.asarray(column.combine_chunks().dictionary_encode().indices, dtype=np.int64)


def worst_first(rows: Sequence[FilterRow]) -> list[FilterRow]:
    """The rows by the lower end of the share that gets through; those of which it is not known last."""
    return sorted(rows, key=lambda row: -_least_evasion(row))


def _least_evasion(row: FilterRow) -> float:
    evasion = row.figures.evasion if row.figures else None
    return -1.0 if evasion is None or evasion.low is None else evasion.low
