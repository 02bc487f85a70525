"""Executing a plan: query models unit by unit, resume, stop early where a sequential test may."""

import os
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from robustaudit.core.validation import check_at_least
from robustaudit.models import Classifier, in_form
from robustaudit.runs.aggregation import aggregate
from robustaudit.runs.events import Decided, Listener, ModelLoaded, NoiseCheckStarted, RunStarted, UnitDone
from robustaudit.runs.form_check import Ask, FormChecks, FormUnit, check_form
from robustaudit.runs.guard import loaded
from robustaudit.runs.outcome_counts import OutcomeCounts
from robustaudit.runs.plan import Plan
from robustaudit.runs.plan_record import WorkUnit
from robustaudit.runs.repeat_check import RepeatUnit, repeat_each_draw, with_repeats
from robustaudit.runs.result import Result
from robustaudit.runs.store import Store, claim_folder
from robustaudit.runs.work_units import Executor, Finished, InProcess, run_unit
from robustaudit.statistics.sequential import (
    GroupDrops,
    Outcome,
    SequentialResult,
    SequentialTest,
    bounds,
    cell_alpha,
    decide,
    group_drops,
)

# docs/statistics.md says what is decided; `sequential` has the mathematics.

_MOST_EARLY = 16  # units that wait in memory for their turn; later ones are read again from the disk


def in_order(
    units: Sequence[WorkUnit],
    finished: Iterator[tuple[WorkUnit, pa.Table]],
    *,
    coming: Container[WorkUnit],
    read: Callable[[WorkUnit], pa.Table],
) -> Iterator[tuple[WorkUnit, pa.Table]]:
    """The trials of each unit in the order of `units`, whatever the order in which they are `finished`.

    Units that are not `coming` are read.
    """
    early: dict[WorkUnit, pa.Table | None] = {}
    for unit in units:
        while unit in coming and unit not in early:
            came, trials = next(finished)
            early[came] = trials if came == unit or len(early) < _MOST_EARLY else None
        trials_or_none = early.pop(unit, None)
        yield unit, read(unit) if trials_or_none is None else trials_or_none
    next(finished, None)


class _Run:
    """The units of a run that are finished: stored as they come, and counted in the order of the plan."""

    def __init__(self, plan: Plan, store: Store, forms: FormChecks, ask: Ask, listener: Listener) -> None:
        self._plan, self._store, self._forms = plan, store, forms
        self._ask, self._listener = ask, listener
        self.units: list[WorkUnit] = []
        self._round: int | None = None
        self.counts = {model.name: OutcomeCounts(model.name, plan) for model in plan.models}

    def finish(self, units: Sequence[WorkUnit], *, in_round: int | None = None) -> None:
        """Query the model for the units that are not done yet, and count all of them."""
        self._round = in_round
        units = self._forms.given_to(units)
        missing = self._forms.checked_first([unit for unit in units if not self._store.has(unit)])
        self._count(units, missing, self._queried(missing))
        self.units += units

    def repeat(self) -> None:
        """Query clean texts again, once for each draw, where a model may be noisy."""
        again = {name: self._unrepeated(name) for name in self.counts}
        for model in (name for name, units in again.items() if units):
            self._listener(NoiseCheckStarted(model))
        for model, units in again.items():
            if units:
                self.counts[model] = OutcomeCounts(model, self._plan)
                of_model = [unit for unit in self.units if unit.model == model]
                self._count(of_model, units, self._repeated(units))

    def _unrepeated(self, model: str) -> list[WorkUnit]:
        """With one example alone, all draws share one clean prediction: there any flip is reason enough."""
        counts = self.counts[model]
        alone = self._plan.interval_unit == "draw"
        return counts.unrepeated if counts.repeat_check.is_noisy or (alone and counts.any_flips) else []

    def _count(self, units: Sequence[WorkUnit], coming: Sequence[WorkUnit], finished: Finished) -> None:
        with closing(finished):
            for unit, trials in in_order(units, finished, coming=set(coming), read=self._store.read):
                self.counts[unit.model].add(unit, trials)

    def _queried(self, missing: Sequence[WorkUnit]) -> Finished:
        with closing(self._ask(missing)) as finished:
            for unit, asked in finished:
                trials = self._forms.noted(unit, asked)
                self._store.write(unit, trials, in_round=self._round)
                self._listener(UnitDone(unit.model, len(trials)))
                yield unit, trials

    def _repeated(self, units: Sequence[WorkUnit]) -> Finished:
        again: dict[WorkUnit, WorkUnit] = {RepeatUnit.of(unit): unit for unit in units}
        with closing(self._ask(list(again))) as finished:
            for draws, answers in finished:
                trials = with_repeats(self._store.read(again[draws]), answers)
                self._store.write(again[draws], trials)
                yield again[draws], trials


def until_decided(
    plan: Plan, sequential_test: SequentialTest, run: _Run, listener: Listener
) -> list[SequentialResult]:
    """Finish the units of a run round by round, for the attacks that are still open; the results.

    The queries depend on the plan and on earlier rounds alone. Models come one after the other, so that each
    is loaded once.
    """
    return [
        decision
        for model in plan.models
        for decision in _decide_model(plan, sequential_test, model.name, run, listener)
    ]


