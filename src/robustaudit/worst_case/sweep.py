"""A sweep queries models for every single edit of every example, unit by unit."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from robustaudit.core.arrays import Floats, Integers
from robustaudit.core.code_points import ranges
from robustaudit.models import Classifier
from robustaudit.perturbations import SingleEdits, TextBatch
from robustaudit.runs.error_policy import ErrorPolicy
from robustaudit.runs.events import BatchDependenceFound, BatchPredicted, Listener, RunStarted, UnitDone
from robustaudit.runs.execution import UnitWork
from robustaudit.runs.plan import Plan
from robustaudit.runs.plan_record import WorkUnit
from robustaudit.runs.predictions import NoPredictionError, Predictions, RepeatQuery, predict_all
from robustaudit.runs.repeat_check import attach_repeat_check, check_repeats, truncation_of
from robustaudit.runs.work_units import Executor, InProcess
from robustaudit.worst_case.sweep_plan import SweepPlan, SweepUnit
from robustaudit.worst_case.sweep_store import SWEEP, claim_sweep_folder

_FIRST_ROUND = 64  # edits of an example under an attack; then twice as many, and so on
_SPREAD = (5**0.5 - 1) / 2  # the multiples of it, modulo 1, lie evenly
_LEAST = 1e-300  # in place of a probability that is 0 by rounding


def execute_sweep(
    sweep: SweepPlan,
    folder: Path,
    *,
    batch_size: int | None = None,
    listener: Listener = lambda _: None,
    executor: Executor | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> None:
    """Carry out a sweep and store it in `folder`; units that are there are not queried again.

    Raises:
        UserError: the folder cannot be used.
        ModelError: a model failed or broke its contract; finished units are kept.
    """
    units = list(sweep.record.units())
    with claim_sweep_folder(folder, sweep, tell=tell) as store:
        done = Counter({model.name: 0 for model in sweep.plan.models})
        missing = []
        for unit in units:
            if store.has(unit):
                done[unit.model] += unit.queries
            else:
                missing.append(unit)
        of_model = sum(unit.queries for unit in units) // len(done)
        listener(RunStarted(folder, done, of_model, until_decided=not sweep.all_edits, counted="texts"))
        with closing(executor or InProcess()) as workers:
            for finished, table in workers.run(missing, SweepWork(sweep.plan, batch_size), listener):
                store.write(finished, table)
                listener(UnitDone(finished.model, finished.queries))


class SweepWork(UnitWork):
    """Queries a model for the single edits of a unit."""

    def work_on(self, unit: WorkUnit, classifier: Classifier, listener: Listener) -> pa.Table:
        assert isinstance(unit, SweepUnit)
        return run_sweep_unit(unit, self.plan, classifier, batch_size=self.batch_size, listener=listener)


def run_sweep_unit(
    unit: SweepUnit,
    plan: Plan,
    classifier: Classifier,
    *,
    batch_size: int | None = None,
    listener: Listener = lambda _: None,
) -> pa.Table:
    """The predictions of a unit, one text a row (`SWEEP`); depends on plan and weights alone.

    Raises:
        ModelError: the classifier broke its contract.
    """
    texts = _UnitTexts.of(unit, plan)
    querying = _Querying(classifier, unit.model, batch_size, plan.error_policy)
    try:
        clean = querying.ask(texts.clean)
        asked = _ask_in_rounds(texts, clean, querying, unit, listener)
        found = check_repeats(
            querying.again(),
            {text: clean.take(slice(row, row + 1)) for row, text in enumerate(texts.clean)},
            querying.places,
            flips={},
            asking=f"{unit.start}",
            mixed=unit.start == 0,
        )
    except NoPredictionError as error:
        raise error.at(texts.where(error.text, plan)) from error
    answered = [text for text, failed in zip(texts.clean, clean.failed, strict=True) if not failed]
    found = replace(found, truncation=truncation_of(classifier, answered))
    if found.batch_dependence == "found":
        listener(BatchDependenceFound(found))
    return attach_repeat_check(texts.table(asked, clean, querying.of(texts.edited_at(asked)), plan), found)


def _ask_in_rounds(
    texts: "_UnitTexts", clean: Predictions, querying: "_Querying", unit: SweepUnit, listener: Listener
) -> Integers:
    """Query edits in rounds, and leave an example under an attack once one fails; the rows of those queried.

    The edits of a round are spread over the text, so that batches are full and failures are found early.
    """
    is_open = ~clean.failed[texts.example]
    asked = np.zeros(len(texts.example), dtype=np.bool_)
    rank, first, size = texts.spread_ranks(), 0, _FIRST_ROUND
    while (is_open & ~asked).any():
        last = len(rank) if unit.all_edits else first + size
        rows = np.flatnonzero(is_open & (first <= rank) & (rank < last))
        share = len(rows) / max(len(rank), 1) * unit.queries

        def told(done: float, share: float = share) -> None:
            listener(BatchPredicted(unit.model, done * share))

        answers = querying.ask(texts.edited_at(rows), told)
        asked[rows] = True
        if not unit.all_edits:
            fails = ~answers.failed & (answers.predictions != clean.predictions[texts.example[rows]])
            is_open &= ~np.isin(texts.cell, texts.cell[rows[fails]])
        first, size = last, 2 * size
    return np.flatnonzero(asked)


@dataclass(frozen=True, slots=True, eq=False)
class _UnitTexts:
    """The clean texts of a unit and its edits as columns, each text once per example and attack.

    `example` counts from the unit's first; `cell` is one number for each example and attack. Of the many
    edits of a text an early end asks few, so that only their texts are built.
    """

    start: int
    batch: TextBatch
    example: Integers
    attack: Integers
    edits: SingleEdits
    cell: Integers

    @classmethod
    def of(cls, unit: SweepUnit, plan: Plan) -> "_UnitTexts":
        texts = [example.text for example in plan.examples[unit.start : unit.stop]]
        batch = TextBatch(texts, segmenter=plan.segmenter)
        lists = [attack.attack.single_edits(batch) for attack in plan.attacks]
        together = SingleEdits.joined(lists)
        # By text and then by attack, as the lists are joined.
        sizes = np.array([np.bincount(each.text, minlength=len(texts)) for each in lists])
        attack = np.repeat(np.tile(np.arange(len(lists)), len(texts)), sizes.T.ravel())
        cell = together.text * len(lists) + attack
        rows = together.first_of_each_text(batch, cell)
        return cls(unit.start, batch, together.text[rows], attack[rows], together.take(rows), cell[rows])

    @property
    def clean(self) -> Sequence[str]:
        return self.batch.texts

    def edited_at(self, rows: Integers) -> list[str]:
        return self.edits.take(rows).texts(self.batch)

    def spread_ranks(self) -> Integers:
        """The turn of each edit among those of its example and attack, from 0: spread over the text."""
        sizes = np.bincount(self.cell)
        place = ranges(np.zeros_like(sizes), sizes)
        order = np.lexsort((place * _SPREAD % 1.0, self.cell))
        rank = np.empty_like(place)
        rank[order] = place
        return rank

    def where(self, text: str, plan: Plan) -> str:
        """The example that a text is of, in words."""
        is_clean = text in self.clean
        row = self.clean.index(text) if is_clean else self.example[self.edits.texts(self.batch).index(text)]
        edited = "" if is_clean else ", with one edit"
        return f"of example {plan.examples[self.start + int(row)].id!r}{edited}"

    def table(self, rows: Integers, clean: Predictions, edited: Predictions, plan: Plan) -> pa.Table:
        """The clean texts and the edits in those rows with their predictions, example by example."""
        edits = self.edits.take(rows)
        mine, before = self.example[rows], np.arange(len(self.clean))
        example = np.concatenate([before, mine]) + self.start
        answers = Predictions.joined([clean, edited])
        reference = np.concatenate([clean.predictions, clean.predictions[mine]])
        labels = plan.example_labels[example]
        columns: dict[str, Any] = {
            "example": example,
            "attack": _without_first(len(before), self.attack[rows]),
            "part": _without_first(len(before), edits.part),
            "start": _without_first(len(before), edits.edits.start),
            "stop": _without_first(len(before), edits.edits.stop),
            "site_start": _without_first(len(before), edits.site_start),
            "site_stop": _without_first(len(before), edits.site_stop),
            "replacement": pa.array([None] * len(before) + edits.edits.replacement.strings(), pa.string()),
            "prediction": pa.array(answers.predictions, mask=answers.failed),
            "margin": _known(margins(answers.probabilities, reference)),
            "probability": _known(answers.probabilities[np.arange(len(labels)), labels]),
            "error": pa.array(answers.errors, pa.string()),
        }
        cast = [pa.array(columns[field.name]).cast(field.type) for field in SWEEP]
        made = pa.Table.from_arrays(cast, schema=SWEEP)
        return made.take(np.argsort(example, kind="stable"))


def margins(probabilities: Floats, of: Integers) -> Floats:
    """The log-odds of class `of[i]` against the likeliest other; below 0 where another is predicted.

    NaN where a model gives no probabilities, or `of` names no class. Shapes (n, n_classes) and (n,).
    """
    logs = np.log(np.maximum(probabilities, _LEAST))
    rows = np.arange(len(of))
    mine = np.where(of < 0, np.nan, logs[rows, of])
    logs[rows, of] = -np.inf
    margin: Floats = mine - logs.max(axis=1)
    return margin


def _without_first(clean: int, values: Integers) -> "pa.Array[Any]":
    """A column that says nothing of clean texts, which come first."""
    column: pa.Array[Any] = pa.array(
        np.append(np.zeros(clean, dtype=np.int64), values), mask=np.arange(clean + len(values)) < clean
    )
    return column


def _known(values: Floats) -> "pa.Array[Any]":
    return pa.array(values, mask=np.isnan(values))


class _Querying:
    """Queries a model for texts of a unit, each different one once."""

    def __init__(
        self, classifier: Classifier, model: str, batch_size: int | None, error_policy: ErrorPolicy
    ) -> None:
        self._classifier, self._model = classifier, model
        self._batch_size, self._error_policy = batch_size, error_policy
        self.places: dict[str, int] = {}
        self._parts: list[Predictions] = []

    def ask(self, texts: Sequence[str], told: Callable[[float], None] = lambda _: None) -> Predictions:
        new = [text for text in dict.fromkeys(texts) if text not in self.places]
        if new:
            self._parts.append(
                predict_all(
                    self._classifier,
                    new,
                    model=self._model,
                    batch_size=self._batch_size,
                    error_policy=self._error_policy,
                    told=told,
                )
            )
            self.places |= {text: place for place, text in enumerate(new, len(self.places))}
        return self.of(texts)

    def of(self, texts: Sequence[str]) -> Predictions:
        """The predictions of texts that were queried."""
        self._parts = [Predictions.joined(self._parts)]
        return self._parts[0].take(np.array([self.places[text] for text in texts], dtype=np.int64))

    def again(self) -> RepeatQuery:
        return RepeatQuery(
            self._classifier,
            model=self._model,
            batch_size=self._batch_size,
            error_policy=self._error_policy,
        )
