"""A run from plan to result."""

import time
from functools import lru_cache
from pathlib import Path

import pyarrow as pa

from robustaudit.core import defaults
from robustaudit.core.validation import check_at_least
from robustaudit.engine.events import Listener, ModelLoaded, RunStarted, UnitDone
from robustaudit.engine.executor import Executor, InProcess
from robustaudit.engine.fold import fold
from robustaudit.engine.plan import Plan, Unit
from robustaudit.engine.result import Result
from robustaudit.engine.store import Store
from robustaudit.engine.work import run_unit
from robustaudit.models import Classifier


def audit(
    plan: Plan,
    folder: Path,
    *,
    batch_size: int = defaults.BATCH_SIZE,
    listener: Listener = lambda _: None,
    executor: Executor | None = None,
) -> Result:
    """Do what the plan says, keep it in `folder`, and return what was found.

    Units whose shard is there already are not done again, so that a run that was killed goes on where it was.

    Raises:
        UserError: the folder cannot be used.
        ModelError: a model broke its contract; what was finished before is kept.
    """
    check_at_least("batch size", batch_size, 1)
    began = time.perf_counter()
    store = Store(folder, plan)
    units = plan.units()
    missing = [unit for unit in units if not store.has(unit)]
    total = plan.trials * len(plan.models) * len(plan.attacks)
    listener(RunStarted(folder, total - sum(_trials(plan, unit) for unit in missing), total))
    work = _Work(plan, batch_size, listener)
    for unit, trials in (executor or InProcess()).run(missing, work):
        store.write(unit, trials)
        listener(UnitDone(unit.model, len(trials)))
    result = fold(
        plan,
        store.read(units),
        seconds=time.perf_counter() - began,
        declared=[column for column in plan.slices if column in store.declared],
    )
    store.write_result(result.as_json())
    return result


class _Work:
    """What an executor calls for each unit; the models of units that follow each other are loaded once."""

    def __init__(self, plan: Plan, batch_size: int, listener: Listener) -> None:
        self._plan = plan
        self._batch_size = batch_size
        self._listener = listener
        self._sources = {model.name: model for model in plan.models}
        self._load = lru_cache(maxsize=1)(self._load_anew)

    def __call__(self, unit: Unit) -> pa.Table:
        return run_unit(unit, self._plan, self._load(unit.model), batch_size=self._batch_size)

    def _load_anew(self, name: str) -> Classifier:
        classifier = self._sources[name].load()
        self._listener(ModelLoaded(name, self._sources[name].title))
        return classifier


def _trials(plan: Plan, unit: Unit) -> int:
    ends = (min(unit.last_draw, len(plan.draws(example))) for example in range(unit.start, unit.stop))
    return sum(max(end - unit.first_draw, 0) for end in ends) * len(plan.attacks)
