"""A run from plan to result."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from robustaudit.core import defaults
from robustaudit.core.validation import check_at_least
from robustaudit.models import Classifier
from robustaudit.runs.decisions import Finish, until_decided
from robustaudit.runs.events import Listener, ModelLoaded, NoiseSought, RunStarted, UnitDone
from robustaudit.runs.executor import Executor, InProcess
from robustaudit.runs.fold import fold
from robustaudit.runs.guard import loaded
from robustaudit.runs.noise import DrawsAgain, ask_each_draw, to_ask_again, with_each_draw
from robustaudit.runs.plan import Plan
from robustaudit.runs.result import Result
from robustaudit.runs.retest import altogether, retest_of
from robustaudit.runs.store import claimed
from robustaudit.runs.units import Unit
from robustaudit.runs.work import run_unit
from robustaudit.statistics.sequential import Decision


def audit(
    plan: Plan,
    folder: Path,
    *,
    batch_size: int = defaults.BATCH_SIZE,
    listener: Listener = lambda _: None,
    executor: Executor | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Result:
    """Do what the plan says, keep it in `folder`, and return what was found.

    Units whose shard is there already are not done again, so that a run that was killed goes on where it was;
    shards that are not as they were written are set aside, which is told, and done again.

    Raises:
        UserError: the folder cannot be used.
        ModelError: a model broke its contract; what was finished before is kept.
    """
    check_at_least("batch size", batch_size, 1)
    began = time.perf_counter()
    total = plan.trials * len(plan.models) * len(plan.attacks)
    work = _Work(plan, batch_size)
    kept: dict[Unit, pa.Table] = {}
    with claimed(folder, plan, tell=tell) as store:
        listener(RunStarted(folder, store.trials(), total, until_decided=plan.deciding is not None))
        with closing(executor or InProcess()) as workers:

            def finish(units: Sequence[Unit]) -> list[pa.Table]:
                missing = [unit for unit in units if not store.has(unit)]
                with closing(workers.run(missing, work, listener)) as finished:
                    for unit, trials in finished:
                        store.write(unit, trials)
                        listener(UnitDone(unit.model, len(trials)))
                kept.update((unit, store.read(unit)) for unit in units)
                return [kept[unit] for unit in units]

            decisions = _ask(plan, finish, listener)
            again: dict[Unit, Unit] = {DrawsAgain.of(unit): unit for unit in to_ask_again(plan, kept)}
            for model in dict.fromkeys(unit.model for unit in again):
                listener(NoiseSought(model))
            with closing(workers.run(list(again), work, listener)) as finished:
                for draws, answers in finished:
                    unit = again[draws]
                    kept[unit] = with_each_draw(kept[unit], answers)
                    store.write(unit, kept[unit])
        retests = [retest_of(trials) for trials in kept.values()]
        found = fold(
            plan,
            pa.concat_tables(kept.values()),
            seconds=time.perf_counter() - began,
            declared=[column for column in plan.slices if column in store.declared],
            retests=[altogether(model.name, retests) for model in plan.models],
        )
        result = replace(found, decisions=tuple(decisions))
        store.finish(result, list(kept))
    return result


def _ask(plan: Plan, finish: Finish, listener: Listener) -> list[Decision]:
    if plan.deciding:
        return until_decided(plan, plan.deciding, finish, listener)[1]
    finish(plan.units())
    return []


class _Work:
    """What an executor calls for each unit; the models of units that follow each other are loaded once."""

    def __init__(self, plan: Plan, batch_size: int) -> None:
        self._plan = plan
        self._batch_size = batch_size
        self._loaded: tuple[str, Classifier] | None = None

    def __call__(self, unit: Unit, listener: Listener) -> pa.Table:
        with _staying():
            if self._loaded is None or self._loaded[0] != unit.model:
                self._loaded = (unit.model, self._load(unit.model, listener))
            plan, size, (_, classifier) = self._plan, self._batch_size, self._loaded
            if isinstance(unit, DrawsAgain):
                return ask_each_draw(unit, plan, classifier, batch_size=size, patience=plan.patience)
            return run_unit(
                unit, plan, classifier, batch_size=size, patience=plan.patience, listener=listener
            )

    def _load(self, name: str, listener: Listener) -> Classifier:
        source = next(model for model in self._plan.models if model.name == name)
        classifier = loaded(source, limit=self._plan.patience.load_limit)
        listener(ModelLoaded(name, source.title))
        return classifier


@contextmanager
def _staying() -> Iterator[None]:
    """Come back to the working folder: paths may be told from there, and a model may leave it."""
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
