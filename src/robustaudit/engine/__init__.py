"""A run: plan, units of work, executor, store, statistics."""

from robustaudit.engine.decisions import Decision
from robustaudit.engine.events import Decided, Event, Listener, ModelLoaded, RunStarted, UnitDone
from robustaudit.engine.forecast import Forecast, forecast, learn
from robustaudit.engine.plan import Plan, check_labels, make_plan
from robustaudit.engine.planning import FLIPS, Question
from robustaudit.engine.result import FEW_EXAMPLES, Result, Row, Shown
from robustaudit.engine.run import audit
from robustaudit.engine.sampling import choose, sample
from robustaudit.engine.sequential import Deciding, cell_alpha, fewest_groups
from robustaudit.engine.stored import open_run

__all__ = [
    "FEW_EXAMPLES",
    "FLIPS",
    "Decided",
    "Deciding",
    "Decision",
    "Event",
    "Forecast",
    "Listener",
    "ModelLoaded",
    "Plan",
    "Question",
    "Result",
    "Row",
    "RunStarted",
    "Shown",
    "UnitDone",
    "audit",
    "cell_alpha",
    "check_labels",
    "choose",
    "fewest_groups",
    "forecast",
    "learn",
    "make_plan",
    "open_run",
    "sample",
]
