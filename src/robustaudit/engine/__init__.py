"""A run: plan, units of work, executor, store, statistics."""

from robustaudit.engine.events import Event, Listener, ModelLoaded, RunStarted, UnitDone
from robustaudit.engine.labels import check_labels, fit_labels
from robustaudit.engine.measures import Estimate, Measures, SeverityCurve, Summary, WorstOfK
from robustaudit.engine.plan import Plan, make_plan, sample_of
from robustaudit.engine.result import FEW_EXAMPLES, Correction, Result, Row, Shown, Slice, read_result
from robustaudit.engine.run import audit
from robustaudit.engine.sampling import choose, sample

__all__ = [
    "FEW_EXAMPLES",
    "Correction",
    "Estimate",
    "Event",
    "Listener",
    "Measures",
    "ModelLoaded",
    "Plan",
    "Result",
    "Row",
    "RunStarted",
    "SeverityCurve",
    "Shown",
    "Slice",
    "Summary",
    "UnitDone",
    "WorstOfK",
    "audit",
    "check_labels",
    "choose",
    "fit_labels",
    "make_plan",
    "read_result",
    "sample",
    "sample_of",
]
