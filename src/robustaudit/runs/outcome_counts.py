"""What the figures of a run need of its trials, counted unit by unit: trials that are alike are one row.

Memory grows with the examples and with how differently their draws come out, not with the trials. Units are
counted in the order of the plan, so that sums are the same to the bit however many processes work.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from robustaudit.core.arrays import Integers
from robustaudit.runs.plan import Plan
from robustaudit.runs.plan_record import WorkUnit
from robustaudit.runs.repeat_check import combine_repeat_checks, repeat_check_of
from robustaudit.runs.result import RepeatCheck, SmallestFailures
from robustaudit.runs.smallest_failure import counted_smallest_failures
from robustaudit.runs.trial import Trial, trial_at
from robustaudit.statistics.outcomes import TrialOutcomes, outcomes_of, with_predictions

_ALIKE: dict[str, pa.DataType] = {
    "cell": pa.int32(),
    "example": pa.int64(),
    "changed": pa.bool_(),
    "clean": pa.int32(),
    "perturbed": pa.int32(),
    "clean_repeated": pa.int32(),
    "neighbour": pa.int32(),
    "clean_bin": pa.int8(),
    "perturbed_bin": pa.int8(),
}
_SUMMED: dict[str, pa.DataType] = {
    "number": pa.int64(),
    "probability_change": pa.float64(),
    "clean_confidence": pa.float64(),
    "perturbed_confidence": pa.float64(),
    "edit_share": pa.float64(),
    "character_share": pa.float64(),
    "brier_change": pa.float64(),
}
_ROWS = pa.schema([*_ALIKE.items(), *_SUMMED.items()])
_MOST_WAITING = 10_000  # rows, until those that are alike are joined
_NONE = -1  # in place of a class

ByDraw = NDArray[np.int8]
"""Of each changed trial, by draw and example: 1 if correct before, plus 2 if correct after; −1 for others."""


@dataclass(frozen=True, slots=True)
class MissingTrials:
    """Trials without a prediction, `number` alike ones in a row, by the position of their example.

    `unread`: only the reply to the perturbed text named no class.
    """

    example: Integers
    unread: NDArray[np.bool_]
    number: Integers

    def where(self, chosen: NDArray[np.bool_]) -> "MissingTrials":
        return MissingTrials(self.example[chosen], self.unread[chosen], self.number[chosen])


class CountedTrials:
    """Trials in rows of those that are alike, by the number of a model and attack.

    Sums are taken in the order in which trials are added. `of_one_example` are the draws of a single one,
    whose neighbours may be needed.
    """

    def __init__(self, *, of_one_example: bool = False) -> None:
        self._of_one_example = of_one_example
        self._rows, self._waiting, self._rows_waiting = _ROWS.empty_table(), list[pa.Table](), 0

    def add(self, cell: int, answers: TrialOutcomes) -> None:
        """Count trials with predictions."""
        columns = {name: getattr(answers, name) for name in _ROWS.names if name != "cell"}
        if not self._of_one_example:
            columns["neighbour"] = np.full(len(answers.example), _NONE)
        if answers.brier_change is None:
            columns["brier_change"] = np.full(len(answers.example), np.nan)
        self._wait(cell, columns)

    def add_missing(self, cell: int, skipped: pa.Table, example: Integers) -> None:
        """Count trials without a prediction.

        The clean prediction is kept of those whose reply to the perturbed text alone named no class.
        """
        silent = pc.equal(skipped["outcome"], pa.scalar("no answer"))
        clean = pc.fill_null(pc.if_else(silent, skipped["clean_prediction"], pa.scalar(_NONE)), _NONE)
        columns: dict[str, NDArray[Any]] = {name: np.full(len(skipped), _NONE) for name in _ALIKE}
        columns |= {name: np.zeros(len(skipped)) for name in _SUMMED}
        columns |= {"changed": np.zeros(len(skipped), dtype=bool), "number": np.ones(len(skipped))}
        self._wait(cell, columns | {"clean": clean.to_numpy(), "example": example})

    def of(self, cell: int, *, group: Integers, label: Integers) -> tuple[TrialOutcomes, MissingTrials]:
        """The trials with predictions, and those without; `group` and `label` are those of each example."""
        if self._waiting:
            self._join()
        rows = self._rows.filter(pc.equal(self._rows["cell"], pa.scalar(cell, pa.int32())))
        columns = {name: _widened(rows[name].to_numpy()) for name in rows.column_names if name != "cell"}
        for name in ("clean_confidence", "perturbed_confidence"):
            if np.isnan(columns[name]).any():
                columns[name] = np.full(len(rows), np.nan)
        example, brier = columns["example"], columns.pop("brier_change")
        answers = TrialOutcomes(
            **columns,
            group=group[example],
            label=label[example],
            clean_per_trial=np.zeros(len(example), dtype=bool),
            brier_change=None if np.isnan(brier).any() else brier,
        )
        given = answers.perturbed != _NONE
        skipped = answers.where(~given)
        return answers.where(given), MissingTrials(skipped.example, skipped.clean != _NONE, skipped.number)

    def _wait(self, cell: int, columns: Mapping[str, NDArray[Any]]) -> None:
        number = len(columns["example"])
        there = {**columns, "cell": np.full(number, cell)}
        self._waiting.append(pa.table({name: there[name] for name in _ROWS.names}).cast(_ROWS))
        self._rows_waiting += number
        if self._rows_waiting > max(_MOST_WAITING, len(self._rows)):
            self._join()

    def _join(self) -> None:
        """Add up the rows that are alike."""
        rows = pa.concat_tables([self._rows, *self._waiting])
        sums: list[Any] = [(name, "sum") for name in _SUMMED]
        joined = rows.group_by(list(_ALIKE), use_threads=False).aggregate(sums)
        names = [name.removesuffix("_sum") for name in joined.column_names]
        self._rows = joined.rename_columns(names).select(_ROWS.names)
        self._waiting, self._rows_waiting = [], 0


class OutcomeCounts:
    """The trials of one model as they were counted so far, by attack."""

    def __init__(self, model: str, plan: Plan) -> None:
        attacks = [attack.label for attack in plan.attacks]
        self.repeat_check = RepeatCheck(model=model)
        self.smallest_failures = SmallestFailures(model=model)
        self.unrepeated: list[WorkUnit] = []
        self.trials, self.model_calls = dict.fromkeys(attacks, 0), dict.fromkeys(attacks, 0)
        self.any_flips = False
        self._plan, self._attacks = plan, attacks
        self._firsts: dict[tuple[str, int], Trial] = {}
        self._counted = CountedTrials(of_one_example=plan.interval_unit == "draw")
        # Only where two models are compared trial by trial.
        shape = (len(plan.draws(0)), len(plan.examples)) if len(plan.models) > 1 else (0, 0)
        self._by_draw = {attack: np.full(shape, _NONE, dtype=np.int8) for attack in attacks}

    def add(self, unit: WorkUnit, trials: pa.Table) -> None:
        """Count the trials of a unit; units have to come in the order of the plan."""
        found, attacks = repeat_check_of(trials), self._attacks
        self.repeat_check = combine_repeat_checks(unit.model, [self.repeat_check, found])
        self.smallest_failures = counted_smallest_failures(self.smallest_failures, trials)
        if found.each_draw:
            self._counted.add(len(attacks), self._outcomes(_repeated_draws(trials)))
        else:
            self.unrepeated.append(unit)
        for place, attack in enumerate(attacks):
            cell = trials.filter(pc.equal(trials["attack"], pa.scalar(attack)))
            if len(cell):
                self._add(place, attack, cell)

    def of(self, attack: str) -> tuple[TrialOutcomes, MissingTrials]:
        """The trials under an attack with predictions, and those without, which count in no figure."""
        return self._cell(self._attacks.index(attack))

    def examples(self, attack: str) -> list[Trial]:
        """The first changed trial of each true class whose correct prediction became wrong, in their order.

        Those with a known smallest failure come first. Without any, the first changed trial.
        """
        firsts = {label: trial for (under, label), trial in self._firsts.items() if under == attack}
        lost = [trial for label, trial in firsts.items() if label != _NONE]
        return sorted(lost or firsts.values(), key=lambda trial: (trial.smallest_edits is None, trial.trial))

    def repeated(self) -> TrialOutcomes:
        """The draws whose clean text was queried again, each once whatever the attack."""
        return self._cell(len(self._attacks))[0]

    def by_draw(self, attack: str) -> ByDraw:
        """The trials under an attack one by one; empty if the run has one model alone."""
        return self._by_draw[attack]

    def _add(self, place: int, attack: str, cell: pa.Table) -> None:
        self.trials[attack] += len(cell)
        if self._plan.sequential_test:
            self.model_calls[attack] += _distinct_texts(cell)
        given = with_predictions(cell)
        answers = self._outcomes(given)
        self.any_flips |= bool(answers.flipped.any())
        self._counted.add(place, answers)
        if len(given) < len(cell):
            skipped = cell.filter(pc.is_valid(cell["error"]))
            self._counted.add_missing(place, skipped, skipped["trial"].to_numpy() % len(self._plan.examples))
        if answers.changed.any():
            changed, trial = answers.where(answers.changed), given["trial"].to_numpy()[answers.changed]
            self._show(attack, given.filter(given["changed"]), changed)
            if self._by_draw[attack].size:
                right = (changed.clean == changed.label) + 2 * (changed.perturbed == changed.label)
                self._by_draw[attack].reshape(-1)[trial] = right

    def _outcomes(self, trials: pa.Table) -> TrialOutcomes:
        example = trials["trial"].to_numpy() % len(self._plan.examples)
        return outcomes_of(trials, example=example, group=self._plan.example_groups[example])

    def _cell(self, place: int) -> tuple[TrialOutcomes, MissingTrials]:
        return self._counted.of(place, group=self._plan.example_groups, label=self._plan.example_labels)

    def _show(self, attack: str, changed: pa.Table, answers: TrialOutcomes) -> None:
        """Keep the first trial, and of each true class the first whose correct prediction became wrong.

        Of the latter, one with a known smallest failure is kept before others, and none whose clean text had
        another prediction when queried again.
        """
        trial = changed["trial"].to_numpy()
        lost = (answers.clean == answers.label) & answers.flipped & ~answers.contradicted
        label = np.where(lost, answers.label, _NONE)
        whole = lost & pc.is_null(changed["smallest_edits"]).to_numpy()
        for of in np.unique(label).tolist():
            first = int(np.lexsort((trial, whole, label != of))[0])
            known = self._firsts.get((attack, of))
            if known is None or (whole[first], trial[first]) < (_is_whole(known, of), known.trial):
                self._firsts[attack, of] = trial_at(changed, first)


def _is_whole(trial: Trial, of: int) -> bool:
    """Whether a trial of a true class that was lost has no known smallest failure."""
    return of != _NONE and trial.smallest_edits is None


def _widened(column: NDArray[Any]) -> NDArray[Any]:
    return column.astype(np.int64) if column.dtype.kind == "i" else column


def _distinct_texts(trials: pa.Table) -> int:
    texts = pa.chunked_array([*trials["clean_text"].chunks, *trials["perturbed_text"].chunks])
    return int(pc.count_distinct(texts).as_py())


def _repeated_draws(trials: pa.Table) -> pa.Table:
    """Of the trials of a unit one of each draw, whatever the attack, whose clean text was queried again."""
    given = with_predictions(trials)
    _, first = np.unique(given["trial"].to_numpy(), return_index=True)
    once = given.take(np.sort(first))
    return once.filter(pc.is_valid(once["clean_repeat_prediction"]))


class NamedExamples:
    """The examples of stored trials in the order in which they first come, a row each."""

    _COLUMNS = ("example", "group", "label", "label_name", "clean_text")

    def __init__(self) -> None:
        self._places: dict[str, int] = {}
        self._parts: list[pa.Table] = []

    def places(self, trials: pa.Table) -> Integers:
        """The position of the example of each trial; new ones are taken in."""
        encoded = trials["example"].combine_chunks().dictionary_encode()
        codes, names = (
            np.asarray(encoded.indices, dtype=np.int64),
            list(map(str, encoded.dictionary.to_pylist())),
        )
        _, first = np.unique(codes, return_index=True)
        new = [code for code, name in enumerate(names) if name not in self._places]
        if new:
            self._parts.append(trials.select(self._COLUMNS).take(first[new]))
            self._places |= {names[code]: len(self._places) + number for number, code in enumerate(new)}
        return np.array([self._places[name] for name in names], dtype=np.int64)[codes]

    @property
    def table(self) -> pa.Table:
        """Name, group, true class and text of each example."""
        return pa.concat_tables(self._parts)

    @property
    def group(self) -> Integers:
        """Of each example the number of its group."""
        return np.asarray(self.table["group"].combine_chunks().dictionary_encode().indices, dtype=np.int64)

    @property
    def label(self) -> Integers:
        return self.table["label"].to_numpy()