def _decide_model(
    plan: Plan, sequential_test: SequentialTest, model: str, run: _Run, listener: Listener
) -> list[SequentialResult]:
    alpha = cell_alpha(sequential_test.alpha, models=len(plan.models), attacks=len(plan.attacks))
    counts = run.counts[model]
    outcomes: dict[str, Outcome] = {attack.label: "inconclusive" for attack in plan.attacks}
    examples = dict.fromkeys(outcomes, 0)
    groups: dict[str, GroupDrops] = {}
    for number, round_ in enumerate(rounds(plan, sequential_test), 1):
        still_open = tuple(attack for attack in outcomes if outcomes[attack] == "inconclusive")
        if not still_open:
            break
        run.finish(plan.cut(model, round_, still_open), in_round=number)
        for attack in still_open:
            examples[attack] += len(round_)
            groups[attack] = group_drops(counts.of(attack)[0])
            outcomes[attack] = decide(groups[attack], sequential_test.max_drop, alpha=alpha)
            if outcomes[attack] != "inconclusive":
                listener(Decided(model, attack, outcomes[attack], plan.trials - counts.trials[attack]))
    return [
        SequentialResult(
            model,
            attack,
            outcomes[attack],
            len(groups[attack].drop),
            examples[attack],
            counts.trials[attack],
            counts.model_calls[attack],
            groups[attack].mean,
            *bounds(groups[attack], alpha=alpha),
        )
        for attack in outcomes
    ]


def rounds(plan: Plan, sequential_test: SequentialTest) -> list[range]:
    """The positions of the examples of each round; a round has complete groups."""
    groups = [example.group for example in plan.examples]
    starts = [place for place, group in enumerate(groups) if place == 0 or groups[place - 1] != group]
    ends = [*starts[1:], len(groups)]
    return [
        range(*pair)
        for pair in pairwise([0, *(ends[look - 1] for look in sequential_test.looks(len(starts)))])
    ]


def of_attack(attack: str, trials: pa.Table) -> pa.Table:
    """The trials of one attack."""
    return trials.filter(pc.equal(trials["attack"], pa.scalar(attack)))


def execute_plan(
    plan: Plan,
    folder: Path,
    *,
    batch_size: int | None = None,
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
    if batch_size is not None:
        check_at_least("batch size", batch_size, 1)
    began = time.perf_counter()
    work = _RunWork(plan, batch_size)
    with claim_folder(folder, plan, tell=tell) as store:
        done = {model.name: store.trials(model.name) for model in plan.models}
        until = plan.sequential_test is not None
        listener(RunStarted(folder, done, plan.trials * len(plan.attacks), until_decided=until))
        decisions: list[SequentialResult] = []
        with closing(executor or InProcess()) as workers:

            def ask(units: Sequence[WorkUnit]) -> Finished:
                return workers.run(units, work, listener)

            forms = FormChecks(plan, store, ask, tell)
            run = _Run(plan, store, forms, ask, listener)
            if plan.sequential_test:
                decisions = until_decided(plan, plan.sequential_test, run, listener)
            else:
                run.finish(plan.units())
            run.repeat()
        found = aggregate(
            plan,
            run.counts,
            seconds=time.perf_counter() - began,
            declared=[column for column in plan.slices if column in store.declared],
        )
        result = replace(found, decisions=tuple(decisions), forms=tuple(forms.found.values()))
        store.finish(result, run.units)
    return result


class UnitWork(ABC):
    """The function that an executor calls for each unit; consecutive units of one model load it once."""

    def __init__(self, plan: Plan, batch_size: int | None) -> None:
        self.plan = plan
        self.batch_size = batch_size
        self._loaded: tuple[str, Classifier] | None = None

    def __reduce__(self) -> tuple[type["UnitWork"], tuple[Plan, int | None]]:
        return type(self), (self.plan, self.batch_size)  # without the model: another process loads its own

    def __call__(self, unit: WorkUnit, listener: Listener) -> pa.Table:
        with _staying():
            if self._loaded is None or self._loaded[0] != unit.model:
                self._loaded = (unit.model, self._load(unit.model, listener))
            return self.work_on(unit, self._loaded[1], listener)

    @abstractmethod
    def work_on(self, unit: WorkUnit, classifier: Classifier, listener: Listener) -> pa.Table:
        """The table of a unit, whose model is loaded."""

    def _load(self, name: str, listener: Listener) -> Classifier:
        source = next(model for model in self.plan.models if model.name == name)
        classifier = loaded(source, limit=self.plan.error_policy.load_limit)
        listener(ModelLoaded(name, source.title))
        return classifier


class _RunWork(UnitWork):
    """The trials of a unit of a run, its form check, or its repeated queries."""

    def work_on(self, unit: WorkUnit, classifier: Classifier, listener: Listener) -> pa.Table:
        plan, size = self.plan, self.batch_size
        if isinstance(unit, FormUnit):
            return check_form(unit, plan, classifier, batch_size=size)
        classifier = in_form(classifier, unit.form)
        if isinstance(unit, RepeatUnit):
            return repeat_each_draw(unit, plan, classifier, batch_size=size, error_policy=plan.error_policy)
        return run_unit(
            unit, plan, classifier, batch_size=size, error_policy=plan.error_policy, listener=listener
        )


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
