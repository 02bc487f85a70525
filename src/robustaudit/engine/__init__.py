"""A run: plan, units of work, executor, store, statistics."""

from robustaudit.engine.events import Decided, Event, Listener, ModelLoaded, RunStarted, UnitDone
from robustaudit.engine.forecast import Forecast, forecast, learn
from robustaudit.engine.measures import Estimate, Measures, SeverityCurve, Summary, WorstOfK
from robustaudit.engine.plan import Plan, check_labels, make_plan
from robustaudit.engine.planning import FLIPS, Question
from robustaudit.engine.result import FEW_EXAMPLES, Correction, Result, Row, Shown, Slice, read_result
from robustaudit.engine.run import audit
from robustaudit.engine.sampling import choose, sample
from robustaudit.engine.sequential import Deciding, Decision, cell_alpha, fewest_groups
from robustaudit.engine.stored import open_run

__all__ = [
    "FEW_EXAMPLES",
    "FLIPS",
    "Correction",
    "Decided",
    "Deciding",
    "Decision",
    "Estimate",
    "Event",
    "Forecast",
    "Listener",
    "Measures",
    "ModelLoaded",
    "Plan",
    "Question",
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
    "cell_alpha",
    "check_labels",
    "choose",
    "fewest_groups",
    "forecast",
    "learn",
    "make_plan",
    "open_run",
    "read_result",
    "sample",
]
