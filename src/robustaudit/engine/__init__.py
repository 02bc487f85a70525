"""A run: plan, units of work, executor, store, statistics."""

from robustaudit.engine.events import Event, Listener, ModelLoaded, RunStarted, UnitDone
from robustaudit.engine.labels import check_labels, fit_labels
from robustaudit.engine.plan import Plan, make_plan, sample_of
from robustaudit.engine.result import FEW_EXAMPLES, Result, Row, Shown
from robustaudit.engine.run import audit
from robustaudit.engine.sampling import choose, sample

__all__ = [
    "FEW_EXAMPLES",
    "Event",
    "Listener",
    "ModelLoaded",
    "Plan",
    "Result",
    "Row",
    "RunStarted",
    "Shown",
    "UnitDone",
    "audit",
    "check_labels",
    "choose",
    "fit_labels",
    "make_plan",
    "sample",
    "sample_of",
]
