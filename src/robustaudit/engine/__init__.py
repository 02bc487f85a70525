"""A run: plan, units of work, executor, store, statistics."""

from robustaudit.engine.comparison import Contrast, compare
from robustaudit.engine.events import Event, Listener, ModelLoaded, RunStarted, UnitDone
from robustaudit.engine.measures import Estimate, Measures, SeverityCurve, Summary, WorstOfK
from robustaudit.engine.plan import Plan, check_labels, make_plan
from robustaudit.engine.result import FEW_EXAMPLES, Correction, Result, Row, Shown, Slice, read_result
from robustaudit.engine.run import audit
from robustaudit.engine.runs import Side, StoredRun, read_run, sides
from robustaudit.engine.sampling import choose, sample

__all__ = [
    "FEW_EXAMPLES",
    "Contrast",
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
    "Side",
    "Slice",
    "StoredRun",
    "Summary",
    "UnitDone",
    "WorstOfK",
    "audit",
    "check_labels",
    "choose",
    "compare",
    "make_plan",
    "read_result",
    "read_run",
    "sample",
    "sides",
]
