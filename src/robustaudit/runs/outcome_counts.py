"""What the figures of a run need of its trials, counted unit by unit: trials that are alike are one row.

Memory grows with the examples and with how differently their draws come out, not with the trials. Units are
counted in the order of the plan, so that sums are the same to the bit however many processes work.
"""

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
from robustaudit.runs.result import RepeatCheck
from robustaudit.runs.trial import Trial, trial_at
from robustaudit.statistics.outcomes import TrialOutcomes, outcomes_at, with_predictions

_ALIKE: dict[str, pa.DataType] = {
    "attack": pa.int32(),
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


class OutcomeCounts:
    """The trials of one model as they were counted so far, by attack."""

    def __init__(self, model: str, plan: Plan) -> None:
        attacks = [attack.label for attack in plan.attacks]
        self.repeat_check = RepeatCheck(model=model)
        self.unrepeated: list[WorkUnit] = []
        self.trials, self.model_calls = dict.fromkeys(attacks, 0), dict.fromkeys(attacks, 0)
        self.any_flips = False
        self._plan, self._attacks = plan, attacks
        self._firsts: dict[tuple[str, int], Trial] = {}
        self._rows, self._waiting = _ROWS.empty_table(), list[pa.Table]()
        # Only where two models are compared trial by trial.
        shape = (len(plan.draws(0)), len(plan.examples)) if len(plan.models) > 1 else (0, 0)
        self._by_draw = {attack: np.full(shape, _NONE, dtype=np.int8) for attack in attacks}

    def add(self, unit: WorkUnit, trials: pa.Table) -> None:
        """Count the trials of a unit; units have to come in the order of the plan."""
        found = repeat_check_of(trials)
        self.repeat_check = combine_repeat_checks(unit.model, [self.repeat_check, found])
        if found.each_draw:
            self._keep(len(self._attacks), self._outcomes(_repeated_draws(trials)))
        else:
            self.unrepeated.append(unit)
        for place, attack in enumerate(self._attacks):
            cell = trials.filter(pc.equal(trials["attack"], pa.scalar(attack)))
            if len(cell):
                self._add(place, attack, cell)
        if sum(map(len, self._waiting)) > max(_MOST_WAITING, len(self._rows)):
            self._join()

    def of(self, attack: str) -> tuple[TrialOutcomes, MissingTrials]:
        """The trials under an attack with predictions, and those without, which count in no figure."""
        return self._cell(self._attacks.index(attack))

    def examples(self, attack: str) -> list[Trial]:
        """The first changed trial of each true class whose correct prediction became wrong, in their order.

        Without any, the first changed trial.
        """
        firsts = {label: trial for (under, label), trial in self._firsts.items() if under == attack}
        lost = [trial for label, trial in firsts.items() if label != _NONE]
        return sorted(lost or firsts.values(), key=lambda trial: trial.trial)

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
        self._keep(place, answers)
        if len(given) < len(cell):
            self._keep_missing(place, cell.filter(pc.is_valid(cell["error"])))
        if answers.changed.any():
            changed, trial = answers.where(answers.changed), given["trial"].to_numpy()[answers.changed]
            self._show(attack, given.filter(given["changed"]), changed)
            if self._by_draw[attack].size:
                right = (changed.clean == changed.label) + 2 * (changed.perturbed == changed.label)
                self._by_draw[attack].reshape(-1)[trial] = right

    def _outcomes(self, trials: pa.Table) -> TrialOutcomes:
        example = trials["trial"].to_numpy() % len(self._plan.examples)
        return outcomes_at(trials, example=example, group=self._plan.example_groups[example])

    def _keep(self, place: int, answers: TrialOutcomes) -> None:
        columns = {name: getattr(answers, name) for name in _ROWS.names if name != "attack"}
        columns["attack"] = np.full(len(answers.example), place)
        if self._plan.interval_unit != "draw":
            columns["neighbour"] = np.full(len(answers.example), _NONE)
        if answers.brier_change is None:
            columns["brier_change"] = np.full(len(answers.example), np.nan)
        self._wait(columns)

    def _keep_missing(self, place: int, skipped: pa.Table) -> None:
        """Of a trial whose reply to the perturbed text alone named no class, the clean prediction is kept."""
        silent = pc.equal(skipped["outcome"], pa.scalar("no answer"))
        clean = pc.fill_null(pc.if_else(silent, skipped["clean_prediction"], pa.scalar(_NONE)), _NONE)
        columns = {name: np.full(len(skipped), _NONE) for name in _ALIKE}
        columns |= {name: np.zeros(len(skipped)) for name in _SUMMED}
        columns |= {"attack": np.full(len(skipped), place), "changed": np.zeros(len(skipped), dtype=bool)}
        columns |= {"clean": clean.to_numpy(), "number": np.ones(len(skipped))}
        columns["example"] = skipped["trial"].to_numpy() % len(self._plan.examples)
        self._wait(columns)

    def _wait(self, columns: dict[str, NDArray[Any]]) -> None:
        self._waiting.append(pa.table({name: columns[name] for name in _ROWS.names}).cast(_ROWS))

    def _join(self) -> None:
        """Add up the rows that are alike, each sum in the order in which trials came."""
        rows = pa.concat_tables([self._rows, *self._waiting])
        sums: list[Any] = [(name, "sum") for name in _SUMMED]
        joined = rows.group_by(list(_ALIKE), use_threads=False).aggregate(sums)
        names = [name.removesuffix("_sum") for name in joined.column_names]
        self._rows, self._waiting = joined.rename_columns(names).select(_ROWS.names), []

    def _cell(self, place: int) -> tuple[TrialOutcomes, MissingTrials]:
        if self._waiting:
            self._join()
        rows = self._rows.filter(pc.equal(self._rows["attack"], pa.scalar(place, pa.int32())))
        columns = {name: rows[name].to_numpy() for name in rows.column_names if name != "attack"}
        columns = {name: _widened(column) for name, column in columns.items()}
        example, brier, plan = columns["example"], columns.pop("brier_change"), self._plan
        unknown = np.isnan(brier).any()
        answers = TrialOutcomes(
            **columns,
            group=plan.example_groups[example],
            label=plan.example_labels[example],
            clean_per_trial=np.zeros(len(example), dtype=bool),
            brier_change=None if unknown else brier,
        )
        given = answers.perturbed != _NONE
        skipped = answers.where(~given)
        return answers.where(given), MissingTrials(skipped.example, skipped.clean != _NONE, skipped.number)

    def _show(self, attack: str, changed: pa.Table, answers: TrialOutcomes) -> None:
        """Keep the first trial, and of each true class the first whose correct prediction became wrong.

        Trials whose clean text had another prediction when queried again are not among the latter.
        """
        trial = changed["trial"].to_numpy()
        lost = (answers.clean == answers.label) & answers.flipped & ~answers.contradicted
        label = np.where(lost, answers.label, _NONE)
        for of in np.unique(label).tolist():
            first = int(np.lexsort((trial, label != of))[0])
            known = self._firsts.get((attack, of))
            if known is None or trial[first] < known.trial:
                self._firsts[attack, of] = trial_at(changed, first)


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
