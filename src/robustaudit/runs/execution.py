"""Executing a plan: query models unit by unit, resume, stop early where a sequential test may."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from robustaudit.core import defaults
from robustaudit.core.validation import check_at_least
from robustaudit.models import Classifier
from robustaudit.runs.aggregation import aggregate
from robustaudit.runs.events import Decided, Listener, ModelLoaded, NoiseCheckStarted, RunStarted, UnitDone
from robustaudit.runs.guard import loaded
from robustaudit.runs.plan import Plan
from robustaudit.runs.plan_record import WorkUnit
from robustaudit.runs.repeat_check import (
    RepeatUnit,
    combine_repeat_checks,
    repeat_check_of,
    repeat_each_draw,
    units_to_repeat,
    with_repeats,
)
from robustaudit.runs.result import Result
from robustaudit.runs.store import claim_folder
from robustaudit.runs.work_units import Executor, InProcess, run_unit
from robustaudit.statistics.sample_size import drops_of
from robustaudit.statistics.sequential import (
    GroupDrops,
    Outcome,
    SequentialResult,
    SequentialTest,
    bounds,
    cell_alpha,
    decide,
)

# docs/statistics.md says what is decided; `sequential` has the mathematics.

Finish = Callable[[Sequence[WorkUnit]], list[pa.Table]]
"""Gives the trials of each of some units, which are worked on where they are not done yet."""


@dataclass(frozen=True, slots=True)
class _Cell:
    """Evidence on one model and attack after some rounds."""

    groups: GroupDrops = GroupDrops(np.empty(0), np.empty(0))  # noqa: RUF009  (never written to)
    examples: int = 0
    trials: int = 0
    model_calls: int = 0

    def after(self, round_: range, units: Iterable[pa.Table]) -> "_Cell":
        units = list(units)
        trials = pa.concat_tables(units)
        new = drops_of(trials).groups()
        return _Cell(
            GroupDrops(
                np.append(self.groups.drop, new.drop),
                np.append(self.groups.changed, new.changed),
            ),
            self.examples + len(round_),
            self.trials + len(trials),
            self.model_calls + sum(_distinct_texts(unit) for unit in units),
        )


def until_decided(
    plan: Plan, sequential_test: SequentialTest, finish: Finish, listener: Listener
) -> tuple[list[pa.Table], list[SequentialResult]]:
    """The trials and results of a model, round by round, for the attacks that are still open.

    The queries depend on the plan and on earlier rounds alone. Models come one after the other, so that each
    is loaded once.
    """
    tables: list[pa.Table] = []
    decisions: list[SequentialResult] = []
    for model in plan.models:
        found, settled = _decide_model(plan, sequential_test, model.name, finish, listener)
        tables += found
        decisions += settled
    return tables, decisions


def _decide_model(
    plan: Plan, sequential_test: SequentialTest, model: str, finish: Finish, listener: Listener
) -> tuple[list[pa.Table], list[SequentialResult]]:
    alpha = cell_alpha(sequential_test.alpha, models=len(plan.models), attacks=len(plan.attacks))
    tables: list[pa.Table] = []
    cells = {attack.label: _Cell() for attack in plan.attacks}
    outcomes: dict[str, Outcome] = dict.fromkeys(cells, "inconclusive")
    for round_ in rounds(plan, sequential_test):
        still_open = tuple(attack for attack in cells if outcomes[attack] == "inconclusive")
        if not still_open:
            break
        units = finish(plan.cut(model, round_, still_open))
        tables += units
        for attack in still_open:
            cells[attack] = cells[attack].after(round_, (of_attack(attack, unit) for unit in units))
            outcomes[attack] = decide(cells[attack].groups, sequential_test.max_drop, alpha=alpha)
            if outcomes[attack] != "inconclusive":
                spared = plan.trials - cells[attack].trials
                listener(Decided(model, attack, outcomes[attack], spared))
    return tables, [_decision(model, attack, outcomes[attack], cells[attack], alpha) for attack in cells]


def rounds(plan: Plan, sequential_test: SequentialTest) -> list[range]:
    """The positions of the examples of each round; a round has complete groups."""
    groups = [example.group for example in plan.examples]
    starts = [place for place, group in enumerate(groups) if place == 0 or groups[place - 1] != group]
    ends = [*starts[1:], len(groups)]
    return [
        range(*pair)
        for pair in pairwise([0, *(ends[look - 1] for look in sequential_test.looks(len(starts)))])
    ]


def _decision(model: str, attack: str, outcome: Outcome, cell: _Cell, alpha: float) -> SequentialResult:
    return SequentialResult(
        model,
        attack,
        outcome,
        len(cell.groups.drop),
        cell.examples,
        cell.trials,
        cell.model_calls,
        cell.groups.mean,
        *bounds(cell.groups, alpha=alpha),
    )


def of_attack(attack: str, trials: pa.Table) -> pa.Table:
    """The trials of one attack."""
    return trials.filter(pc.equal(trials["attack"], pa.scalar(attack)))


def _distinct_texts(trials: pa.Table) -> int:
    texts = pa.chunked_array([*trials["clean_text"].chunks, *trials["perturbed_text"].chunks])
    return int(pc.count_distinct(texts).as_py())


def execute_plan(
    plan: Plan,
    folder: Path,
    *,
    batch_size: int = defaults.BATCH_SIZE,
    listener: Listener = lambda _: None,
    executor: Executor | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Result:
    """Execute a plan, store its trials and result in `folder`, and return the result.

    A run that was interrupted resumes: units whose shard is there are not queried again. Shards with a
    checksum mismatch are set aside, reported, and created again.

    Raises:
        UserError: the folder cannot be used.
        ModelError: a model failed or broke its contract; finished units are kept.
    """
    check_at_least("batch size", batch_size, 1)
    began = time.perf_counter()
    total = plan.trials * len(plan.models) * len(plan.attacks)
    work = _Work(plan, batch_size)
    kept: dict[WorkUnit, pa.Table] = {}
    with claim_folder(folder, plan, tell=tell) as store:
        listener(RunStarted(folder, store.trials(), total, until_decided=plan.sequential_test is not None))
        with closing(executor or InProcess()) as workers:

            def finish(units: Sequence[WorkUnit]) -> list[pa.Table]:
                missing = [unit for unit in units if not store.has(unit)]
                with closing(workers.run(missing, work, listener)) as finished:
                    for unit, trials in finished:
                        store.write(unit, trials)
                        listener(UnitDone(unit.model, len(trials)))
                kept.update((unit, store.read(unit)) for unit in units)
                return [kept[unit] for unit in units]

            decisions = _ask(plan, finish, listener)
            again: dict[WorkUnit, WorkUnit] = {
                RepeatUnit.of(unit): unit for unit in units_to_repeat(plan, kept)
            }
            for model in dict.fromkeys(unit.model for unit in again):
                listener(NoiseCheckStarted(model))
            with closing(workers.run(list(again), work, listener)) as finished:
                for draws, answers in finished:
                    unit = again[draws]
                    kept[unit] = with_repeats(kept[unit], answers)
                    store.write(unit, kept[unit])
        retests = [repeat_check_of(trials) for trials in kept.values()]
        found = aggregate(
            plan,
            pa.concat_tables(kept.values()),
            seconds=time.perf_counter() - began,
            declared=[column for column in plan.slices if column in store.declared],
            retests=[combine_repeat_checks(model.name, retests) for model in plan.models],
        )
        result = replace(found, decisions=tuple(decisions))
        store.finish(result, list(kept))
    return result


def _ask(plan: Plan, finish: Finish, listener: Listener) -> list[SequentialResult]:
    if plan.sequential_test:
        return until_decided(plan, plan.sequential_test, finish, listener)[1]
    finish(plan.units())
    return []


class _Work:
    """The function that an executor calls for each unit; consecutive units of one model load it once."""

    def __init__(self, plan: Plan, batch_size: int) -> None:
        self._plan = plan
        self._batch_size = batch_size
        self._loaded: tuple[str, Classifier] | None = None

    def __reduce__(self) -> tuple[type["_Work"], tuple[Plan, int]]:
        return _Work, (self._plan, self._batch_size)  # without the model: another process loads its own

    def __call__(self, unit: WorkUnit, listener: Listener) -> pa.Table:
        with _staying():
            if self._loaded is None or self._loaded[0] != unit.model:
                self._loaded = (unit.model, self._load(unit.model, listener))
            plan, size, (_, classifier) = self._plan, self._batch_size, self._loaded
            if isinstance(unit, RepeatUnit):
                return repeat_each_draw(
                    unit, plan, classifier, batch_size=size, error_policy=plan.error_policy
                )
            return run_unit(
                unit, plan, classifier, batch_size=size, error_policy=plan.error_policy, listener=listener
            )

    def _load(self, name: str, listener: Listener) -> Classifier:
        source = next(model for model in self._plan.models if model.name == name)
        classifier = loaded(source, limit=self._plan.error_policy.load_limit)
        listener(ModelLoaded(name, source.title))
        return classifier


@contextmanager
def _staying() -> Iterator[None]:
    """Return to the working folder afterwards: a model may leave it, and paths are relative to it."""
    try:
        here = Path.cwd()
    except OSError:  # it was deleted
        yield
        return
    try:
        yield
    finally:
        with suppress(OSError):
            os.chdir(here)
