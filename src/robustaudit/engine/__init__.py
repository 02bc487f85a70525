"""A run: plan, units of work, executor, store, statistics."""

from robustaudit.engine.events import Event, Listener, ModelLoaded, RunStarted, UnitDone
from robustaudit.engine.measures import Estimate, Measures, SeverityCurve, Summary, WorstOfK
from robustaudit.engine.patience import Patience
from robustaudit.engine.plan import Plan, check_labels, make_plan
from robustaudit.engine.prediction import predict_all
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
    "Patience",
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
    "make_plan",
    "predict_all",
    "read_result",
    "sample",
]
